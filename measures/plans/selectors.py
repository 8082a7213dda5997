"""What the pages of plans and measures show: plans, progress, the matters of a measure, and what changed since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Avg, Count, Max, OuterRef, Q, QuerySet, Subquery, Variance
from django.db.models.functions import TruncDate
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import Officer
from accounts.permissions import Action, Scope, scope_of
from accounts.selectors import unit_ids_below
from feedback.models import Feedback, Kind, State
from measures.matters.piles import WITH_UNIT
from measures.models import ActionPlan, Measure, MeasureProgress
from measures.plans.effects import (
    Comparison,
    Sample,
    Windows,
    count_change,
    count_estimate,
    mean_change,
    mean_estimate,
    windows_around,
)
from measures.selectors import ENDED, matters_visible
from opinion_portal.clock import BUREAU_ZONE, day_start

_ONE_DAY = timedelta(days=1)
# Voices collected with gifts count as voices, but not in the rates; so the tallies have it too.
_RATED = Q(is_rated_out=False)


@dataclass(frozen=True)
class MatterCounts:
    """The matters under a measure that the officer may read: all, with a unit, overdue, ended."""

    total: int = 0
    with_unit: int = 0
    late: int = 0
    ended: int = 0

    @property
    def with_bureau(self) -> int:
        return self.total - self.with_unit - self.ended


@dataclass(frozen=True)
class Effects:
    """What changed around the issue of a plan in the items of one measure.

    ``by_day``: voices of each day of both windows. ``unjudged``: voices that seem to belong to these items and are not
    decided yet, so not counted; more of them are likely after than before.
    """

    windows: Windows
    voices: Comparison
    service: Comparison
    safety: Comparison
    by_day: dict[date, int]
    unjudged: int


def plans_listed() -> QuerySet[ActionPlan]:
    """All plans, newest first, with the number of their measures; without their documents."""
    return ActionPlan.objects.defer("document").annotate(measure_count=Count("measures"))


def plan_for(plan_id: int) -> ActionPlan:
    """One plan without its document; raises ``Http404`` for a number that is none. Who sees any plan sees all."""
    return get_object_or_404(ActionPlan.objects.defer("document"), pk=plan_id)


def plan_document(plan_id: int) -> ActionPlan:
    """One plan with its document; raises ``Http404`` where there is none."""
    plan = get_object_or_404(ActionPlan, pk=plan_id)
    if not plan.document:
        raise Http404
    return plan


def measures_of(plan: ActionPlan) -> list[Measure]:
    """The measures of a plan with units, items and the day of the last progress entry (``last_progress``)."""
    last = MeasureProgress.objects.filter(measure=OuterRef("pk")).values("happened_on")[:1]
    found = plan.measures.select_related("lead_unit").prefetch_related("items").order_by("number")
    return list(found.annotate(last_progress=Subquery(last)))


def measure_for(measure_id: int) -> Measure:
    """One measure; raises ``Http404`` for a number that is none."""
    measures = Measure.objects.select_related("plan", "lead_unit").defer("plan__document")
    return get_object_or_404(measures.prefetch_related("items", "support_units"), pk=measure_id)


def may_note_progress(officer: Officer, measure: Measure) -> bool:
    """Whether ``officer`` may say what was done: the centre of any measure, a unit of those that it leads."""
    scope = scope_of(officer, Action.PLAN_PROGRESS)
    return scope is Scope.ALL or (scope is Scope.UNIT and measure.lead_unit_id in unit_ids_below(officer.unit_id))


def measure_number_next(plan: ActionPlan) -> int:
    """The first number after those of the plan's measures."""
    return (plan.measures.aggregate(last=Max("number"))["last"] or 0) + 1


def progress_of(measure: Measure) -> list[MeasureProgress]:
    """What was done under a measure, newest first."""
    return list(measure.progress.select_related("officer__unit")[:100])


def matter_counts(officer: Officer, measures: Sequence[Measure], now: datetime) -> dict[int, MatterCounts]:
    """How the matters of each measure stand; only those that ``officer`` may read are counted."""
    found = matters_visible(officer).filter(measure__in=[one.pk for one in measures]).order_by()
    rows = found.values("measure").annotate(
        total=Count("pk"),
        with_unit=Count("pk", filter=Q(state__in=WITH_UNIT)),
        late=Count("pk", filter=Q(state__in=WITH_UNIT, due_at__lte=now)),
        ended=Count("pk", filter=Q(state__in=ENDED)),
    )
    counts = {row.pop("measure"): MatterCounts(**row) for row in rows}
    return {one.pk: counts.get(one.pk, MatterCounts()) for one in measures}


def state_counts(officer: Officer, measure: Measure) -> dict[str, int]:
    """How many matters of one measure stand in each state, as far as ``officer`` may read them."""
    found = matters_visible(officer).filter(measure=measure).order_by()
    return dict(found.values("state").annotate(n=Count("pk")).values_list("state", "n"))


# What did it change? -------------------------------------------------------------------------------------------------
def effects_of(measure: Measure, *, wanted: int, today: date) -> Effects | None:
    """Volume and ratings of the measure's items before and after its plan; ``None`` before a full day has passed.

    Three statements. Volume: confirmed voices that are no praise. Ratings: those given with voices of these items.
    """
    windows = windows_around(measure.plan.issued_on, wanted=wanted, today=today)
    if windows is None:
        return None
    items = [item.code for item in measure.items.all()]
    voices = Feedback.objects.filter(item__in=items, state=State.CONFIRMED)
    before, after = (_within(window) for window in (windows.before, windows.after))
    raised = voices.exclude(kind=Kind.PRAISE)
    sums = voices.filter(before | after).aggregate(
        voices_before=Count("pk", filter=before & ~Q(kind=Kind.PRAISE)),
        voices_after=Count("pk", filter=after & ~Q(kind=Kind.PRAISE)),
        **_sums("service_rating", before, after),
        **_sums("safety_rating", before, after),
    )
    days = raised.filter(before | after).annotate(day=TruncDate("said_at", tzinfo=BUREAU_ZONE)).values("day")
    return Effects(
        windows=windows,
        voices=_counted(sums["voices_before"], sums["voices_after"]),
        service=_rated(sums, "service_rating"),
        safety=_rated(sums, "safety_rating"),
        by_day=dict(days.order_by("day").annotate(n=Count("pk")).values_list("day", "n")),
        unjudged=Feedback.objects.filter(before | after, state=State.RECEIVED, suggestion__item__in=items).count(),
    )


def _within(window: tuple[date, date]) -> Q:
    first, last = window
    return Q(said_at__gte=day_start(first), said_at__lt=day_start(last + _ONE_DAY))


def _sums(rating: str, before: Q, after: Q) -> dict[str, Count | Avg | Variance]:
    sums: dict[str, Count | Avg | Variance] = {}
    for name, window in (("before", before), ("after", after)):
        counted = window & _RATED
        sums[f"{rating}_{name}_n"] = Count(rating, filter=counted)
        sums[f"{rating}_{name}_mean"] = Avg(rating, filter=counted)
        sums[f"{rating}_{name}_variance"] = Variance(rating, sample=True, filter=counted)
    return sums


def _counted(before: int, after: int) -> Comparison:
    return Comparison(count_estimate(before), count_estimate(after), count_change(before, after))


def _rated(sums: dict[str, float | int | None], rating: str) -> Comparison:
    before, after = (_sample(sums, f"{rating}_{name}") for name in ("before", "after"))
    return Comparison(mean_estimate(before), mean_estimate(after), mean_change(before, after))


def _sample(sums: dict[str, float | int | None], name: str) -> Sample:
    mean, variance = (
        None if sums[f"{name}_{part}"] is None else float(sums[f"{name}_{part}"] or 0) for part in ("mean", "variance")
    )
    return Sample(int(sums[f"{name}_n"] or 0), mean, variance)
