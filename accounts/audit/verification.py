"""Proving the chain: every digest is computed again from the events as they stand now."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from accounts.audit.chain import START, Fact, link

CHUNK = 2_000
# A waiting event this much older than the last sealing was not there when its turn came.
STRAY_AFTER = timedelta(hours=1)
_LINKS = """
    SELECT l.position, l.event_id, l.digest, l.sealed_at, e.id, e.at, e.action, e.actor_id, e.actor_label,
           e.object_type, e.object_id, e.reason, e.changed, e.data::text
    FROM accounts_auditlink l LEFT JOIN accounts_auditevent e ON e.id = l.event_id ORDER BY l.position
"""
_WAITING = """
    SELECT count(*), min(e.id) FILTER (WHERE e.at < %(before)s)
    FROM accounts_auditevent e LEFT JOIN accounts_auditlink l ON l.event_id = e.id WHERE l.position IS NULL
"""


@dataclass
class Proof:
    """What was found. ``fault`` names the first thing that is wrong, "" when nothing is."""

    sealed: int = 0
    sealed_until: datetime | None = None
    digest: bytes = START
    waiting: int = 0
    fault: str = ""


@transaction.atomic
def chain_verify(
    progress: Callable[[int], None] = lambda _sealed: None, expect: tuple[int, bytes] | None = None
) -> Proof:
    """Walk the whole chain in one snapshot, in constant memory; stop at the first fault.

    ``expect`` is a position and its digest as noted earlier, outside the database: it proves that nobody cut the end
    off, or wrote the whole chain anew.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    proof = Proof()
    for row in _links():
        proof.fault = _link_fault(proof, row, expect)
        if proof.fault:
            return proof
        proof.sealed, proof.digest, proof.sealed_until = row[0], bytes(row[2]), row[3]
        if proof.sealed % CHUNK == 0:
            progress(proof.sealed)
    if expect and proof.sealed < expect[0]:
        proof.fault = f"The chain ends at link {proof.sealed}; link {expect[0]} is missing."
        return proof
    return _waiting_add(proof)


def _links() -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_LINKS)
        while rows := cursor.fetchmany(CHUNK):
            yield from rows


def _link_fault(proof: Proof, row: tuple[Any, ...], expect: tuple[int, bytes] | None) -> str:
    position, event_id, digest, event = row[0], row[1], bytes(row[2]), row[4:]
    if position != proof.sealed + 1:
        return f"Link {proof.sealed + 1} is missing; the next one is {position}."
    if event[0] is None:
        return f"Event {event_id} (link {position}) is missing."
    fact = Fact(*[*event[:-1], json.loads(event[-1])])
    if link(proof.digest, fact) != digest:
        return f"Event {event_id} (link {position}) or its link was altered."
    if expect and position == expect[0] and digest != expect[1]:
        return f"The digest of link {position} differs from the one that was noted."
    return ""


def _waiting_add(proof: Proof) -> Proof:
    before = proof.sealed_until - STRAY_AFTER if proof.sealed_until else None
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, {"before": before})
        proof.waiting, stray = cursor.fetchone()
    if stray is not None:
        proof.fault = f"Event {stray} is older than the last sealing but was never sealed: it was put in later."
    return proof
