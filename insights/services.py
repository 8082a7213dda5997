"""Every write of this room: the tallies. A day is always counted anew from its source rows, never added to
(docs/decisions/0003), so a run may be repeated, killed or doubled and the counts are still exact."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from insights.models import TallyRun
from opinion_portal import clock

# A row is seen only after its commit, which may come later than its changed_at says: look back by more than any
# transaction may last (settings: statements 30 s, idle 60 s).
OVERLAP = timedelta(minutes=5)
RUNS_KEPT = timedelta(days=2)
_LOCK = 0x7A11E5  # one recount at a time; any number that no other advisory lock of the portal uses


@dataclass(frozen=True, order=True)
class TallyKey:
    """One count: of a bureau day, at a point (0: the whole bureau), along a dimension."""

    day: date
    point_id: int
    dimension: str
    key: str

    def __str__(self) -> str:
        place = f"point {self.point_id}" if self.point_id else "bureau"
        return f"{self.day} {place} {self.dimension}={self.key}"


# What counts where. Voices: every row. Rates: not those left out (withdrawn, collected with gifts) and not the
# duplicates, whose original counts for the same person. Items: what the centre decided; hints: what it has yet to.
# Only what differs is written, so an unchanged day costs no writes. Returns the keys that differed.
_RECOUNT = """
WITH days AS (
    SELECT unnest(%(days)s::date[]) AS day
), source AS (
    SELECT days.day, f.point_id, f.channel, f.kind, f.state, f.code_state,
        f.is_rated_out OR f.state IN ('withdrawn', 'duplicate') AS left_out,
        CASE WHEN f.state NOT IN ('received', 'rated', 'invalid', 'duplicate', 'withdrawn') THEN f.item_id END AS item,
        CASE WHEN f.state = 'received' THEN suggestion.item_id END AS hint,
        f.urgent_words <> '{}' AND f.urgent_seen_at IS NULL AS urgent_unseen,
        f.service_rating, f.safety_rating
    FROM days
    JOIN feedback_feedback f ON (f.said_at AT TIME ZONE 'Asia/Shanghai')::date = days.day
    LEFT JOIN feedback_classification suggestion ON suggestion.id = f.suggestion_id
    WHERE f.said_at >= %(start)s AND f.said_at < %(stop)s  -- what the index can find: today alone is a short range
), marked AS (
    SELECT day, point_id, dimension, key,
        CASE WHEN NOT left_out THEN service_rating END AS service,
        CASE WHEN NOT left_out THEN safety_rating END AS safety
    FROM source CROSS JOIN LATERAL (VALUES
        ('all', ''), ('channel', channel), ('kind', kind), ('state', state), ('item', item), ('hint', hint),
        ('code', code_state), ('flag', CASE WHEN urgent_unseen THEN 'urgent_unseen' END),
        ('flag', CASE WHEN left_out THEN 'left_out' END)
    ) AS marks (dimension, key)
    WHERE key IS NOT NULL
), fresh AS (
    SELECT day, point_id, dimension, key, count(*)::int AS voices,
        ARRAY[count(*) FILTER (WHERE service = 1), count(*) FILTER (WHERE service = 2),
              count(*) FILTER (WHERE service = 3), count(*) FILTER (WHERE service = 4),
              count(*) FILTER (WHERE service = 5)]::int[] AS service,
        ARRAY[count(*) FILTER (WHERE safety = 1), count(*) FILTER (WHERE safety = 2),
              count(*) FILTER (WHERE safety = 3), count(*) FILTER (WHERE safety = 4),
              count(*) FILTER (WHERE safety = 5)]::int[] AS safety
    FROM marked
    GROUP BY GROUPING SETS ((day, dimension, key), (day, point_id, dimension, key))
    HAVING grouping(point_id) = 1 OR point_id IS NOT NULL
), stored AS (
    SELECT t.* FROM insights_daytally t JOIN days ON days.day = t.day
), written AS (
    INSERT INTO insights_daytally (day, point_id, dimension, key, voices, service, safety)
    SELECT * FROM fresh EXCEPT SELECT day, point_id, dimension, key, voices, service, safety FROM stored
    ON CONFLICT (day, point_id, dimension, key)
        DO UPDATE SET voices = excluded.voices, service = excluded.service, safety = excluded.safety
    RETURNING day, point_id, dimension, key
), gone AS (
    DELETE FROM insights_daytally WHERE id IN (
        SELECT stored.id FROM stored LEFT JOIN fresh
            ON fresh.day = stored.day AND coalesce(fresh.point_id, 0) = coalesce(stored.point_id, 0)
            AND fresh.dimension = stored.dimension AND fresh.key = stored.key
        WHERE fresh.day IS NULL
    ) RETURNING day, point_id, dimension, key
)
SELECT day, coalesce(point_id, 0), dimension, key FROM written
UNION ALL SELECT day, coalesce(point_id, 0), dimension, key FROM gone
"""

_DAYS_CHANGED = """
SELECT DISTINCT (said_at AT TIME ZONE 'Asia/Shanghai')::date FROM feedback_feedback WHERE changed_at >= %s
"""
_DAYS_ALL = """
SELECT DISTINCT (said_at AT TIME ZONE 'Asia/Shanghai')::date FROM feedback_feedback
UNION SELECT day FROM insights_daytally
"""


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
        days = _days_changed_since(last - OVERLAP) if last else _days_all()
        _recount(days)
        TallyRun.objects.create(seen_until=max(now, last or now), days=len(days))
    return len(days)


def tallies_recheck(*, now: datetime, repair: bool) -> list[TallyKey]:
    """Recount all days and compare; returns the counts that were wrong, and mends them when ``repair`` is set.

    Days on which something changed so lately that the ordinary run has yet to look are not held against it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = _seen_until()
        differing = _recount(_days_all())
        # Asked after the recount, so that no row it saw is missing from this answer.
        awaited = set(_days_changed_since(last - OVERLAP)) if last else set()
        TallyRun.objects.filter(finished_at__lt=now - RUNS_KEPT).delete()
        if not repair:
            transaction.set_rollback(True)
    return sorted(key for key in differing if last and key.day not in awaited)


def _seen_until() -> datetime | None:
    return TallyRun.objects.order_by("-id").values_list("seen_until", flat=True).first()


def _days_changed_since(moment: datetime) -> list[date]:
    with connection.cursor() as cursor:
        cursor.execute(_DAYS_CHANGED, [moment])
        return [day for (day,) in cursor.fetchall()]


def _days_all() -> list[date]:
    with connection.cursor() as cursor:
        cursor.execute(_DAYS_ALL)
        return [day for (day,) in cursor.fetchall()]


def _recount(days: Sequence[date]) -> list[TallyKey]:
    if not days:
        return []
    bounds = {"start": clock.day_start(min(days)), "stop": clock.day_start(max(days) + timedelta(days=1))}
    with connection.cursor() as cursor:
        cursor.execute(_RECOUNT, {"days": list(days), **bounds})
        return [TallyKey(*row) for row in cursor.fetchall()]
