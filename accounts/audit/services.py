"""Sealing: new events join the hash chain in batches, so that no writer waits for another."""

from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Max

from accounts.audit.chain import START, Fact, link
from accounts.models import AuditEvent, AuditLink

LOCK = 21010301
BATCH = 20_000
# An event may commit later than one with a higher id. Older stragglers wait for the pass over everything.
LOOK_BACK = 100_000
COLUMNS = tuple(Fact.__dataclass_fields__)
log = structlog.get_logger("portal.audit")


def audit_seal(*, everything: bool = False) -> int:
    """Link every event that has no link yet; returns how many.

    ``everything`` looks at the whole table instead of its last 100,000 ids. Two sealers at once: one works, the
    other returns 0. The head of the chain goes to the log, so that a copy of it lies outside the database.
    """
    sealed = 0
    while batch := _batch_seal(everything=everything):
        sealed += batch
    return sealed


@transaction.atomic
def _batch_seal(*, everything: bool) -> int:
    if not _lock_taken():
        return 0
    last = AuditLink.objects.order_by("-position").first()
    position, digest = (last.position, bytes(last.digest)) if last else (0, START)
    links = []
    for row in _waiting(everything=everything):
        fact = Fact(*row)
        position, digest = position + 1, link(digest, fact)
        links.append(AuditLink(position=position, event_id=fact.id, digest=digest))
    AuditLink.objects.bulk_create(links)
    if links:
        log.info("audit.sealed", events=len(links), position=position, digest=digest.hex())
    return len(links)


def _waiting(*, everything: bool) -> list[Any]:
    events = AuditEvent.objects.filter(link__isnull=True)
    if not everything:
        newest = AuditLink.objects.aggregate(newest=Max("event_id"))["newest"] or 0
        events = events.filter(id__gt=newest - LOOK_BACK)
    return list(events.order_by("id").values_list(*COLUMNS)[:BATCH])


def _lock_taken() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])
