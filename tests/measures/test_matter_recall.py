"""A matter that turns out to be about its own unit is recalled: that unit knows nothing of it any more, by any way."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import Officer, Role
from feedback.models import Classification, Feedback, Kind
from measures import receipts, services
from measures.matters.story import story_of
from measures.models import MatterRequest, Measure, Rectification, RectificationEvent
from measures.requests import request_ask
from measures.services import MatterRefused, MovedMeanwhile
from tests.feedback.queue_cast import centre, logged_in, officer
from tests.measures.matters import BRIEF, confirmed, dispatched, handled, head, order, passed, shown, submitted, unit
from tests.measures.screens import page_of

pytestmark = pytest.mark.django_db
WHY = "回看原话，反映的是本单位民警 绿葡萄"


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


def _voices(matter: Rectification) -> list[int]:
    return list(matter.voices.values_list("feedback_id", flat=True))


def _recall(matter: Rectification, by: Officer | None = None, **changes: Any) -> None:
    said: dict[str, Any] = {"about": matter.lead_unit, "voice_ids": _voices(matter), "note": WHY}
    services.rectification_recall(rectification_id=matter.pk, officer=by or centre(), **said | changes)


def _again(matter: Rectification, to: str = "traffic") -> None:
    services.rectification_redispatch(
        rectification_id=matter.pk, officer=centre(), order=order(lead_unit=unit(to), item=matter.item_id)
    )


def _fresh(matter: Rectification) -> Rectification:
    return Rectification.objects.get(pk=matter.pk)


# What the unit still sees --------------------------------------------------------------------------------------------
def _reaches(client: Client, matter: Rectification) -> list[str]:
    """Every way by which the officer of ``client`` still learns of the matter."""
    evidence = matter.evidence.get()
    found = []
    for address in (
        reverse("matters:detail", args=[matter.pk]),
        reverse("matters:evidence", args=[matter.pk, evidence.pk]),
        reverse("matters:move", args=[matter.pk, "progress"]),
    ):
        answer = client.post(address, {"note": "x"}) if "moves" in address else client.get(address)
        if answer.status_code != 404:
            found.append(address)
    for query in ({}, {"pile": "all"}, {"pile": "waiting"}, {"search": "烧烤店"}, {"search": matter.reference}):
        answer = client.get(reverse("matters:list"), query)
        if answer.status_code != 200 or answer.context["page"].rows or any(n for _pile, n in answer.context["tabs"]):
            found.append(f"list {query}")
    measure = client.get(reverse("plans:measure", args=[matter.measure_id]))
    if measure.context["counts"].total:
        found.append("measure")
    return found


@pytest.mark.parametrize("is_dispatched_anew", [False, True])
@pytest.mark.parametrize("role", [Role.UNIT_HEAD, Role.STATION_OFFICER])
def test_the_unit_learns_of_it_by_no_way_any_more(role: Role, is_dispatched_anew: bool) -> None:
    measure = Measure.objects.filter(items="P1").first()
    matter = handled(dispatched(measure_id=measure.pk if measure else None))
    shown(matter)
    client = logged_in(officer(role, unit()))
    assert len(_reaches(client, matter)) >= 8, "before the recall it reads all of it"
    _recall(matter)
    if is_dispatched_anew:
        _again(matter)
    assert _reaches(client, matter) == []


def test_the_next_unit_works_on_it_and_the_centre_reads_why(monkeypatch: pytest.MonkeyPatch) -> None:
    matter = submitted(dispatched())
    _recall(matter)
    matter = _fresh(matter)
    assert (matter.state, matter.result, matter.submitted_at) == ("returned", "", None)
    assert WHY in page_of(logged_in(centre()), matter)
    _again(matter)
    matter = _fresh(matter)
    assert (matter.state, matter.lead_unit) == ("dispatched", unit("traffic"))
    there = logged_in(head(unit("traffic")))
    assert BRIEF in page_of(there, matter)


def test_it_may_not_go_back_to_the_unit_that_it_is_about() -> None:
    matter = dispatched()
    _recall(matter)
    with pytest.raises(MatterRefused, match="which may never read it"):
        _again(matter, unit().code)
    page = logged_in(centre()).get(reverse("matters:redispatch", args=[matter.pk])).content.decode()
    assert "May not get it" in page
    assert "It was recalled from" in page


# What is written down ------------------------------------------------------------------------------------------------
def test_the_decisions_on_the_chosen_voices_say_whom_they_are_about_and_keep_the_rest() -> None:
    one, other = confirmed(), confirmed("也很吵")
    matter = dispatched(one, other)
    _recall(matter, voice_ids=[one.pk])
    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.about_unit, one.kind, one.item_id, one.state) == (unit(), Kind.COMPLAINT, "P1", "confirmed")
    assert other.about_unit is None
    assert Classification.objects.filter(feedback=one).latest("id").reason == WHY
    event = RectificationEvent.objects.filter(rectification=matter).latest("id")
    facts = {"about": unit().pk, "lead_unit": unit().pk, "voices": [one.pk]}
    assert (event.move, event.note, event.data) == ("recall", WHY, facts)


def test_what_the_unit_asked_lapses_and_the_resident_reads_that_another_one_is_chosen() -> None:
    matter = handled(dispatched())
    request_ask(rectification_id=matter.pk, officer=head(), kind="extension", reason="x", days=2)
    _recall(matter)
    assert MatterRequest.objects.get().state == "lapsed"
    told = receipts.chapter(Feedback.objects.get(pk=_voices(matter)[0]))
    assert told is not None
    assert told.unit == ""
    assert told.events[-1].text == "The opinion centre took it back from the unit; another one is being chosen."


def test_an_answer_that_was_passed_is_taken_back_with_it() -> None:
    matter = passed(dispatched())
    _recall(matter)
    told = receipts.chapter(Feedback.objects.get(pk=_voices(matter)[0]))
    assert told is not None
    assert (told.stage, told.answer) == ("returned", "")
    assert _fresh(matter).reopen_count == 1, "what is asked next is another round"


def test_a_supporting_unit_may_be_the_one_it_is_about() -> None:
    matter = handled(dispatched(support_units=[unit("command")]))
    _recall(matter, about=unit("command"))
    assert logged_in(head(unit("command"))).get(reverse("matters:detail", args=[matter.pk])).status_code == 404
    _again(matter, unit().code)
    assert _fresh(matter).lead_unit == unit()


# What is refused -----------------------------------------------------------------------------------------------------
def test_a_recall_says_why_which_messages_and_about_whom() -> None:
    matter = dispatched()
    for changes, field in (({"note": ""}, "note"), ({"voice_ids": []}, "voices"), ({"about": unit("legal")}, "about")):
        with pytest.raises(MatterRefused) as refused:
            _recall(matter, **changes)
        assert refused.value.field == field
    with pytest.raises(MatterRefused):
        _recall(matter, voice_ids=[confirmed("別の件").pk])
    assert _fresh(matter).state == "dispatched"


@pytest.mark.parametrize("role", [Role.UNIT_HEAD, Role.STATION_OFFICER, Role.LEADER])
def test_nobody_but_the_centre_recalls(role: Role) -> None:
    matter = dispatched()
    who = officer(role, unit())
    with pytest.raises(PermissionDenied):
        _recall(matter, by=who)
    address = reverse("matters:move", args=[matter.pk, "recall"])
    assert logged_in(who).post(address, {"note": "x"}).status_code == 404


def test_a_closed_matter_is_not_recalled_and_the_second_recall_reads_who_was_first() -> None:
    matter = dispatched()
    _recall(matter)
    with pytest.raises(MovedMeanwhile, match="recalled it"):
        _recall(matter)


# The page ------------------------------------------------------------------------------------------------------------
def test_the_centre_recalls_on_the_page_and_what_is_wrong_comes_back() -> None:
    matter, client = handled(dispatched()), logged_in(centre())
    assert "Recall it: it is about its own unit" in page_of(client, matter)
    address = reverse("matters:move", args=[matter.pk, "recall"])
    refused = client.post(address, {"about": unit().pk, "note": WHY})
    assert refused.status_code == 422
    assert WHY in refused.content.decode()
    sent = client.post(address, {"about": unit().pk, "voices": _voices(matter), "note": WHY})
    assert sent["Location"] == reverse("matters:detail", args=[matter.pk])
    page = page_of(client, matter)
    assert reverse("matters:redispatch", args=[matter.pk]) in page
    assert "recalled it from the unit that it is about" in page


def test_the_story_names_the_units_in_the_readers_language() -> None:
    matter = dispatched()
    _recall(matter)
    with translation.override("zh-hans"):
        _again(matter)
    for language in ("en", "zh-hans"):
        with translation.override(language):
            facts = [line.facts for line in story_of(matter, in_full=True)][-2:]
            assert facts == [str(unit()), str(unit("traffic"))]
            told = receipts.chapter(Feedback.objects.get(pk=_voices(matter)[0]))
            assert told is not None
            assert str(unit("traffic")) in told.events[-1].text
