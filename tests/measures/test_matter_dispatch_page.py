"""Dispatch: what is proposed, what is refused and where it says so, what is kept, and what waits to be dispatched."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import AuditEvent, Officer, Role
from feedback.models import Feedback, Kind
from feedback.services import feedback_remark
from measures import services
from measures.models import Measure, Rectification
from measures.services import MatterRefused
from opinion_portal import clock
from tests.feedback.queue_cast import centre, logged_in, officer, two_points, voice
from tests.measures.matters import BRIEF, confirmed, dispatched, heard, order, unit

pytestmark = pytest.mark.django_db
DISPATCH = reverse("matters:dispatch")
WAITING = reverse("matters:waiting")


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def client() -> Client:
    return logged_in(centre())


def _open(client: Client, *voices: Feedback, **query: Any) -> Any:
    answer = client.get(DISPATCH, {"feedback": [one.pk for one in voices], **query})
    assert answer.status_code == 200
    return answer


def _send(client: Client, *voices: Feedback, **changes: Any) -> Any:
    fields = {
        "feedback": [one.pk for one in voices],
        "item": "P1",
        "title": "烧烤店夜间扰民",
        "lead_unit": unit().pk,
        "brief": BRIEF,
        **changes,
    }
    return client.post(DISPATCH, fields)


def _value(answer: Any, name: str) -> Any:
    return answer.context["form"][name].value()


def _measure(item: str) -> Measure:
    return Measure.objects.filter(items=item).order_by("number")[0]


# What is proposed ----------------------------------------------------------------------------------------------------
def test_the_form_proposes_item_measure_units_title_and_redacted_words(client: Client) -> None:
    one = heard("路口信号灯太短 联系13912345678", item="T3")
    answer = _open(client, one)
    measure = _measure("T3")
    assert (_value(answer, "item"), _value(answer, "measure")) == ("T3", measure.pk)
    assert _value(answer, "lead_unit") == measure.lead_unit_id
    assert _value(answer, "support_units") == list(measure.support_units.values_list("pk", flat=True))
    assert _value(answer, "brief") == "路口信号灯太短 联系〔电话〕"
    assert str(one.item) in _value(answer, "title")


def test_what_redaction_takes_out_is_marked_in_the_words_that_came_in(client: Client) -> None:
    one = heard("路口太堵，电话13912345678", item="T2")
    page = _open(client, one).content.decode()
    assert '<mark class="taken-out">13912345678</mark>' in page
    assert "Taken out for the unit: 〔电话〕" in page


def test_several_voices_become_one_text_and_the_item_is_that_of_most(client: Client) -> None:
    chosen = heard("甲说太吵"), heard("乙也说太吵"), heard("丙说堵车", item="T2")
    answer = _open(client, *chosen)
    assert _value(answer, "brief") == "（1）甲说太吵\n（2）乙也说太吵\n（3）丙说堵车"
    assert _value(answer, "item") == "P1"
    assert "3 messages" in _value(answer, "title")
    assert "Dispatch 3 messages as one matter" in answer.content.decode()


def test_what_the_resident_added_is_in_the_text_too_redacted(client: Client) -> None:
    one = heard("楼下太吵")
    feedback_remark(feedback=one, content="补充一下，我叫王大伟")
    text = _value(_open(client, one), "brief")
    assert text == "楼下太吵\nAdded: 补充一下，我叫〔姓名〕"


@pytest.mark.parametrize(("item", "is_local"), [("P1", True), ("S2", True), ("T1", False), ("C1", False)])
def test_what_happens_at_a_place_goes_to_its_station_the_rest_to_the_measures_unit(
    client: Client, item: str, is_local: bool
) -> None:
    point = two_points()[0]
    answer = _open(client, heard("一件事", item=item, point=point))
    lead = _measure(item).lead_unit_id
    assert _value(answer, "lead_unit") == (point.station_id if is_local else lead)
    assert (lead in _value(answer, "support_units")) is is_local


def test_the_measure_from_which_one_comes_is_proposed(client: Client) -> None:
    other = Measure.objects.filter(items="P3").order_by("-number")[0]
    answer = _open(client, heard("巡逻太少", item="P3"), measure=other.pk)
    assert _value(answer, "measure") == other.pk


def test_a_unit_of_reviewers_is_not_proposed_as_a_helper(client: Client) -> None:
    officer(Role.CENTRE, unit("centre"))
    answer = _open(client, heard("窗口排队久", item="S1"))
    assert _value(answer, "lead_unit") == unit("discipline").pk
    assert unit("centre").pk not in _value(answer, "support_units")
    assert unit("legal").pk in _value(answer, "support_units")


def test_the_day_by_which_it_is_due_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    one = heard()
    moment = datetime(2024, 5, 19, 10, tzinfo=clock.BUREAU_ZONE)  # a Sunday, as the first notice was
    monkeypatch.setattr(clock, "now", lambda: moment)
    page = client.get(DISPATCH, {"feedback": one.pk}).content.decode()
    assert "2024-05-24" in page
    assert "Calendar data is missing" not in page


def test_beyond_the_known_calendar_the_day_is_called_a_guess(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    one = heard()
    moment = datetime(2026, 12, 30, 10, tzinfo=clock.BUREAU_ZONE)
    monkeypatch.setattr(clock, "now", lambda: moment)
    client = logged_in(centre())  # a session of that day
    page = client.get(DISPATCH, {"feedback": one.pk}).content.decode()
    assert "Calendar data is missing: the holidays of 2027" in page


# Who may not get it --------------------------------------------------------------------------------------------------
def test_the_unit_a_voice_is_about_is_named_and_cannot_be_chosen(client: Client) -> None:
    point = two_points()[0]
    accused = point.station
    one = heard("派出所民警态度差", item="S1", point=point, about=accused)
    answer = _open(client, one)
    page = answer.content.decode()
    assert "May not get it" in page
    assert f"{one.reference} is about it" in page
    assert [barred.unit for barred in answer.context["barred"]] == [accused]
    assert _value(answer, "lead_unit") != accused.pk
    assert f'<option value="{accused.pk}" disabled>' in page


def test_praise_bars_nobody(client: Client) -> None:
    point = two_points()[0]
    one = heard("民警帮我找回钱包", item="H1", point=point, about=point.station, kind=Kind.PRAISE)
    assert _open(client, one).context["barred"] == []


@pytest.mark.parametrize("field", ["lead_unit", "support_units"])
def test_the_barred_unit_is_refused_at_its_field_even_if_it_is_sent(client: Client, field: str) -> None:
    point = two_points()[0]
    one = heard("派出所民警态度差", item="S1", point=point, about=point.station)
    answer = _send(client, one, **{"item": "S1", "lead_unit": unit("discipline").pk, field: point.station_id})
    assert answer.status_code == 422
    assert "which may never read it" in str(answer.context["form"].errors[field])
    assert not Rectification.objects.exists()


def test_nothing_is_dispatched_that_nobody_would_be_left_to_review() -> None:
    Officer.objects.filter(role__in=[Role.CENTRE, Role.DISCIPLINE]).update(is_active=False)
    one = confirmed()
    Officer.objects.filter(role__in=[Role.CENTRE, Role.DISCIPLINE]).update(is_active=False)
    only = officer(Role.CENTRE, unit("centre"))
    for refused in ({"support_units": [unit("centre")]}, {"lead_unit": unit("centre")}):
        with pytest.raises(MatterRefused, match="left to review") as error:
            services.rectification_dispatch(officer=only, feedback_ids=[one.pk], order=order(**refused))
        assert error.value.field == next(iter(refused))
    assert services.rectification_dispatch(officer=only, feedback_ids=[one.pk], order=order()).pk


# Sending it ----------------------------------------------------------------------------------------------------------
def test_many_voices_go_out_as_one_matter(client: Client) -> None:
    chosen = heard("甲说太吵"), heard("乙也说太吵")
    measure = _measure("P1")
    answer = _send(
        client, *chosen, measure=measure.pk, support_units=[unit("command").pk, unit().pk], is_designated="on"
    )
    made = Rectification.objects.get()
    assert answer["Location"] == reverse("matters:detail", args=[made.pk])
    assert {link.feedback_id for link in made.voices.all()} == {one.pk for one in chosen}
    assert (made.measure, made.lead_unit, made.is_designated) == (measure, unit(), True)
    assert list(made.support_units.all()) == [unit("command")], "the lead unit does not support itself"
    assert made.reference in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("title", "", "This field is required"),
        ("title", "长" * 101, "at most 100"),
        ("brief", "", "This field is required"),
        ("brief", "打我电话13912345678", "phone number"),
        ("lead_unit", "", "This field is required"),
        ("item", "OUT", "Select a valid choice"),
        ("measure", "T1", "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_all_that_was_typed_is_kept(
    client: Client, field: str, value: str, told: str
) -> None:
    one = heard()
    fields = {"title": "一个标题", "brief": "一段文字", "support_units": [unit("command").pk], field: value}
    answer = _send(client, one, **fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert told in str(answer.context["form"].errors[field])
    kept = {"title": "一个标题", "brief": "一段文字"} | {field: value}
    for name in ("title", "brief"):
        assert _value(answer, name) == kept[name]
    assert f'value="{unit("command").pk}"' in page
    assert not Rectification.objects.exists()


def test_a_measure_that_is_not_for_the_item_is_refused_at_its_field(client: Client) -> None:
    answer = _send(client, heard(), measure=_measure("T1").pk)
    assert "not for this item" in str(answer.context["form"].errors["measure"])


def test_what_may_still_tell_who_spoke_is_shown_and_goes_out_only_with_a_tick(client: Client) -> None:
    one, brief = heard(), "我住3号楼2单元501，楼下太吵"
    answer = _send(client, one, brief=brief)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert '<mark class="taken-out">3号楼2单元501</mark>' in page
    assert 'name="brief_is_checked"' in page
    assert _send(client, one, brief=brief, brief_is_checked="on").status_code == 302
    assert Rectification.objects.get().brief == brief


def test_the_loser_of_a_race_for_a_voice_reads_which_matter_has_it(client: Client) -> None:
    first, second = heard("甲说太吵"), heard("乙也说太吵")
    made = dispatched(first)
    answer = _send(client, first, second, title="一个标题")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert made.reference in page
    assert _value(answer, "title") == "一个标题"
    assert [one.feedback.pk for one in answer.context["voices"]] == [second.pk]
    assert Rectification.objects.count() == 1


def test_voices_that_cannot_be_dispatched_are_named_and_left_out(client: Client) -> None:
    free, undecided, dealt = heard("甲说太吵"), voice("还没研判"), heard("乙也说太吵")
    made = dispatched(dealt)
    answer = _open(client, free, undecided, dealt)
    assert [one.feedback.pk for one in answer.context["voices"]] == [free.pk]
    page = answer.content.decode()
    assert f"dealt with by {made.reference}" in page
    assert undecided.reference in page


def test_one_voice_that_has_its_matter_leads_there(client: Client) -> None:
    one = heard()
    made = dispatched(one)
    answer = client.get(DISPATCH, {"feedback": one.pk})
    assert answer["Location"] == reverse("matters:detail", args=[made.pk])


def test_nothing_to_dispatch_is_said_and_a_number_that_never_was_does_not_exist(client: Client) -> None:
    answer = client.get(DISPATCH, {"feedback": voice("还没研判").pk})
    assert answer.status_code == 409
    assert "Nothing left to dispatch" in answer.content.decode()
    assert client.get(DISPATCH, {"feedback": 10**12}).status_code == 404
    for query in ({}, {"feedback": "x"}, {"feedback": "9" * 40}):
        assert client.get(DISPATCH, query)["Location"] == WAITING


def test_reading_the_words_before_a_dispatch_is_recorded(client: Client) -> None:
    one = heard()
    _open(client, one)
    event = AuditEvent.objects.filter(action="feedback.list").latest("id")
    assert event.data == {"ids": [one.pk], "full": True}


def test_what_a_resident_writes_is_never_markup(client: Client) -> None:
    one = heard("<script>alert(1)</script> 13912345678")
    page = _open(client, one).content.decode()
    assert "<script>alert" not in page
