"""A plan or a report that does not do is sent back (退回重报), and the unit hands in another one."""

from datetime import date, datetime

from django.db import transaction

from accounts.models import Officer
from followup.notices.answer_models import NoticePaper
from followup.notices.matters import matters_named
from followup.notices.models import InterviewNotice
from followup.notices.moving import move_make, moved_meanwhile, party_check, refuse_identifying, require
from followup.notices.reminding import unit_heads_tell
from measures.selectors import deadline_amount, working_calendar
from opinion_portal import clock


@transaction.atomic
def paper_send_back(*, officer: Officer, notice_id: int, kind: str, paper_id: int, note: str, now: datetime) -> date:
    """Send the plan or the report (``kind``) back with the reason; returns the last day for another one.

    The unit has some working days more, and never fewer than the notice itself gave. ``paper_id`` was on the screen:
    another paper handed in meanwhile must be read first. Raises ``MovedMeanwhile`` then, ``NoticeRefused`` for a reason
    that could tell who complained.
    """
    notice = InterviewNotice.objects.get(pk=notice_id)
    name = f"return_{kind}"
    party_check(name, officer, notice)
    require(name, {"note": note.strip()})
    refuse_identifying({"note": note}, matters_named(notice), officers_may_be_named=True)
    days = _again_by(notice, kind, now)
    day = days[f"{kind}_again_by"]
    move_make(name, notice, officer, now=now, note=note, changes=days, data={"day": str(day), "paper": paper_id})
    standing = NoticePaper.objects.filter(pk=paper_id, notice=notice, kind=kind, sent_back_at=None)
    if not standing.update(sent_back_at=now, sent_back_by=officer, sent_back_note=note):
        raise moved_meanwhile(notice_id)
    unit_heads_tell(notice, "unit-notice-back", day)
    return day


def _again_by(notice: InterviewNotice, kind: str, now: datetime) -> dict[str, date]:
    """The new days: a plan that is handed in anew after the report's day moves that one as well."""
    calendar, days = working_calendar(), deadline_amount("notice-again")
    again = calendar.add(clock.bureau_day(now), days)
    if kind == NoticePaper.Kind.REPORT:
        return {"report_again_by": max(again, notice.report_due or again)}
    plan = max(again, notice.plan_due or again)
    report = notice.report_due or plan
    return {"plan_again_by": plan} | ({"report_again_by": calendar.add(plan, days)} if plan > report else {})
