"""Looking for a secret where it must not be: every column of every table, every log record, every key of the cache."""

import logging
import re

import pytest
from django.core.cache import cache
from django.db import connection


class Everything(logging.Handler):
    """Keeps the text of every record, with its arguments and extras."""

    def __init__(self) -> None:
        super().__init__(level=0)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.__dict__}")


def everything_logged(monkeypatch: pytest.MonkeyPatch) -> Everything:
    """Listen to all that is logged from now on, at every level."""
    handler, root = Everything(), logging.getLogger()
    monkeypatch.setattr(root, "handlers", [*root.handlers, handler])
    monkeypatch.setattr(root, "level", logging.DEBUG)
    return handler


def everything_stored() -> str:
    """Every column of every table as text; bytes as text too, so that nothing hides in them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        rows = []
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 (the name comes from the catalogue)
            rows += [" ".join(_text(value) for value in row) for row in cursor.fetchall()]
    return "\n".join(rows)


def everything_cached() -> str:
    """Every key of the cache with its value."""
    client = cache._cache.get_client()  # type: ignore[attr-defined]  # Django's own client for the test's Valkey
    return "\n".join(f"{key!r} {client.dump(key)!r}" for key in client.keys("*"))


def _text(value: object) -> str:
    if isinstance(value, memoryview | bytes):
        return bytes(value).decode("latin-1") + bytes(value).hex()
    return str(value)


def spellings(digits: str) -> list[str]:
    """The ways in which a number could hide."""
    grouped = " ".join(re.findall(".{4}", digits))
    return [digits, grouped, digits.encode().hex(), digits[:3] + " " + digits[3:]]
