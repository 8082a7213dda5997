"""The nine-measure plan, the deadlines, and calendar days.

The plan's day is the day the press reported it; two of its nine measures are named nowhere and marked as assumed.
``calendar_days.csv`` holds what the holiday package lacks or the bureau does otherwise, and is empty on purpose: the
package carries the State Council's arrangements to the end of 2026, the next ones are entered when they are published.
"""

from datetime import date

from accounts.models import Unit
from feedback.models import Subcategory
from measures.models import ActionPlan, CalendarDay, DeadlineRule, Measure
from opinion_portal.reference import Counts, add_missing, codes, table


def reference_load() -> Counts:
    """Add the missing plans, measures, deadlines and calendar days; say how many of each."""
    return {
        "plan": _plans_add(),
        "measure": _measures_add(),
        "deadline": _deadlines_add(),
        "calendar_day": _calendar_days_add(),
    }


def _plans_add() -> int:
    rows = (
        ActionPlan(
            code=row["code"],
            title=row["title"],
            title_en=row["title_en"],
            issued_on=date.fromisoformat(row["issued_on"]),
        )
        for row in table(__file__, "plans.csv")
    )
    return len(add_missing(ActionPlan.objects, "code", rows))


def _measures_add() -> int:
    units = {unit.code: unit for unit in Unit.objects.all()}
    plans = {plan.code: plan for plan in ActionPlan.objects.all()}
    known = set(Measure.objects.values_list("plan__code", "number"))
    missing = [row for row in table(__file__, "measures.csv") if (row["plan"], int(row["number"])) not in known]
    for row in missing:
        _measure_add(row, plans, units)
    return len(missing)


def _measure_add(row: dict[str, str], plans: dict[str, ActionPlan], units: dict[str, Unit]) -> None:
    measure = Measure.objects.create(
        plan=plans[row["plan"]],
        number=int(row["number"]),
        title=row["title"],
        title_en=row["title_en"],
        aim=row["aim"],
        aim_en=row["aim_en"],
        lead_unit=units[row["lead"]],
        is_assumed=bool(row["assumed"]),
    )
    measure.items.set(Subcategory.objects.filter(code__in=codes(row["items"])))
    measure.support_units.set(units[code] for code in codes(row["support"]))


def _deadlines_add() -> int:
    rows = (
        DeadlineRule(
            step=row["step"],
            name=row["name"],
            name_en=row["name_en"],
            amount=int(row["amount"]),
            unit_of_time=DeadlineRule.Unit(row["unit_of_time"]),
            source=row["source"],
        )
        for row in table(__file__, "deadlines.csv")
    )
    return len(add_missing(DeadlineRule.objects, "step", rows))


def _calendar_days_add() -> int:
    known = set(CalendarDay.objects.values_list("day", flat=True))
    rows = {date.fromisoformat(row["day"]): row for row in table(__file__, "calendar_days.csv")}
    missing = (
        CalendarDay(day=day, is_working=row["is_working"] == "1", reason=row["reason"])
        for day, row in rows.items()
        if day not in known
    )
    return len(CalendarDay.objects.bulk_create(missing))
