from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('django_tim', '0002_pacing_clock'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='account',
            options={'permissions': [('sync_account', 'Can sync accounts')], 'verbose_name': 'account', 'verbose_name_plural': 'accounts'},
        ),
        migrations.AlterModelOptions(
            name='group',
            options={'permissions': [('sync_group', 'Can sync groups')], 'verbose_name': 'group', 'verbose_name_plural': 'groups'},
        ),
        migrations.AlterModelOptions(
            name='groupmember',
            options={'permissions': [('sync_groupmember', 'Can sync group members')], 'verbose_name': 'group member', 'verbose_name_plural': 'group members'},
        ),
        migrations.AlterModelOptions(
            name='run',
            options={'permissions': [('control_run', 'Can pause, resume and cancel runs')], 'verbose_name': 'run', 'verbose_name_plural': 'runs'},
        ),
        migrations.AddIndex(
            model_name='auditentry',
            index=models.Index(fields=['sdk_app_id', 'outcome'], name='tim_audit_outcome'),
        ),
    ]
