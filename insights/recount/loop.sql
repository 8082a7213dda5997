-- Counts some days of the loop anew, writes what differs, returns it: see loop.py and docs/decisions/0003.
--
-- What a unit did stays with it. A matter's sendings are numbered by their redispatches; the k-th granted return or
-- recall tells who had it before, for an event keeps no unit of the matter, and the last is with the present lead unit.
-- A limit is what the last event before said it was, for the matter keeps the present one alone. A round lasts from one
-- reopening (or recall of what the resident is asked about) to the next; its last answer is what the question is about.
WITH days AS (
    SELECT unnest(%(days)s::date[]) AS day
), asked AS (
    SELECT days.day, f.*
    FROM days
    JOIN followup_followup f ON (f.created_at AT TIME ZONE 'Asia/Shanghai')::date = days.day
    WHERE f.changed_at >= %(start)s::timestamptz - interval '5 minutes' AND f.created_at >= %(start)s
        AND f.created_at < %(stop)s
), touched AS (
    SELECT e.rectification_id AS id
    FROM measures_rectification m
    JOIN measures_rectificationevent e ON e.rectification_id = m.id
    JOIN days ON days.day = (e.at AT TIME ZONE 'Asia/Shanghai')::date
    -- Every event changes its matter; the margin is for the moments between the two within a transaction.
    WHERE m.changed_at >= %(start)s::timestamptz - interval '5 minutes' AND e.at >= %(start)s AND e.at < %(stop)s
    UNION SELECT rectification_id FROM asked
), numbered AS (
    SELECT e.id, e.rectification_id, e.move, e.at, e.due_at, (e.data ->> 'lead_unit')::bigint AS recalled_from,
        count(*) FILTER (WHERE e.move = 'redispatch') OVER so_far AS sending,
        count(*) FILTER (WHERE e.move = 'reopen' OR e.move = 'recall' AND e.from_state = 'following_up')
            OVER so_far AS round,
        count(e.due_at) OVER so_far AS limit_number,
        max(e.id) FILTER (WHERE e.move IN ('close', 'grant_appeal', 'close_suspended'))
            OVER (PARTITION BY e.rectification_id) AS closing_id
    FROM touched JOIN measures_rectificationevent e ON e.rectification_id = touched.id
    WINDOW so_far AS (PARTITION BY e.rectification_id ORDER BY e.id)
), holder AS (
    SELECT rectification_id, unit_id, row_number() OVER (PARTITION BY rectification_id ORDER BY at) - 1 AS sending
    FROM (
        SELECT r.rectification_id, r.unit_id, r.decided_at AS at
        FROM touched JOIN measures_matterrequest r ON r.rectification_id = touched.id
        WHERE r.kind = 'return' AND r.state = 'granted'
        UNION ALL
        SELECT n.rectification_id, n.recalled_from, n.at FROM numbered n WHERE n.recalled_from IS NOT NULL
    ) AS taken
), event AS (
    SELECT n.id, n.rectification_id, n.move, n.round, (n.at AT TIME ZONE 'Asia/Shanghai')::date AS day,
        coalesce(holder.unit_id, m.lead_unit_id) AS unit_id,
        n.move = 'submit' AND n.at >= first_value(n.due_at)
            OVER (PARTITION BY n.rectification_id, n.limit_number ORDER BY n.id) AS is_late,
        n.move IN ('dispatch', 'redispatch') AND bool_or(n.move = 'grant_return')
            OVER (PARTITION BY n.rectification_id, n.sending) AS came_back,
        n.id = n.closing_id AND m.state = 'closed' AS is_standing
    FROM numbered n
    JOIN measures_rectification m ON m.id = n.rectification_id
    LEFT JOIN holder ON holder.rectification_id = n.rectification_id AND holder.sending = n.sending
), answer AS (
    SELECT DISTINCT ON (rectification_id, round) rectification_id, round, unit_id, is_late
    FROM event WHERE move = 'submit' ORDER BY rectification_id, round, id DESC
), followed AS (
    SELECT f.*, m.is_left_out, f.asked_at IS NOT NULL AND f.message_id IS NOT NULL AS is_by_sms,
        coalesce(answer.unit_id, m.lead_unit_id) AS unit_id, answer.is_late AS is_late_answer
    FROM asked f
    JOIN measures_rectification m ON m.id = f.rectification_id
    LEFT JOIN answer ON answer.rectification_id = f.rectification_id AND answer.round = f.round
    WHERE f.state <> 'cancelled'
), marked AS (
    SELECT event.day, unit_id, 'move' AS dimension, move AS key FROM event JOIN days USING (day)
    UNION ALL
    SELECT event.day, unit_id, 'move', 'submit_late' FROM event JOIN days USING (day) WHERE is_late
    UNION ALL
    SELECT event.day, unit_id, 'course', unnest(ARRAY['dispatched', CASE WHEN came_back THEN 'returned' END])
    FROM event JOIN days USING (day) WHERE move IN ('dispatch', 'redispatch')
    UNION ALL
    SELECT event.day, event.unit_id, mark.dimension, mark.key
    FROM event
    JOIN days USING (day)
    JOIN measures_rectification m ON m.id = event.rectification_id
    LEFT JOIN answer ON answer.rectification_id = event.rectification_id AND answer.round = event.round
    CROSS JOIN LATERAL (VALUES
        ('closed', m.closing),
        ('course', CASE WHEN m.is_left_out THEN 'left_out' ELSE 'closed' END),
        ('course', CASE WHEN NOT m.is_left_out AND m.closing = 'heard' THEN 'heard' END),
        ('course', CASE WHEN NOT m.is_left_out AND m.closing = 'heard' AND m.reopen_count = 0 THEN 'first_time' END),
        ('course', CASE WHEN NOT m.is_left_out AND m.reopen_count + m.rework_count > 0 THEN 'again' END),
        ('course', CASE WHEN NOT m.is_left_out AND answer.is_late THEN 'late' END)
    ) AS mark (dimension, key)
    WHERE is_standing
    UNION ALL
    -- Asked: whoever had the question before them, by SMS or on the receipt page. Dropped questions never were.
    SELECT f.day, f.unit_id, 'follow', mark.key
    FROM followed f
    CROSS JOIN LATERAL (VALUES
        ('asked', f.state = 'answered' OR f.asked_at IS NOT NULL OR f.way IN ('receipt', 'call')),
        ('valid', f.state = 'answered'),
        ('contacted', f.state = 'answered' AND f.is_late_answer IS FALSE),
        (f.answer, f.state = 'answered'),
        ('judged', f.is_solved IS NOT NULL),
        ('solved', f.is_solved),
        ('sms_sent', f.is_by_sms),
        ('sms_answered', f.is_by_sms AND EXISTS (
            SELECT FROM followup_followupanswer a WHERE a.follow_up_id = f.id AND a.way IN ('sms', 'page')
        ))
    ) AS mark (key, counts)
    WHERE NOT f.is_left_out AND mark.counts
    UNION ALL
    SELECT day, unit_id, 'follow', 'left_out' FROM followed WHERE state = 'answered' AND is_left_out
    UNION ALL
    SELECT f.day, f.unit_id, 'call', unnest(ARRAY[
        'owed', c.state, CASE WHEN c.state = 'reached' AND c.called_at <= c.due_at THEN 'in_time' END
    ])
    FROM followed f JOIN followup_callback c ON c.follow_up_id = f.id
    UNION ALL
    -- A notice counts on its date, a draft on the day it was begun, under the state it has by now.
    SELECT days.day, n.unit_id, 'notice', n.state
    FROM days
    JOIN followup_interviewnotice n
        ON coalesce(n.issued_on, (n.created_at AT TIME ZONE 'Asia/Shanghai')::date) = days.day
), fresh AS (
    SELECT day, unit_id, dimension, key, count(*)::int AS count
    FROM marked
    WHERE key IS NOT NULL
    GROUP BY GROUPING SETS ((day, dimension, key), (day, unit_id, dimension, key))
), stored AS (
    SELECT t.* FROM insights_looptally t JOIN days ON days.day = t.day
), written AS (
    INSERT INTO insights_looptally (day, unit_id, dimension, key, count)
    SELECT * FROM fresh EXCEPT SELECT day, unit_id, dimension, key, count FROM stored
    ON CONFLICT (day, unit_id, dimension, key) DO UPDATE SET count = excluded.count
    RETURNING day, unit_id, dimension, key
), gone AS (
    DELETE FROM insights_looptally WHERE id IN (
        SELECT stored.id FROM stored LEFT JOIN fresh
            ON fresh.day = stored.day AND coalesce(fresh.unit_id, 0) = coalesce(stored.unit_id, 0)
            AND fresh.dimension = stored.dimension AND fresh.key = stored.key
        WHERE fresh.day IS NULL
    ) RETURNING day, unit_id, dimension, key
)
SELECT day, coalesce(unit_id, 0), dimension, key FROM written
UNION ALL SELECT day, coalesce(unit_id, 0), dimension, key FROM gone
