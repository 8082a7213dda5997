"""From the rows of a notice to the plain data of its papers. What is not copied here cannot come into a document."""

import re
from dataclasses import replace
from datetime import date

from accounts.models import Officer
from followup.notices.answer_models import NoticeInterview, NoticeService
from followup.notices.documents.content import (
    InterviewRecord,
    Manner,
    Matter,
    NoticeContent,
    ReceiptSlip,
    Saying,
    ServedBy,
    SupervisionSlip,
)
from followup.notices.documents.words import date_text
from followup.notices.models import InterviewNotice, NoticeMatter, NoticeState
from opinion_portal import clock

_MANNERS = {
    InterviewNotice.Manner.ONE_TO_ONE: Manner.ONE_TO_ONE,
    InterviewNotice.Manner.COLLECTIVE: Manner.COLLECTIVE,
}
_WAYS = {
    NoticeService.Way.DIRECT: ServedBy.DIRECT,
    NoticeService.Way.LEFT: ServedBy.LEFT,
    NoticeService.Way.POST: ServedBy.POST,
    NoticeService.Way.ELECTRONIC: ServedBy.ELECTRONIC,
}
_SPEAKER = re.compile(r"\s*(问|答)\s*[:：]\s*")


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a field that has one thing a line."""
    return tuple(line for line in map(str.strip, text.splitlines()) if line)


def notice_content(notice: InterviewNotice, issuer: str) -> NoticeContent:
    """The notice as a paper: a draft until it is signed, and void for good once it is.

    ``issuer`` is the body that would issue it; an issued notice carries the name itself. Raises ``ValueError`` for a
    draft that still lacks a date.
    """
    if not (notice.meets_at and notice.rectify_by and notice.appeal_until):
        raise ValueError("a date is missing")
    matters = list(notice.matters.all())
    return NoticeContent(
        issuer=notice.issuer or issuer,
        unit=notice.unit.name,
        person=notice.person,
        post=notice.post,
        manner=_MANNERS[InterviewNotice.Manner(notice.manner)],
        facts=lines_of(notice.facts),
        meets_at=notice.meets_at.astimezone(clock.BUREAU_ZONE),
        place=notice.place,
        rectify_by=notice.rectify_by,
        appeal_by=notice.appeal_until,
        appeal_to=notice.appeal_to,
        prefix=notice.prefix,
        year=notice.year,
        number=notice.number,
        issued_on=notice.issued_on,
        matters=tuple(map(_matter, matters)),
        supervision_slips=tuple(_slip(one, one.supervised_on) for one in matters if one.supervised_on),
        basis=notice.basis,
        bring=lines_of(notice.bring),
        report_back=(*_plan(notice), *lines_of(notice.report_back)),
        copies_to=lines_of(notice.copies_to),
        drafter=_name(notice.drafted_by),
        reviewer=_name(notice.reviewed_by),
        signer=_name(notice.signed_by),
        is_draft=notice.number is None,
        is_void=notice.state == NoticeState.VOID,
    )


def _matter(one: NoticeMatter) -> Matter:
    return Matter(
        reference=one.reference,
        item=one.title,
        dispatched_on=one.dispatched_on,
        due_on=one.due_on,
        days_late=one.days_late,
        answer=f"{one.dissatisfied_count}次不满意" if one.dissatisfied_count else "",
    )


def _slip(one: NoticeMatter, day: date) -> SupervisionSlip:
    return SupervisionSlip(number=one.reference, issued_on=day)


def _plan(notice: InterviewNotice) -> tuple[str, ...]:
    return (f"整改方案，于{date_text(notice.plan_by)}前（含当日）报送",) if notice.plan_by else ()


def _name(officer: Officer | None) -> str:
    return officer.name if officer else ""


def slip_content(notice: InterviewNotice) -> ReceiptSlip:
    """The receipt slip: filled in once the notice is served, to be filled in by hand before."""
    blank = ReceiptSlip(issuer=notice.issuer, number=notice.number_text, unit=notice.unit.name)
    service = NoticeService.objects.select_related("recorded_by").filter(notice=notice).first()
    if service is None:
        return blank
    is_own = service.way == NoticeService.Way.ELECTRONIC
    return replace(
        blank,
        served_at=service.served_at.astimezone(clock.BUREAU_ZONE),
        way=_WAYS[NoticeService.Way(service.way)],
        recipient=service.recipient,
        refusal_reason=service.refusal_reason,
        witnesses=tuple(name for name in re.split(r"[、,，;；\s]+", service.witnesses) if name),
        # Whoever signs in the portal is served by it; else the officer who went there stands behind it.
        served_by=() if is_own else (service.recorded_by.name,),
        note=service.note,
    )


def record_content(notice: InterviewNotice, interview: NoticeInterview) -> InterviewRecord:
    """The record of the interview, to be signed by both sides."""
    return InterviewRecord(
        issuer=notice.issuer,
        number=notice.number_text,
        unit=notice.unit.name,
        began_at=interview.began_at.astimezone(clock.BUREAU_ZONE),
        ended_at=interview.ended_at.astimezone(clock.BUREAU_ZONE) if interview.ended_at else None,
        place=interview.place,
        interviewer=interview.interviewer,
        recorder=interview.recorder,
        interviewed=interview.interviewed,
        post=interview.post,
        manner=_MANNERS[InterviewNotice.Manner(notice.manner)],
        said=tuple(map(_saying, lines_of(interview.talk))),
        demands=lines_of(interview.demands),
        promises=lines_of(interview.promises),
    )


def _saying(line: str) -> Saying:
    found = _SPEAKER.match(line)
    return Saying(speaker=found[1], text=line[found.end() :]) if found else Saying(text=line)


def has_both_sides(talk: str) -> bool:
    """Whether somebody asked and somebody answered: a record of one side is none."""
    return {"问", "答"} <= {saying.speaker for saying in map(_saying, lines_of(talk)) if saying.text}
