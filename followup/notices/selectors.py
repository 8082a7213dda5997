"""Every read of notices, each together with its permission check."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import Officer, Role, Unit
from accounts.permissions import Action, Scope, may, scope_of
from accounts.selectors import unit_ids_below
from followup.notices.answer_models import NoticeAppeal, NoticePaper
from followup.notices.models import InterviewNotice, NoticeEvent, NoticeState
from followup.notices.moves import IN_FORCE, UNISSUED, By, Move, moves_from
from followup.notices.moving import is_second_hand, may_move
from followup.notices.rule_models import NoticeIssuer
from measures.selectors import working_calendar
from opinion_portal import clock

PAGE = 50
FORCE = IN_FORCE.split()
OVER = [NoticeState.STRUCK_OFF, NoticeState.ESCALATED, NoticeState.CANCELLED, NoticeState.VOID]
# What waits for whom: the states from which the party's next step goes.
_WAITS = {
    Role.CENTRE: Q(state__in=["draft", "issued", "served"]),
    Role.DISCIPLINE: Q(state__in=["draft", "reported"]) | Q(is_appealed=True),
    Role.LEADER: Q(state="reviewed") | Q(is_appealed=True),
    Role.UNIT_HEAD: Q(state__in=["issued", "served", "held", "planned"]),
}
TABS = {
    "draft": Q(state="draft"),
    "reviewed": Q(state="reviewed"),
    "force": Q(state__in=FORCE),
    "over": Q(state__in=OVER),
    "any": Q(),
}


@dataclass(frozen=True)
class NoticePage:
    """One page of notices, newest first, each with ``matter_count``; ``next_key`` continues after the last of them."""

    notices: Sequence[InterviewNotice]
    next_key: int | None


@dataclass(frozen=True)
class Duty:
    """What a unit's head has to do about one notice: ``what`` is a move, or ``attend``; ``day`` when, ``is_late``.

    ``is_again``: the paper was handed in before, and sent back.
    """

    notice: InterviewNotice
    what: str
    day: date | None
    is_late: bool
    is_again: bool = False


def notices_visible(officer: Officer) -> QuerySet[InterviewNotice]:
    """All notices for those who make them; for a unit, its own ones and those below it, once they are issued."""
    scope = scope_of(officer, Action.NOTICE_VIEW)
    if scope is None:
        return InterviewNotice.objects.none()
    if scope is Scope.ALL:
        return InterviewNotice.objects.all()
    own = InterviewNotice.objects.filter(unit__in=unit_ids_below(officer.unit_id))
    return own.exclude(state__in=UNISSUED.split())


def notice_for(officer: Officer, notice_id: int) -> InterviewNotice:
    """One notice that ``officer`` may read; raises ``Http404`` for any other."""
    people = ("unit", "rule", "drafted_by", "reviewed_by", "signed_by")
    return get_object_or_404(notices_visible(officer).select_related(*people), pk=notice_id)


def notice_page(officer: Officer, tab: str, *, after: int | None = None) -> NoticePage:
    """Fifty notices of ``tab``: what waits for the officer's post, or one of ``TABS``."""
    wanted = TABS.get(tab, _WAITS.get(Role(officer.role), Q()))
    found = (
        notices_visible(officer).filter(wanted).select_related("unit", "rule").annotate(matter_count=Count("matters"))
    )
    if after is not None:
        found = found.filter(pk__lt=after)
    notices = list(found.order_by("-id")[: PAGE + 1])
    return NoticePage(notices[:PAGE], notices[PAGE - 1].pk if len(notices) > PAGE else None)


def story_of(officer: Officer, notice: InterviewNotice) -> list[NoticeEvent]:
    """What happened to a notice, in order; to a unit from the signature on: what was weighed before is not for it."""
    events = notice.events.select_related("officer")
    if scope_of(officer, Action.NOTICE_VIEW) is not Scope.ALL:
        events = events.exclude(to_state__in=UNISSUED.split())
    return list(events)


def appeal_of(notice: InterviewNotice) -> NoticeAppeal | None:
    """The unit's appeal, if there is one."""
    return NoticeAppeal.objects.select_related("appealed_by", "decided_by").filter(notice=notice).first()


def papers_of(notice: InterviewNotice) -> list[NoticePaper]:
    """Plans and reports, those that were sent back too, without their PDF bytes."""
    return list(notice.papers.defer("pdf").select_related("submitted_by", "sent_back_by"))


def paper_standing(notice: InterviewNotice, kind: str) -> NoticePaper | None:
    """The plan or report that was handed in last and not sent back."""
    return notice.papers.defer("pdf").filter(kind=kind, sent_back_at=None).first()


def paper_pdf_for(officer: Officer, notice_id: int, paper_id: int) -> NoticePaper:
    """A plan or report with its PDF; raises ``Http404`` for what ``officer`` may not read, or without a PDF."""
    paper = NoticePaper.objects.filter(notice__in=notices_visible(officer), notice=notice_id, pk=paper_id).first()
    if paper is None or paper.pdf is None:
        raise Http404
    return paper


def moves_for(officer: Officer, notice: InterviewNotice, now: datetime) -> list[Move]:
    """What ``officer`` may do with the notice now, in the table's order."""
    return [
        move
        for move in moves_from(notice.state)
        if move.by is not By.PORTAL
        and may_move(officer, move, notice)
        and _fits(move, notice, clock.bureau_day(now))
        and not is_second_hand(officer, move, notice.pk)
    ]


def _fits(move: Move, notice: InterviewNotice, today: date) -> bool:
    if move.by is By.UNINVOLVED:
        return notice.is_appealed
    if move.name == "appeal":
        is_in_time = notice.appeal_until is not None and today <= notice.appeal_until
        return is_in_time and not NoticeAppeal.objects.filter(notice=notice).exists()
    if move.name in {"strike_off", "escalate"} and notice.is_appealed:
        return False
    if move.name == "escalate" and notice.state != NoticeState.REPORTED:
        return notice.report_due is not None and today > notice.report_due
    return True


def duties_of(officer: Officer, now: datetime) -> list[Duty]:
    """What the head of a unit has to do about notices, the most urgent first; nothing for anybody else."""
    if not may(officer, Action.NOTICE_ANSWER):
        return []
    open_ones = InterviewNotice.objects.filter(
        unit__in=unit_ids_below(officer.unit_id), state__in=["issued", "served", "held", "planned"]
    )
    today = clock.bureau_day(now)
    duties = [_duty(notice, today) for notice in open_ones.order_by("id")]
    return sorted(duties, key=lambda duty: duty.day or today)


def _duty(notice: InterviewNotice, today: date) -> Duty:
    meets_on = clock.bureau_day(notice.meets_at) if notice.meets_at else None
    what, day = {
        "issued": ("sign_for", meets_on),
        "served": ("attend", meets_on),
        "held": ("plan", notice.plan_due),
        "planned": ("report", notice.report_due),
    }[notice.state]
    is_late = day is not None and today > day and what != "attend"
    return Duty(notice, what, day, is_late=is_late, is_again=_is_again(notice, what))


def _is_again(notice: InterviewNotice, what: str) -> bool:
    """Whether the paper that is due was sent back. A plan sent back may move the report's day too."""
    papers = NoticePaper.objects.filter(notice=notice, kind=what, sent_back_at__isnull=False)
    return bool(notice.plan_again_by or notice.report_again_by) and papers.exists()


def draft_suggested(unit: Unit, now: datetime) -> dict[str, object]:
    """What may stand in a new draft already: the unit's head, the issuer's habits, dates in working days from today."""
    heads = list(
        Officer.objects.filter(unit=unit, role=Role.UNIT_HEAD, is_active=True).values_list("name", flat=True)[:2]
    )
    suggested: dict[str, object] = {"person": heads[0] if len(heads) == 1 else "", "post": "负责人"}
    issuer = NoticeIssuer.objects.filter(is_active=True).first()
    if issuer is None:
        return suggested
    calendar, today = working_calendar(), clock.bureau_day(now)
    return suggested | {
        "appeal_to": issuer.appeal_to,
        "copies_to": issuer.copies_to,
        "plan_by": calendar.add(today, issuer.plan_days),
        "rectify_by": calendar.add(today, issuer.rectify_days),
        "appeal_until": calendar.add(today, issuer.appeal_days),
    }
