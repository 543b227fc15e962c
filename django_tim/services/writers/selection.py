"""Which writer a database gets: one of ours by its kind, else the ORM's."""

from __future__ import annotations

from django.db import connections

from .base import Writer
from .mysql import MySQLWriter
from .orm import ORMWriter
from .postgresql import PostgreSQLWriter
from .sqlite import SQLiteWriter

ORM = ORMWriter()
WRITERS: dict[str, Writer] = {
    "postgresql": PostgreSQLWriter(),
    "sqlite": SQLiteWriter(),
    "mysql": MySQLWriter(),
}


def writer_for(using: str) -> Writer:
    """The writer of a database."""
    connection = connections[using]
    if connection.vendor == "postgresql" and not _is_psycopg_3():
        return ORM  # psycopg 2 copies from files only
    return WRITERS.get(connection.vendor, ORM)


def _is_psycopg_3() -> bool:
    from django.db.backends.postgresql.psycopg_any import is_psycopg3

    return bool(is_psycopg3)
