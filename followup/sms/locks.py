"""One number at a time: whoever plans, sends or reads for a number holds its lock until the transaction ends."""

from collections.abc import Iterable

from django.db import connection


def _key(lookup: bytes) -> int:
    return int.from_bytes(lookup[:8], signed=True)


def number_lock(lookup: bytes) -> None:
    """Hold the number, waiting for whoever has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_key(lookup)])


def numbers_try_lock(lookups: Iterable[bytes]) -> set[bytes]:
    """Those of ``lookups`` that nobody else holds; they are held from now on."""
    keys = {_key(lookup): lookup for lookup in lookups}
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM unnest(%s::bigint[]) AS key WHERE pg_try_advisory_xact_lock(key)", [[*keys]])
        return {keys[key] for (key,) in cursor.fetchall()}
