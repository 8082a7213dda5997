"""The plan, the deadlines and the calendar as the portal starts with them."""

import pytest

from feedback.models import Subcategory
from measures.models import ActionPlan, CalendarDay, DeadlineRule, Measure

pytestmark = pytest.mark.django_db


def test_the_plan_has_nine_measures_of_which_two_are_assumed() -> None:
    plan = ActionPlan.objects.get()
    assert plan.title == "沈河分局解决民意热点问题九项举措"
    assert list(plan.measures.values_list("number", flat=True)) == list(range(1, 10))
    assumed = plan.measures.filter(is_assumed=True).values_list("title", flat=True)
    assert set(assumed) == {"规范交通停车秩序", "优化便民服务"}


def test_every_measure_names_items_a_lead_unit_and_other_units_that_support_it() -> None:
    for measure in Measure.objects.prefetch_related("items", "support_units"):
        support = {unit.pk for unit in measure.support_units.all()}
        assert measure.items.all(), measure
        assert support, measure
        assert measure.lead_unit_id not in support, measure


def test_every_item_of_the_police_is_answered_by_a_measure() -> None:
    assert not Subcategory.objects.exclude(code="OUT").filter(measures__isnull=True).exists()


@pytest.mark.parametrize(
    ("step", "amount", "unit_of_time"),
    [("handle", 5, "working_days"), ("return", 5, "working_days"), ("remind-after", 1, "working_days"),
     ("criticise", 5, "working_days"), ("call-back", 24, "clock_hours"), ("reply-late", 48, "clock_hours")],
)  # fmt: skip
def test_a_deadline_is_what_its_source_says(step: str, amount: int, unit_of_time: str) -> None:
    rule = DeadlineRule.objects.get(step=step)
    assert (rule.amount, rule.unit_of_time) == (amount, unit_of_time)


def test_every_deadline_names_its_source() -> None:
    assert not DeadlineRule.objects.filter(source="").exists()


def test_no_calendar_day_is_made_up() -> None:
    assert not CalendarDay.objects.exists()
