"""Telling the unit's head by SMS: at the signature, and before the plan and the report are due."""

from datetime import date, datetime

from django.db import transaction

from accounts.models import Officer, Role
from accounts.services import SYSTEM
from followup.notices.models import InterviewNotice, NoticeEvent
from followup.notices.moves import MOVES
from followup.notices.moving import event_add
from followup.sms.services import sms_queue
from measures.selectors import deadline_amount, working_calendar
from opinion_portal import clock

# On which of the notice's dates a paper is due; in which states it is awaited stands in the table of moves.
_DUE = {"remind_plan": "plan_by", "remind_report": "rectify_by"}


def unit_heads_tell(notice: InterviewNotice, text_code: str, day: date) -> int:
    """Queue the SMS ``text_code`` for every head of the unit, in the caller's transaction; returns how many.

    A head without a duty phone is told by the office page alone; the outbox keeps why.
    """
    heads = Officer.objects.filter(unit=notice.unit_id, role=Role.UNIT_HEAD, is_active=True).order_by("id")
    for head in heads:
        sms_queue(
            text_code=text_code, values={"date": f"{day.month}月{day.day}日"}, officer=head, about=("notice", notice.pk)
        )
    return len(heads)


def units_remind(*, now: datetime) -> int:
    """Remind of every plan and report that is due by the next working day or late, each once; returns how many."""
    until = working_calendar().add(clock.bureau_day(now), deadline_amount("remind-before"))
    sent = 0
    for name, field in _DUE.items():
        awaited = InterviewNotice.objects.filter(state__in=MOVES[name].frm, **{f"{field}__lte": until})
        due = awaited.exclude(events__move=name).order_by("id").values_list("pk", flat=True)
        sent += sum(_remind(name, notice_id, now) for notice_id in list(due))
    return sent


@transaction.atomic
def _remind(name: str, notice_id: int, now: datetime) -> bool:
    """One reminder; of two runs at once the second waits for the row and finds the first one's event."""
    notice = InterviewNotice.objects.select_for_update().get(pk=notice_id)
    if notice.state not in MOVES[name].frm or NoticeEvent.objects.filter(notice=notice_id, move=name).exists():
        return False
    day: date = getattr(notice, _DUE[name])
    event_add(notice_id, MOVES[name], SYSTEM, now=now, state=notice.state, data={"day": str(day)})
    unit_heads_tell(notice, "unit-notice-due", day)
    return True
