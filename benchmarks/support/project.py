"""A Django project for a benchmark's process: one database, one app, no web."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import dj_database_url

POSTGRESQL = os.environ.get("TIM_POSTGRESQL_URL", "postgresql://postgres@127.0.0.1:5432/test")
MARIADB = os.environ.get("TIM_MARIADB_URL", "mysql://root@127.0.0.1:3306/test")
REDIS = os.environ.get("TIM_REDIS_URL", "redis://127.0.0.1:6379/15")
NAME = os.environ.get("TIM_BENCHMARK_DATABASE", "django_tim_benchmark")


def database(vendor: str) -> dict[str, Any]:
    """The settings of a scratch database: ``NAME`` on a server, a file for SQLite."""
    if vendor == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(Path(tempfile.gettempdir(), f"{NAME}.sqlite3")),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    url = POSTGRESQL if vendor == "postgresql" else MARIADB
    return {**dj_database_url.parse(url), "NAME": NAME}


def set_up(vendor: str, host: str, **app: Any) -> None:
    """Configure Django for this process, with the whole rate and turns kept in memory."""
    import django
    from django.conf import settings

    if vendor == "mariadb":
        import pymysql

        pymysql.install_as_MySQLdb()
    tim = {"SDK_APP_ID": 1400000000, "SECRET_KEY": "benchmark", "HOST": host}
    settings.configure(
        DATABASES={"default": database(vendor)},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_tim"],
        DJANGO_TIM={"default": {**tim, "RATE_SHARE": 1, "PACING": "memory", **app}},
        USE_TZ=True,
        DEBUG=False,
    )
    django.setup()


def fresh(vendor: str) -> None:
    """Drop the scratch database and make it anew, in the process that is about to use it."""
    from django.core.management import call_command
    from django.db import connection

    connection.close()
    _drop(vendor)
    call_command("migrate", verbosity=0)


def _drop(vendor: str) -> None:
    if vendor == "sqlite":
        for suffix in ("", "-wal", "-shm"):
            Path(database(vendor)["NAME"] + suffix).unlink(missing_ok=True)
    elif vendor == "postgresql":
        import psycopg

        # The named one need not exist: the tests make theirs, and drop it.
        server = psycopg.conninfo.make_conninfo(POSTGRESQL, dbname="postgres")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {NAME}")
    else:
        import pymysql

        parts = dj_database_url.parse(MARIADB)
        connection = pymysql.connect(
            host=parts["HOST"],
            port=parts["PORT"] or 3306,
            user=parts["USER"],
            password=parts["PASSWORD"],
            autocommit=True,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {NAME}")
            cursor.execute(f"CREATE DATABASE {NAME} CHARACTER SET utf8mb4")
