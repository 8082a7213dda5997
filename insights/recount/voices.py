"""The voices: counted per day, point and dimension (docs/decisions/0003)."""

from insights.recount.source import Source

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

_CHANGED = """
SELECT DISTINCT (said_at AT TIME ZONE 'Asia/Shanghai')::date FROM feedback_feedback WHERE changed_at >= %(since)s
"""
_ALL = """
SELECT DISTINCT (said_at AT TIME ZONE 'Asia/Shanghai')::date FROM feedback_feedback
UNION SELECT day FROM insights_daytally
"""
VOICES = Source(kind="point", changed=_CHANGED, all=_ALL, recount=_RECOUNT)
