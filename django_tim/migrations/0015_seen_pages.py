"""What a sync has listed is kept as pages; a sync under way keeps what it has listed so far."""

import django.db.models.deletion
from django.db import migrations, models


def to_pages(apps, schema_editor):
    using = schema_editor.connection.alias
    seen = apps.get_model("django_tim", "SeenID").objects.using(using)
    pages = apps.get_model("django_tim", "SeenPage").objects.using(using)
    of_syncs = seen.filter(run__kind="sync_groups")
    for run_id in of_syncs.values_list("run_id", flat=True).distinct():
        ids = list(seen.filter(run_id=run_id).values_list("remote_id", flat=True))
        pages.create(run_id=run_id, ids=ids)
        seen.filter(run_id=run_id).delete()


class Migration(migrations.Migration):
    dependencies = [("django_tim", "0014_clock")]

    operations = [
        migrations.CreateModel(
            name="SeenPage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("ids", models.JSONField()),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="django_tim.run",
                    ),
                ),
            ],
        ),
        migrations.RunPython(to_pages, migrations.RunPython.noop),
    ]
