"""Telling the unit's head by SMS: at the signature, and before the plan and the report are due."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models.functions import Coalesce

from accounts.models import Officer, Role
from accounts.services import SYSTEM
from followup.notices.models import InterviewNotice, NoticeEvent
from followup.notices.moves import MOVES
from followup.notices.moving import event_add
from followup.sms.services import sms_queue
from measures.selectors import deadline_amount, working_calendar
from opinion_portal import clock

# By which of the notice's dates a paper is due, the later one first if there is one; in which states it is awaited
# stands in the table of moves.
_DUE = {"remind_plan": ("plan_again_by", "plan_by"), "remind_report": ("report_again_by", "rectify_by")}


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
    """Remind of every plan and report that is due by the next working day or late, once for each of its days.

    Returns how many.
    """
    until = working_calendar().add(clock.bureau_day(now), deadline_amount("remind-before"))
    sent = 0
    for name, days in _DUE.items():
        awaited = InterviewNotice.objects.filter(state__in=MOVES[name].frm).annotate(due=Coalesce(*days))
        due = list(awaited.filter(due__lte=until).order_by("id").values_list("pk", "due"))
        told = _told(name, [pk for pk, _day in due])
        sent += sum(_remind(name, pk, now) for pk, day in due if (pk, str(day)) not in told)
    return sent


def _told(name: str, notice_ids: Sequence[int]) -> set[tuple[int, str]]:
    """Which of these notices were reminded of which day."""
    events = NoticeEvent.objects.filter(notice__in=notice_ids, move=name)
    return set(events.values_list("notice_id", "data__day"))


@transaction.atomic
def _remind(name: str, notice_id: int, now: datetime) -> bool:
    """One reminder; of two runs at once the second waits for the row and finds the first one's event."""
    notice = InterviewNotice.objects.select_for_update().get(pk=notice_id)
    day: date = next(filter(None, (getattr(notice, field) for field in _DUE[name])))
    if notice.state not in MOVES[name].frm or (notice_id, str(day)) in _told(name, [notice_id]):
        return False
    event_add(notice_id, MOVES[name], SYSTEM, now=now, state=notice.state, data={"day": str(day)})
    unit_heads_tell(notice, "unit-notice-due", day)
    return True
