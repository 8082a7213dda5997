"""What leads to a notice: the rules against a table of expected outcomes, and the table of rules in admin."""

import csv
from datetime import date
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import Role
from followup.models import NoticeIssuer, NoticeRule
from followup.notices.grounds import (
    Counted,
    Standing,
    days_late,
    dissatisfied_text,
    floor_text,
    interval,
    is_below,
    is_dissatisfied,
    is_overdue,
    overdue_text,
)
from insights.rates import wilson_interval
from measures.working_days import WorkingCalendar
from tests.accounts.cast import acts, officer, screen

CALENDAR = WorkingCalendar()
ROWS = list(csv.DictReader(Path(__file__).with_name("notice_rules.csv").open(encoding="utf-8")))


def _outcome(row: dict[str, str]) -> bool:
    if row["rule"] == "floor":
        counted = Counted(int(row["positive"]), int(row["n"]))
        return is_below(float(row["floor"]) / 100, counted, int(row["minimum"]))
    last_day, today = date.fromisoformat(row["last_day"]), date.fromisoformat(row["today"])
    standing = Standing(row["state"], last_day, int(row["dissatisfied"]), bool(row["left_out"]))
    if row["rule"] == "overdue":
        return is_overdue(standing, int(row["amount"]), today, CALENDAR)
    return is_dissatisfied(standing, int(row["amount"]))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['rule']}: {row['why']}")
def test_a_rule_has_the_expected_outcome(row: dict[str, str]) -> None:
    assert _outcome(row) == (row["expected"] == "yes")


def test_a_day_of_the_bureaus_own_calendar_counts() -> None:
    standing = Standing("handling", date(2024, 5, 13))
    free = WorkingCalendar({date(2024, 5, 15): False})
    assert days_late(standing, date(2024, 5, 20), CALENDAR) == 5
    assert days_late(standing, date(2024, 5, 20), free) == 4


@pytest.mark.parametrize(("positive", "n"), [(57, 60), (0, 1), (1, 1), (18, 40), (137, 4216)])
def test_the_interval_is_that_of_the_dashboard(positive: int, n: int) -> None:
    assert interval(Counted(positive, n)) == pytest.approx(wilson_interval(positive, n))


def test_the_facts_say_what_the_numbers_are() -> None:
    assert overdue_text(3, 5, date(2024, 5, 20)).startswith("截至2024年5月20日，你单位承办的3件群众诉求事项超过")
    assert "同一事项群众2次以上答复不满意" in dissatisfied_text([3, 2])
    told = floor_text("satisfied", Counted(12, 40), 0.6, date(2024, 2, 20), date(2024, 5, 20))
    assert "40份" in told
    assert "30.0%（95%置信区间18.1%至45.4%），低于分局确定的下限60.0%" in told


# The table in admin ---------------------------------------------------------------------------------------------------
@pytest.fixture
def system(db: None) -> Client:
    return screen(officer(Role.SYSTEM_ADMIN, "system"))


def _fields(rule: NoticeRule, **changes: object) -> dict[str, object]:
    names = ("name", "name_en", "amount", "rate", "floor", "minimum", "window_days", "source")
    fields = {name: "" if getattr(rule, name) is None else getattr(rule, name) for name in names}
    return fields | ({"is_active": "on"} if rule.is_active else {}) | changes


def _change(system: Client, rule: NoticeRule, **changes: object) -> int:
    return system.post(f"/office/admin/followup/noticerule/{rule.pk}/change/", _fields(rule, **changes)).status_code


def test_a_changed_rule_is_a_new_version_and_the_old_one_stays_as_it_was(system: Client) -> None:
    old = NoticeRule.objects.get(code="dissatisfied")
    assert _change(system, old, amount=3) == 302
    new = NoticeRule.objects.get(code="dissatisfied", is_active=True)
    old.refresh_from_db()
    assert (new.version, new.amount, old.version, old.amount, old.is_active) == (2, 3, 1, 2, False)
    assert acts("rule.change")[-1].data == {"amount": ["2", "3"]}


def test_another_name_is_no_new_version(system: Client) -> None:
    rule = NoticeRule.objects.get(code="overdue")
    assert _change(system, rule, name="超期五日") == 302
    assert NoticeRule.objects.get(code="overdue").version == 1


def test_an_old_version_cannot_be_changed(system: Client) -> None:
    old = NoticeRule.objects.get(code="dissatisfied")
    _change(system, old, amount=3)
    assert _change(system, old, amount=1) == 403


def test_a_rule_that_lacks_its_number_is_refused(system: Client) -> None:
    assert _change(system, NoticeRule.objects.get(code="dissatisfied"), amount="") == 200
    assert _change(system, NoticeRule.objects.get(code="satisfied-floor"), floor="") == 200
    assert not acts("rule.change")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "dissatisfied"},
        {"kind": "floor", "floor": 60, "minimum": 30, "window_days": 90},
        {"kind": "floor", "rate": "on_time", "floor": 101, "minimum": 30, "window_days": 90},
    ],
)
def test_the_database_refuses_half_a_rule(fields: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeRule.objects.create(code="new", name="x", name_en="x", source="x", **fields)


@pytest.mark.django_db
def test_one_version_of_a_rule_and_one_issuer_are_in_use() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeRule.objects.create(code="overdue", version=2, name="x", name_en="x", kind="overdue", source="x")
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeIssuer.objects.create(code="other", name="另一单位", prefix="另约")
