"""A statement over rows that the database plans once per connection, not at every call.

For the few statements whose planning costs more than their work. Django with psycopg2 sends every statement as text
and PostgreSQL plans it anew; ``PREPARE`` is its own means against that. The rows travel as one JSON text, so one plan
serves a single row and many.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from weakref import WeakSet

from django.db import connection


class Prepared:
    """``text`` over the table ``given``, whose columns are ``types`` (name → PostgreSQL type)."""

    def __init__(self, name: str, types: Mapping[str, str], text: str) -> None:
        columns = ", ".join(f"{column} {kind}" for column, kind in types.items())
        self.text = text.replace("%(given)s", f"json_to_recordset($1) AS given ({columns})")
        self._prepare = f"PREPARE {name} (json) AS {self.text}"
        self._execute = f"EXECUTE {name} (%s)"
        self._known: WeakSet[Any] = WeakSet()

    def fetch_all(self, rows: Iterable[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        """Run it over ``rows`` on this thread's connection; what it returns. Raises ``django.db.Error``."""
        with connection.cursor() as cursor:
            # A prepared statement lives as long as its connection, whatever becomes of the transaction.
            if connection.connection not in self._known:
                cursor.execute(self._prepare)
                self._known.add(connection.connection)
            cursor.execute(self._execute, [rows_text(rows)])
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found


def rows_text(rows: Iterable[Mapping[str, Any]]) -> str:
    """``rows`` as the statement takes them."""
    return json.dumps(list(rows), default=_plain, ensure_ascii=False)


def _plain(value: object) -> str:
    """What JSON has no form for, as PostgreSQL reads it."""
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no form in a prepared statement")
