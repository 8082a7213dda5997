"""Every write of this room: the tallies. A day is always counted anew from its source rows, never added to
(docs/decisions/0003), so a run may be repeated, killed or doubled and the counts are still exact."""

from datetime import date, datetime, timedelta

from django.db import connection, transaction

from insights.models import TallyRun
from insights.recount import SOURCES, TallyKey

# A row is seen only after its commit, which may come later than its changed_at says: look back by more than any
# transaction may last (settings: statements 30 s, idle 60 s).
OVERLAP = timedelta(minutes=5)
RUNS_KEPT = timedelta(days=2)
_LOCK = 0x7A11E5  # one recount at a time; any number that no other advisory lock of the portal uses


def tallies_refresh(*, now: datetime) -> int | None:
    """Recount every bureau day that a row changed on since the last run; returns how many days.

    Returns ``None`` when another run is at work: it, or the next one, sees to it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return None
        last = _seen_until()
        seen: set[date] = set()
        for source in SOURCES:
            days = source.days_changed_since(last - OVERLAP) if last else source.days_all()
            source.days_recount(days)
            seen.update(days)
        TallyRun.objects.create(seen_until=max(now, last or now), days=len(seen))
    return len(seen)


def tallies_recheck(*, now: datetime, repair: bool) -> list[TallyKey]:
    """Recount all days and compare; returns the counts that were wrong, and mends them when ``repair`` is set.

    Days on which something changed so lately that the ordinary run has yet to look are not held against it.
    """
    wrong: list[TallyKey] = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = _seen_until()
        for source in SOURCES:
            differing = source.days_recount(source.days_all())
            # Asked after the recount, so that no row it saw is missing from this answer.
            awaited = set(source.days_changed_since(last - OVERLAP)) if last else set()
            wrong += [key for key in differing if last and key.day not in awaited]
        TallyRun.objects.filter(finished_at__lt=now - RUNS_KEPT).delete()
        if not repair:
            transaction.set_rollback(True)
    return sorted(wrong)


def _seen_until() -> datetime | None:
    return TallyRun.objects.order_by("-id").values_list("seen_until", flat=True).first()
