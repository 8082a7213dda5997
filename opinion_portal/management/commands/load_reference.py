"""Load what the portal needs to know before the first voice: units, points, items, measures, deadlines, texts."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

import accounts.reference
import feedback.reference
import followup.reference
import insights.reference
import measures.reference
import stations.reference
from accounts.services import SYSTEM, audit_record
from opinion_portal.reference import Counts

# From left to right: a room's rows name rows of the rooms before it.
LOADERS = [
    accounts.reference.reference_load,
    stations.reference.reference_load,
    feedback.reference.reference_load,
    measures.reference.reference_load,
    followup.reference.reference_load,
    insights.reference.reference_load,
]
_LOCK = 21010300


class Command(BaseCommand):
    help = "Add the missing reference data. Changes nothing that is there; a second run does nothing."

    def handle(self, *_args: Any, **options: Any) -> None:
        added = {name: count for name, count in reference_load().items() if count}
        facts = ", ".join(f"{name} {count}" for name, count in added.items())
        if options["verbosity"]:
            self.stdout.write(f"Reference data added: {facts}" if added else "Reference data is complete.")


@transaction.atomic
def reference_load() -> Counts:
    """Load every room in order, all or nothing; the audit log gets one row when anything was added."""
    with connection.cursor() as cursor:
        # Two starts at once: the second waits and then finds nothing to add.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    counts: Counts = {}
    for load in LOADERS:
        counts |= load()
    if any(counts.values()):
        audit_record(action="reference.load", actor=SYSTEM, data=counts)
    return counts
