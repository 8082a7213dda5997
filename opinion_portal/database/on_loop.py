"""The database for the web's event loop, beside the connections that Django has in its threads."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import asyncpg
from django.conf import settings
from django.db import OperationalError

from opinion_portal.prepared import Prepared, rows_text

# Seconds. Whoever waits longer is handed to a thread, where Django has its own patience.
PATIENCE = 2.0


class LoopConnection:
    """One connection, made when it is first needed and again after it broke. To be used for one thing at a time."""

    def __init__(self) -> None:
        self._connection: asyncpg.Connection[Any] | None = None

    async def fetch_all(self, statement: Prepared, rows: Iterable[Mapping[str, Any]]) -> list[Any]:
        """Run ``statement`` over ``rows``, a transaction of its own. Raises ``OperationalError`` whatever fails."""
        try:
            if self._connection is None or self._connection.is_closed():
                self._connection = await _connect()
            return await self._connection.fetch(statement.text, rows_text(rows), timeout=PATIENCE)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise OperationalError(type(error).__name__) from error


async def _connect() -> "asyncpg.Connection[Any]":
    database: dict[str, Any] = settings.DATABASES["default"]
    encryption = {name: value for name, value in database["OPTIONS"].items() if name.startswith("ssl")}
    milliseconds = str(int(PATIENCE * 1000))
    return await asyncpg.connect(
        f"postgresql://?{urlencode(encryption)}",
        host=database["HOST"] or None,
        port=database["PORT"] or None,
        user=database["USER"] or None,
        password=database["PASSWORD"] or None,
        database=database["NAME"],
        timeout=PATIENCE,
        server_settings={"statement_timeout": milliseconds, "lock_timeout": milliseconds},
    )
