"""Lookups of identifiers among many: ``among`` those of a batch, ``seen_by`` a sync."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import In, Lookup

from .base import RemoteIDField
from .runs import SeenPage


@RemoteIDField.register_lookup
class Among(In):
    """An ``in`` for texts. They go as one parameter, a JSON array, where the database unfolds it.

    ``in`` gives each of them a parameter, which Django, the driver and the database look at:
    that takes four times as long.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        unfolded = "SELECT jsonb_array_elements_text(%s::jsonb)"
        return self._with(f"IN ({unfolded})", compiler, connection)

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        return self._with("IN (SELECT value FROM json_each(%s))", compiler, connection)

    def _with(self, condition: str, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        if not self.rhs:
            raise EmptyResultSet
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} {condition}", (*parameters, json.dumps(list(self.rhs)))


@RemoteIDField.register_lookup
class SeenBy(Lookup):
    """Takes the id of a run: whether one of the pages that it listed names this identifier."""

    lookup_name = "seen_by"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        return self._in("{}", self._json_table(connection), compiler, connection)

    def as_mysql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        """By hashes, for an id has four bytes set aside for each letter that it may have.

        A temporary table of that width would be one on the disk, and take ten times as long.
        """
        unfolded = self._json_table(connection)
        return self._in("UNHEX(SHA2({}, 256))", unfolded, compiler, connection)

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        column, parameters = self.process_lhs(compiler, connection)
        pages = self._pages("one.value", "json_each(page.ids) AS one", connection)
        return f"{column} IN ({pages})", (*parameters, self.rhs)

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        """As IN, for a negated one is looked up in a hash, whatever the planner knows of the table.

        A negated EXISTS is a join: on a table that was not analysed, one of nested loops, which
        unfolds all pages for each row.
        """
        unfolded = "jsonb_array_elements_text(page.ids) AS one(id)"
        return self._in("{}", unfolded, compiler, connection)

    def _in(self, value: str, unfolded: str, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        column, parameters = self.process_lhs(compiler, connection)
        pages = self._pages(value.format("one.id"), unfolded, connection)
        return f"{value.format(column)} IN ({pages})", (*parameters, self.rhs)

    def _json_table(self, connection: BaseDatabaseWrapper) -> str:
        kind = self.lhs.output_field.db_type(connection)
        return f"JSON_TABLE(page.ids, '$[*]' COLUMNS (id {kind} PATH '$')) AS one"

    @staticmethod
    def _pages(value: str, unfolded: str, connection: BaseDatabaseWrapper) -> str:
        table = connection.ops.quote_name(SeenPage._meta.db_table)
        return f"SELECT {value} FROM {table} page, {unfolded} WHERE page.run_id = %s"  # noqa: S608
