"""A statement that the database plans once per connection, not at every call.

For the few statements whose planning costs more than their work. Django with psycopg2 sends every statement as text
and PostgreSQL plans it anew; ``PREPARE`` is its own means against that.
"""

from collections.abc import Mapping
from typing import Any
from weakref import WeakSet

from django.db import connection


class Prepared:
    """``text`` with ``%(name)s`` parameters, whose ``types`` (name → PostgreSQL type) are given in order."""

    def __init__(self, name: str, types: Mapping[str, str], text: str) -> None:
        self.types, self.text = types, text
        numbered = text % {parameter: f"${number}" for number, parameter in enumerate(types, start=1)}
        self._prepare = f"PREPARE {name} ({', '.join(types.values())}) AS {numbered}"
        self._execute = f"EXECUTE {name} ({', '.join(f'%({parameter})s' for parameter in types)})"
        self._known: WeakSet[Any] = WeakSet()

    def fetch_one(self, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Run it with ``values`` on this thread's connection; the first row. Raises ``django.db.Error``."""
        with connection.cursor() as cursor:
            # A prepared statement lives as long as its connection, whatever becomes of the transaction.
            if connection.connection not in self._known:
                cursor.execute(self._prepare)
                self._known.add(connection.connection)
            cursor.execute(self._execute, values)
            found: tuple[Any, ...] | None = cursor.fetchone()
            return found
