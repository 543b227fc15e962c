"""MariaDB and MySQL: many rows a statement, which both drivers make of ``executemany``."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connections

from django_tim.models import SeenID

from .base import Row, Statement, parameters, quoted, table_of
from .orm import ORMWriter


class MySQLWriter(ORMWriter):
    """``INSERT … ON DUPLICATE KEY UPDATE`` has no condition: what is compared is locked before."""

    def upsert(self, using: str, statement: Statement, rows: Sequence[Row]) -> None:
        model = statement.model
        names = (*statement.columns, *statement.common)
        columns = quoted(using, model, names)
        key = quoted(using, model, statement.unique[:1])
        changes = [f"{one} = VALUES({one})" for one in quoted(using, model, statement.updated)]
        sql = (
            f"INSERT INTO {table_of(using, model)} ({', '.join(columns)}) "  # noqa: S608
            f"VALUES ({', '.join(['%s'] * len(columns))}) "
            f"ON DUPLICATE KEY UPDATE {', '.join(changes) or f'{key[0]} = {key[0]}'}"
        )
        common = parameters(using, model, tuple(statement.common), [statement.common])[0]
        values = parameters(using, model, statement.columns, rows)
        with connections[using].cursor() as cursor:
            cursor.executemany(sql, [(*row, *common) for row in values])

    def see(self, using: str, run_id: int, ids: Sequence[str]) -> None:
        columns = ", ".join(quoted(using, SeenID, ["run_id", "remote_id"]))
        sql = f"INSERT IGNORE INTO {table_of(using, SeenID)} ({columns}) VALUES (%s, %s)"  # noqa: S608
        with connections[using].cursor() as cursor:
            cursor.executemany(sql, [(run_id, one) for one in ids])
