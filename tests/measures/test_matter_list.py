"""The list of matters: the clock in words, piles, order, paging, filters, a unit's urgencies, and what it costs."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.models import AuditEvent, Role
from measures.matters.clocks import Urgency, clock_of
from measures.matters.selectors import reference_parse
from measures.models import Escalation, MatterRequest, MatterState, Measure, Rectification
from measures.working_days import WorkingCalendar
from opinion_portal import clock
from tests.feedback.queue_cast import centre, logged_in, officer
from tests.measures.matters import dispatched, head, unit
from tests.measures.screens import at, many, page_of, statements

pytestmark = pytest.mark.django_db
S = MatterState


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def client() -> Client:
    return logged_in(centre())


def _list(client: Client, **query: Any) -> Any:
    answer = client.get(reverse("matters:list"), query)
    assert answer.status_code == 200
    return answer


def _ids(client: Client, **query: Any) -> list[int]:
    return [row.id for row in _list(client, **query).context["page"].rows]


# The clock in words --------------------------------------------------------------------------------------------------
MONDAY = datetime(2024, 5, 20, 9, tzinfo=clock.BUREAU_ZONE)


@pytest.mark.parametrize(
    ("last_day", "urgency", "text"),
    [
        (date(2024, 5, 16), Urgency.LATE, "overdue by 2 working days"),
        (date(2024, 5, 20), Urgency.NOW, "due today"),
        (date(2024, 5, 21), Urgency.NOW, "1 working day left"),
        (date(2024, 5, 24), Urgency.WEEK, "4 working days left"),
        (date(2024, 5, 27), Urgency.LATER, "5 working days left"),
    ],
)
def test_the_clock_counts_working_days_and_says_so_in_words(last_day: date, urgency: Urgency, text: str) -> None:
    due_at = clock.day_start(last_day + timedelta(days=1))
    found = clock_of(S.HANDLING, due_at, None, now=MONDAY, calendar=WorkingCalendar())
    assert (found.urgency, found.text, found.last_day) == (urgency, text, last_day)


def test_a_matter_that_ran_out_on_friday_is_overdue_on_saturday_already() -> None:
    due_at = clock.day_start(date(2024, 5, 18))
    found = clock_of(S.HANDLING, due_at, None, now=due_at + timedelta(hours=8), calendar=WorkingCalendar())
    assert (found.is_late, found.days) == (True, 0)
    assert "less than a working day" in found.text


def test_once_answered_the_clock_tells_when_and_does_not_run() -> None:
    due_at, late = clock.day_start(date(2024, 5, 18)), clock.day_start(date(2024, 5, 21))
    for moment, text in ((due_at - timedelta(hours=1), "answered in time"), (late, "answered 2 working days late")):
        found = clock_of(S.SUBMITTED, due_at, moment, now=MONDAY + timedelta(days=30), calendar=WorkingCalendar())
        assert (found.urgency, found.text) == (Urgency.NONE, text)
    assert clock_of(S.CLOSED, due_at, due_at, now=MONDAY, calendar=WorkingCalendar()).text == ""


def test_a_last_day_beyond_the_known_calendar_is_marked_as_a_guess(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, "2026-12-30T09:00")
    assert "Calendar data is missing: the holidays of 2027" in page_of(client, dispatched())


# The list of the bureau ----------------------------------------------------------------------------------------------
def test_each_pile_holds_what_its_name_says_and_counts_it(client: Client) -> None:
    late = many(2, due_at=clock.now() - timedelta(days=1), state=S.HANDLING)
    running = many(1, state=S.DISPATCHED)
    answered = many(1, state=S.SUBMITTED)
    heard = many(1, state=S.FOLLOWING_UP)
    halted = many(1, state=S.SUSPENDED)
    back = many(1, state=S.RETURNED)
    over = many(2, state=S.HANDED_110)
    expected = {
        "todo": answered + back,
        "open": late + running,
        "late": late,
        "following_up": heard,
        "suspended": halted,
        "ended": over,
        "all": late + running + answered + heard + halted + back + over,
    }
    tabs = {pile.code: number for pile, number in _list(client).context["tabs"]}
    assert {code: sorted(_ids(client, pile=code)) for code in expected} == {
        code: sorted(ids) for code, ids in expected.items()
    }
    assert tabs == {code: len(ids) for code, ids in expected.items()}


def test_an_open_request_waits_for_whom_it_is_to_be_decided_by() -> None:
    asks = {kind: many(1, state=S.HANDLING)[0] for kind in MatterRequest.Kind.values}
    for kind, number in asks.items():
        MatterRequest.objects.create(
            rectification_id=number, kind=kind, reason="x", asked_by=head(), unit=unit(), asked_at=clock.now()
        )
    suspended = asks.pop("suspension")
    assert sorted(_ids(logged_in(centre()), pile="todo")) == sorted(asks.values())
    assert _ids(logged_in(officer(Role.LEADER)), pile="todo") == [suspended]


@pytest.mark.parametrize("pile", ["open", "all"])
def test_pages_follow_one_another_without_gap_or_repetition_and_lead_back(client: Client, pile: str) -> None:
    due = clock.now() + timedelta(days=2)
    later, sooner = many(60, due_at=due + timedelta(days=1)), many(60, due_at=due)
    expected = sooner + later if pile == "open" else sorted(sooner + later, reverse=True)
    pages, key = [], ""
    while True:
        page = _list(client, pile=pile, after=key).context["page"]
        pages.append([row.id for row in page.rows])
        key = page.next_key
        if not key:
            break
    assert [len(page) for page in pages] == [50, 50, 20]
    assert [number for page in pages for number in page] == expected
    third = _list(client, pile=pile, after=_list(client, pile=pile, after=_key(client, pile)).context["page"].next_key)
    back = _list(client, pile=pile, before=third.context["page"].previous_key).context["page"]
    assert [row.id for row in back.rows] == pages[1]
    first = _list(client, pile=pile, before=back.previous_key).context["page"]
    assert [row.id for row in first.rows] == pages[0]
    assert not first.previous_key


def _key(client: Client, pile: str) -> str:
    return str(_list(client, pile=pile).context["page"].next_key)


def test_each_filter_keeps_what_it_names(client: Client) -> None:
    measure = Measure.objects.filter(items="P1")[0]
    found = many(
        1, state=S.HANDLING, measure=measure, lead=unit("traffic"), due_at=clock.now() - timedelta(hours=1),
        escalation=Escalation.SUPERVISED, submitted_at=clock.now(),
    )  # fmt: skip
    Rectification.objects.filter(pk=found[0]).update(title="烧烤店夜间扰民")
    many(2, item_id="T1", state=S.DISPATCHED, due_at=clock.now() + timedelta(days=8))
    for query in (
        {"unit": unit("traffic").pk},
        {"item": "P1"},
        {"measure": measure.pk},
        {"state": "handling"},
        {"lateness": "late"},
        {"lateness": "answered_late"},
        {"escalation": "supervised"},
        {"search": "烧烤"},
        {"search": "扰民 烧烤"},
    ):
        assert _ids(client, **query) == found, query
    soon = many(1, due_at=clock.now() + timedelta(days=1))
    assert _ids(client, lateness="soon") == soon


def test_the_unit_filter_finds_what_a_unit_supports_too(client: Client) -> None:
    matter = dispatched(support_units=[unit("command")])
    assert _ids(client, unit=unit("command").pk) == [matter.pk]


@pytest.mark.parametrize(
    "query",
    [
        {"pile": "x"}, {"state": "x"}, {"unit": "x"}, {"unit": "9" * 30}, {"after": "x"}, {"after": "1.2.3"},
        {"after": f"{'9' * 17}.{'9' * 18}"}, {"before": "-1"}, {"search": "'"}, {"search": "%"}, {"search": "M-"},
        {"item": "'"}, {"measure": "0"}, {"lateness": "x"}, {"search": "\0"},
    ],
)  # fmt: skip
def test_a_filter_that_cannot_be_read_does_not_break_the_page(client: Client, query: dict[str, Any]) -> None:
    many(1)
    assert client.get(reverse("matters:list"), query).status_code == 200


def test_a_number_typed_into_the_search_opens_that_matter(client: Client) -> None:
    matter = dispatched()
    answer = client.get(reverse("matters:list"), {"search": f" m-{matter.pk} "})
    assert answer["Location"] == reverse("matters:detail", args=[matter.pk])
    assert reference_parse("Ｍ-0012") == 12
    assert reference_parse("12") is None


def test_lateness_is_told_in_words_and_with_a_mark_not_by_colour_alone(client: Client) -> None:
    many(1, due_at=clock.now() - timedelta(days=5), state=S.HANDLING)
    page = _list(client, pile="late").content.decode()
    assert re.search(r'class="clock clock-late"><svg.*overdue by \d+ working days', page, re.DOTALL)


# The list of a unit --------------------------------------------------------------------------------------------------
def test_a_unit_sees_its_matters_by_urgency(monkeypatch: pytest.MonkeyPatch) -> None:
    now = at(monkeypatch, "2024-05-20T09:00")  # a Monday
    days = (date(2024, 5, 30), date(2024, 5, 24), date(2024, 5, 20), date(2024, 5, 16), date(2024, 5, 21))
    later, week, today, late, tomorrow = (
        many(1, due_at=clock.day_start(day + timedelta(days=1)), dispatched_at=now - timedelta(days=20))[0]
        for day in days
    )
    many(1, lead=unit("traffic"))
    answer = _list(logged_in(head()))
    groups = [(name, [row.id for row in rows]) for name, rows in answer.context["row_groups"]]
    assert groups == [
        ("Overdue", [late]),
        ("Due today or on the next working day", [today, tomorrow]),
        ("Due this week", [week]),
        ("Later", [later]),
    ]
    assert {pile.code: number for pile, number in answer.context["tabs"]} == {
        "mine": 5, "waiting": 0, "ended": 0, "all": 5,
    }  # fmt: skip
    assert "unit" not in answer.context["form"].fields


def test_what_a_unit_supports_is_among_its_matters() -> None:
    matter = dispatched(support_units=[unit("command")])
    assert _ids(logged_in(officer(Role.STATION_OFFICER, unit("command")))) == [matter.pk]


# What it costs -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "query", [{}, {"pile": "all"}, {"search": "件"}, {"unit": "1", "item": "P1", "lateness": "late"}, {"after": "1.1"}]
)
def test_a_page_of_the_list_is_at_most_ten_statements(client: Client, query: dict[str, Any]) -> None:
    many(60)
    dispatched()
    assert statements(client, reverse("matters:list"), **query) <= 10


def test_a_units_list_is_at_most_ten_statements() -> None:
    many(60)
    dispatched(support_units=[unit("command")])
    assert statements(logged_in(head()), reverse("matters:list")) <= 10


def test_reading_a_list_is_recorded_without_what_was_searched() -> None:
    matter, who = dispatched(), head()
    _list(logged_in(who), search="扰民")
    event = AuditEvent.objects.get(action="matter.list", actor=who)
    assert event.data == {"ids": [matter.pk], "filters": ["search"]}


def _joined(node: dict[str, Any]) -> Iterator[float]:
    """How many rows each join of a plan has made."""
    if "Join" in node["Node Type"] or node["Node Type"] == "Nested Loop":
        yield node["Actual Rows"] * node["Actual Loops"]
    for below in node.get("Plans", []):
        yield from _joined(below)


@pytest.mark.parametrize("pile", ["open", "all"])
def test_names_are_looked_up_for_the_rows_of_a_page_alone(client: Client, pile: str) -> None:
    many(1000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE measures_rectification")
    with CaptureQueriesContext(connection) as queries:
        _list(client, pile=pile)
    rows = next(one["sql"] for one in queries if '"voice_count"' in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {rows}")
        joined = list(_joined(cursor.fetchone()[0][0]["Plan"]))
    assert joined
    assert max(joined) <= 51
