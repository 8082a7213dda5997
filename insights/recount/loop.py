"""The loop: what became of matters and of those who were asked about them, per day and unit (docs/decisions/0003).

Moves count on the day on which they were made; a closing on its day as long as the matter stands closed; what was sent
to a unit on the day of sending, with whether it came back; a follow-up on the day it was begun, with its answer,
however late that came. So a share never exceeds 1, and a day's counts may still change for as long as people answer.
"""

from pathlib import Path

from insights.recount.source import Source

_RECOUNT = Path(__file__).with_name("loop.sql").read_text(encoding="utf-8")

# A matter that changed may have changed what each of its days counts: whose it was, whether it is left out.
_CHANGED = """
WITH changed AS (
    SELECT id FROM measures_rectification WHERE changed_at >= %(since)s
)
SELECT (e.at AT TIME ZONE 'Asia/Shanghai')::date
FROM changed JOIN measures_rectificationevent e ON e.rectification_id = changed.id
UNION SELECT (f.created_at AT TIME ZONE 'Asia/Shanghai')::date
FROM changed JOIN followup_followup f ON f.rectification_id = changed.id
UNION SELECT (created_at AT TIME ZONE 'Asia/Shanghai')::date FROM followup_followup WHERE changed_at >= %(since)s
UNION SELECT (f.created_at AT TIME ZONE 'Asia/Shanghai')::date
FROM followup_callback c JOIN followup_followup f ON f.id = c.follow_up_id
WHERE c.created_at >= %(since)s OR c.ended_at >= %(since)s
-- An answer that another one outdid leaves its follow-up as it is. Answers come in the order of their ids, but for
-- moments that the margin covers, so the walk back from the last one ends soon.
UNION SELECT (f.created_at AT TIME ZONE 'Asia/Shanghai')::date
FROM followup_followupanswer a JOIN followup_followup f ON f.id = a.follow_up_id
WHERE a.id > coalesce(
    (SELECT id FROM followup_followupanswer WHERE taken_at < %(since)s ORDER BY id DESC LIMIT 1), 0
)
UNION SELECT (created_at AT TIME ZONE 'Asia/Shanghai')::date FROM followup_interviewnotice WHERE changed_at >= %(since)s
UNION SELECT issued_on FROM followup_interviewnotice WHERE changed_at >= %(since)s AND issued_on IS NOT NULL
"""
_ALL = """
SELECT (at AT TIME ZONE 'Asia/Shanghai')::date FROM measures_rectificationevent
UNION SELECT (created_at AT TIME ZONE 'Asia/Shanghai')::date FROM followup_followup
UNION SELECT coalesce(issued_on, (created_at AT TIME ZONE 'Asia/Shanghai')::date) FROM followup_interviewnotice
UNION SELECT day FROM insights_looptally
"""
LOOP = Source(kind="unit", changed=_CHANGED, all=_ALL, recount=_RECOUNT)
