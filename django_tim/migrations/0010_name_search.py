"""Indexes for searching names, which PostgreSQL alone needs and has.

Parts of names are found by trigrams, where the extension pg_trgm is there or may be made; the
beginnings of names by an index in byte order. Elsewhere a search of names looks through one
app's rows.
"""

from django.db import DatabaseError, migrations, transaction

NAMES = (("django_tim_account", "nickname"), ("django_tim_group", "name"))


def forwards(apps, schema_editor):
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    for table, column in NAMES:
        schema_editor.execute(
            f'CREATE INDEX IF NOT EXISTS "{_name(column, "start")}" ON "{table}" '
            f'("sdk_app_id", "{column}" varchar_pattern_ops)'
        )
    try:
        with transaction.atomic(using=connection.alias):
            schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            for table, column in NAMES:
                schema_editor.execute(
                    f'CREATE INDEX IF NOT EXISTS "{_name(column, "trgm")}" ON "{table}" '
                    f'USING gin (UPPER("{column}") gin_trgm_ops)'
                )
    except DatabaseError:  # no such extension here, or no right to make it: a search is slower
        return


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for _table, column in NAMES:
            for kind in ("start", "trgm"):
                schema_editor.execute(f'DROP INDEX IF EXISTS "{_name(column, kind)}"')


def _name(column, kind):
    return f"tim_{column}_{kind}"


class Migration(migrations.Migration):
    dependencies = [("django_tim", "0009_host_links")]

    operations = [migrations.RunPython(forwards, backwards)]
