"""A notice in force: served, the interview held, plan and report handed in, checked again."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Officer
from followup.notices.answer_models import NoticeInterview, NoticePaper, NoticeService
from followup.notices.contents import has_both_sides
from followup.notices.matters import matters_named
from followup.notices.models import InterviewNotice
from followup.notices.moving import NoticeRefused, move_make, party_check, refuse_identifying, require
from measures.documents import Piece
from measures.models import Escalation
from measures.services import rectification_escalate
from opinion_portal import clock


@dataclass(frozen=True)
class Receipt:
    """How the paper reached the unit: ``recipient`` signed, or refused with a reason and before witnesses."""

    way: str
    served_at: datetime
    recipient: str = ""
    refusal_reason: str = ""
    witnesses: str = ""
    note: str = ""

    @property
    def is_whole(self) -> bool:
        return bool(self.recipient or (self.refusal_reason and self.witnesses))


@dataclass(frozen=True)
class Record:
    """What both sides said: ``talk`` is one turn a line, begun with 问： or 答：."""

    began_at: datetime
    place: str
    interviewer: str
    recorder: str
    interviewed: str
    talk: str
    post: str = ""
    ended_at: datetime | None = None
    demands: str = ""
    promises: str = ""


@transaction.atomic
def notice_serve(*, officer: Officer, notice_id: int, receipt: Receipt, now: datetime) -> None:
    """The centre records how the notice was served; a refusal with reason and witness counts as served."""
    notice = InterviewNotice.objects.get(pk=notice_id)
    party_check("serve", officer, notice)
    require("serve", vars(receipt) | {"receipt": receipt.is_whole})
    if receipt.recipient and receipt.refusal_reason:
        raise NoticeRefused(_("Either somebody signed, or it was refused: not both."), "refusal_reason")
    _check_moment(receipt.served_at, notice, now, "served_at")
    refuse_identifying(
        {"refusal_reason": receipt.refusal_reason, "note": receipt.note},
        matters_named(notice),
        officers_may_be_named=True,
    )
    move_make("serve", notice, officer, now=now, data={"way": receipt.way, "is_refused": not receipt.recipient})
    NoticeService.objects.create(notice=notice, recorded_by=officer, **asdict(receipt))


@transaction.atomic
def notice_sign_for(*, officer: Officer, notice_id: int, now: datetime) -> None:
    """The unit's head signs for the notice in the portal: served from this moment on."""
    notice = InterviewNotice.objects.get(pk=notice_id)
    party_check("sign_for", officer, notice)
    way = NoticeService.Way.ELECTRONIC
    move_make("sign_for", notice, officer, now=now, data={"way": str(way), "is_refused": False})
    NoticeService.objects.create(notice=notice, way=way, served_at=now, recipient=officer.name, recorded_by=officer)


@transaction.atomic
def notice_hold(*, officer: Officer, notice_id: int, record: Record, now: datetime) -> None:
    """The centre records the interview. Raises ``NoticeRefused`` for a record of one side alone."""
    notice = InterviewNotice.objects.get(pk=notice_id)
    party_check("hold", officer, notice)
    require("hold", vars(record))
    _check_moment(record.began_at, notice, now, "began_at")
    if record.ended_at and not record.began_at <= record.ended_at <= now:
        raise NoticeRefused(_("The interview ends after it began, and not in the future."), "ended_at")
    if not has_both_sides(record.talk):
        raise NoticeRefused(_("Write down both sides: one line begun with 问： and one with 答： at least."), "talk")
    said = {name: getattr(record, name) for name in ("place", "talk", "demands", "promises")}
    refuse_identifying(said, matters_named(notice), officers_may_be_named=True)
    move_make("hold", notice, officer, now=now)
    NoticeInterview.objects.create(notice=notice, recorded_by=officer, **asdict(record))


def _check_moment(moment: datetime, notice: InterviewNotice, now: datetime, field: str) -> None:
    if moment > now:
        raise NoticeRefused(_("This moment is still to come."), field)
    # A form knows minutes only: the very minute of the signature is in time.
    if notice.issued_at and moment < notice.issued_at.replace(second=0, microsecond=0):
        raise NoticeRefused(_("That was before the notice was issued."), field)


@transaction.atomic
def notice_plan(*, officer: Officer, notice_id: int, text: str, now: datetime, attached: Piece | None = None) -> None:
    """The unit's head hands in the plan (整改方案); late is better than never, and is marked."""
    _hand_in("plan", officer, notice_id, text, attached, now)


@transaction.atomic
def notice_report(*, officer: Officer, notice_id: int, text: str, now: datetime, attached: Piece | None = None) -> None:
    """The unit's head hands in the report (整改报告)."""
    _hand_in("report", officer, notice_id, text, attached, now)


def _hand_in(name: str, officer: Officer, notice_id: int, text: str, attached: Piece | None, now: datetime) -> None:
    notice = InterviewNotice.objects.get(pk=notice_id)
    party_check(name, officer, notice)
    require(name, {"text": text.strip()})
    refuse_identifying({"text": text}, matters_named(notice), officers_may_be_named=True)
    due_on = _due_on(name, notice)
    is_late = clock.bureau_day(now) > due_on
    move_make(name, notice, officer, now=now, data={"is_late": is_late, "has_pdf": bool(attached)})
    NoticePaper.objects.create(
        notice=notice,
        kind=name,
        text=text,
        pdf=attached.data if attached else None,
        pdf_name=attached.name if attached else "",
        due_on=due_on,
        is_late=is_late,
        submitted_by=officer,
        submitted_at=now,
    )


def _due_on(name: str, notice: InterviewNotice) -> date:
    due_on = notice.plan_due if name == "plan" else notice.report_due
    if due_on is None:  # nothing is issued without its dates
        raise ValueError(f"notice {notice.pk} has no date for its {name}")
    return due_on


@transaction.atomic
def notice_recheck(*, officer: Officer, notice_id: int, strikes_off: bool, note: str, now: datetime) -> None:
    """The discipline office looks again: struck off, or escalated to a circulated criticism of its matters.

    Escalation without a report is possible once the report's date has passed. While an appeal is open neither is.
    """
    notice = InterviewNotice.objects.get(pk=notice_id)
    name = "strike_off" if strikes_off else "escalate"
    party_check(name, officer, notice)
    require(name, {"note": note})
    if notice.is_appealed:
        raise NoticeRefused(_("The unit has appealed; decide the appeal first."))
    today = clock.bureau_day(now)
    if name == "escalate" and notice.state in {"served", "held", "planned"} and today <= _due_on("report", notice):
        raise NoticeRefused(_("The unit still has time to report; wait for its date to pass."))
    only = Q(is_appealed=False)
    if name == "escalate":
        only &= Q(state="reported") | Q(report_again_by=None, rectify_by__lt=today) | Q(report_again_by__lt=today)
    move_make(name, notice, officer, now=now, note=note, only=only)
    if name == "escalate":
        ids = matters_named(notice)
        rectification_escalate(rectification_ids=ids, to=Escalation.CIRCULATED, actor=officer, note=notice.number_text)
