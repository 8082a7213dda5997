"""Drafting by rule: which units' matters lead to a notice today. The centre takes a proposal over, or cancels it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q

from accounts.models import Unit
from accounts.services import SYSTEM
from followup.notices.grounds import (
    ALIVE,
    WITH_THE_UNIT,
    Counted,
    dissatisfied_text,
    floor_text,
    is_below,
    is_dissatisfied,
    is_overdue,
    overdue_text,
)
from followup.notices.matters import about_the_unit, matters_note, standing_of
from followup.notices.models import InterviewNotice, NoticeMatter, NoticeState
from followup.notices.moves import MOVES, OPEN
from followup.notices.moving import event_add
from followup.notices.rule_models import NoticeRule
from followup.surveys.models import FollowUp, Satisfaction
from measures.models import MatterState, Rectification
from measures.selectors import deadline_amount, working_calendar
from opinion_portal import clock

# Two beats at once must not both find that nothing is drafted yet. Proposals are few, so one run is enough.
_ONE_RUN = 0x6E6F7469
_ANSWERED = (MatterState.SUBMITTED, MatterState.FOLLOWING_UP, MatterState.CLOSED)


@dataclass(frozen=True)
class Proposal:
    """One unit to be interviewed under one rule: the facts, the matters, and the numbers that led to it."""

    unit_id: int
    facts: str
    matters: tuple[Rectification, ...] = ()
    measured: Mapping[str, object] | None = None


@transaction.atomic
def notices_propose(*, now: datetime) -> int:
    """Draft a notice for each unit and rule that calls for one and has none open; returns how many.

    Running again, or twice at once, adds nothing: the same lateness or answer of a matter is proposed once, whatever
    became of that notice.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ONE_RUN])
        if not cursor.fetchone()[0]:
            return 0
    made = 0
    for rule in NoticeRule.objects.filter(is_active=True).order_by("code"):
        busy = InterviewNotice.objects.filter(state__in=OPEN.split(), rule_code=rule.code)
        taken = set(busy.values_list("unit_id", flat=True))
        for proposal in _proposals(rule, now):
            if proposal.unit_id not in taken:
                _draft(rule, proposal, now)
                made += 1
    return made


def _proposals(rule: NoticeRule, now: datetime) -> Iterable[Proposal]:
    if rule.kind == NoticeRule.Kind.OVERDUE:
        return _overdue(rule, now)
    if rule.kind == NoticeRule.Kind.DISSATISFIED:
        return _dissatisfied(rule)
    return _below_floor(rule, now)


def _draft(rule: NoticeRule, proposal: Proposal, now: datetime) -> None:
    notice = InterviewNotice.objects.create(
        unit_id=proposal.unit_id, facts=proposal.facts, rule=rule, rule_code=rule.code, created_at=now, changed_at=now
    )
    matters_note(notice, proposal.matters, now)
    data = {"rule": rule.code, "version": rule.version, **(proposal.measured or {})}
    data["matters"] = [matter.pk for matter in proposal.matters]
    event_add(notice.pk, MOVES["propose"], SYSTEM, now=now, state=NoticeState.DRAFT, data=data)


def _noted(rule: NoticeRule, **same: object) -> Exists:
    """Whether a notice for this kind of ground, or one drafted by hand and not given up, speaks of it already."""
    by_hand = Q(notice__rule=None) & ~Q(notice__state=NoticeState.CANCELLED)
    named = NoticeMatter.objects.filter(Q(notice__rule__kind=rule.kind) | by_hand, rectification=OuterRef("pk"))
    return Exists(named.filter(**same))


def _by_unit(matters: Iterable[Rectification]) -> dict[int, list[Rectification]]:
    units: dict[int, list[Rectification]] = defaultdict(list)
    for matter in matters:
        units[matter.lead_unit_id].append(matter)
    return units


def _known_to_their_units(matters: Iterable[Rectification]) -> dict[int, list[Rectification]]:
    """The matters by unit, without those that accuse the unit itself."""
    units = _by_unit(matters)
    for unit in Unit.objects.filter(pk__in=units):
        accusing = set(
            Rectification.objects.filter(about_the_unit(unit), pk__in=[matter.pk for matter in units[unit.pk]])
            .values_list("pk", flat=True)
        )  # fmt: skip
        units[unit.pk] = [matter for matter in units[unit.pk] if matter.pk not in accusing]
    return {unit: left for unit, left in units.items() if left}


def _overdue(rule: NoticeRule, now: datetime) -> Iterable[Proposal]:
    amount = deadline_amount("notice") if rule.amount is None else rule.amount
    calendar, today = working_calendar(), clock.bureau_day(now)
    late = Rectification.objects.filter(state__in=WITH_THE_UNIT, due_at__lte=now, is_left_out=False)
    late = late.exclude(_noted(rule, due_at=OuterRef("due_at"))).order_by("due_at", "id")
    due = [matter for matter in late if is_overdue(standing_of(matter), amount, today, calendar)]
    for unit, matters in _known_to_their_units(due).items():
        yield Proposal(unit, overdue_text(len(matters), amount, today), tuple(matters), {"days": amount})


def _dissatisfied(rule: NoticeRule) -> Iterable[Proposal]:
    amount = rule.amount or 1
    again = Rectification.objects.filter(state__in=ALIVE, dissatisfied_count__gte=amount, is_left_out=False)
    again = again.exclude(_noted(rule, dissatisfied_count__gte=OuterRef("dissatisfied_count"))).order_by("due_at", "id")
    due = [matter for matter in again if is_dissatisfied(standing_of(matter), amount)]
    for unit, matters in _known_to_their_units(due).items():
        times = [matter.dissatisfied_count for matter in matters]
        yield Proposal(unit, dissatisfied_text(times), tuple(matters), {"times": amount})


def _below_floor(rule: NoticeRule, now: datetime) -> Iterable[Proposal]:
    floor, days = float(rule.floor or 0) / 100, rule.window_days or 0
    since, today = now - timedelta(days=days), clock.bureau_day(now)
    # A window that a notice has spoken of must have passed before the unit is interviewed for it again.
    spoken = InterviewNotice.objects.filter(rule_code=rule.code, created_at__gt=since)
    told = set(spoken.values_list("unit_id", flat=True))
    for unit, counted in unit_rates(rule.rate, since, now).items():
        if unit not in told and is_below(floor, counted, rule.minimum or 1):
            facts = floor_text(rule.rate, counted, floor, clock.bureau_day(since), today)
            measured = {"positive": counted.positive, "n": counted.n, "floor": floor}
            yield Proposal(unit, facts, measured=measured)


def unit_rates(rate: str, since: datetime, now: datetime) -> dict[int, Counted]:
    """Each lead unit's share over the window; what is reasonable but impossible is left out, as in all rates.

    ``satisfied``: of the residents who answered their follow-up in the window, those satisfied or basically so.
    ``on_time``: of the matters whose term ended in the window, those answered within it.
    """
    if rate == NoticeRule.Rate.SATISFIED:
        answered = FollowUp.objects.filter(answered_at__gt=since, rectification__is_left_out=False)
        positive = Q(answer__in=(Satisfaction.SATISFIED, Satisfaction.BASICALLY)) & ~Q(is_solved=False)
        return _counted(answered.values(unit=F("rectification__lead_unit")), positive)
    ended = Rectification.objects.filter(due_at__gt=since, due_at__lte=now, is_left_out=False)
    in_time = Q(state__in=_ANSWERED, submitted_at__gte=F("dispatched_at"), submitted_at__lt=F("due_at"))
    return _counted(ended.filter(state__in=(*WITH_THE_UNIT, *_ANSWERED)).values(unit=F("lead_unit")), in_time)


def _counted(by_unit: Any, positive: Q) -> dict[int, Counted]:
    rows = by_unit.annotate(n=Count("pk"), good=Count("pk", filter=positive)).order_by("unit")
    return {row["unit"]: Counted(row["good"], row["n"]) for row in rows}
