"""Closing what nobody answered: by somebody of the centre with a reason, never by the unit, never while one waits."""

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import Role
from feedback.models import Channel
from feedback.services import feedback_withdraw
from followup.surveys.closing import followups_close_impossible
from followup.surveys.hearing import FollowUpRefused
from followup.surveys.listing import to_close_for
from followup.surveys.models import FollowUp, FollowUpState
from followup.surveys.selectors import matters_to_close
from followup.surveys.tasks import follow_up
from measures.models import Closing, MatterState, Rectification
from tests.feedback.queue_cast import confirm, logged_in, officer, voice
from tests.followup.followups import WEDNESDAY, asked, at, caller, fresh, later, matter_of, outbox, replied, resident
from tests.measures.matters import unit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]
__all__ = ["outbox"]
WHY = "短信未回复，回访窗口已过"


@pytest.fixture(autouse=True)
def _wednesday(monkeypatch: pytest.MonkeyPatch) -> Any:
    at(monkeypatch, WEDNESDAY)
    with translation.override("en"):
        yield


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> FollowUp:
    """Nobody answered within the window."""
    (one,) = asked(resident()[0])
    later(monkeypatch, days=10)
    follow_up()
    return fresh(one)  # type: ignore[no-any-return]  # rows of any table


def close(*matters: Rectification, who: Any = None, reason: str = WHY) -> Any:
    return followups_close_impossible(
        officer=who or caller(), rectification_ids=[matter.pk for matter in matters], reason=reason
    )


def test_silence_for_the_whole_window_lists_the_matter_and_closes_nothing(silent: FollowUp) -> None:
    assert silent.state == FollowUpState.SILENT
    assert list(matters_to_close()) == [silent.rectification]
    assert silent.rectification.state == MatterState.FOLLOWING_UP


def test_an_officer_of_the_centre_says_why_and_closes_it(silent: FollowUp) -> None:
    who = caller()
    assert close(silent.rectification, who=who) == ([silent.rectification_id], [])
    told, matter = fresh(silent), fresh(silent.rectification)
    assert (told.state, told.impossible_reason, told.recorded_by) == (FollowUpState.IMPOSSIBLE, WHY, who)
    assert (matter.state, matter.closing, matter.closing_reason) == (MatterState.CLOSED, Closing.IMPOSSIBLE, WHY)


def test_many_matters_are_closed_with_one_reason_and_what_could_not_be_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visit = matter_of(confirm(voice(channel=Channel.VISIT), item="P1"))
    anonymous = matter_of(resident(phone="")[0])
    follow_up()
    later(monkeypatch, days=10)
    waiting = matter_of(resident("路灯坏了")[0])
    follow_up()
    closed, skipped = close(visit, anonymous, waiting)
    assert closed == [visit.pk, anonymous.pk]
    assert [(one.reference, one.why) for one in skipped] == [(waiting.reference, "An answer is still waited for.")]


def test_the_handling_unit_closes_nothing(silent: FollowUp) -> None:
    for who in (officer(Role.CENTRE, unit()), officer(Role.LEADER), officer(Role.UNIT_HEAD, unit())):
        closed, skipped = close(silent.rectification, who=who)
        assert (closed, len(skipped)) == ([], 1)
    assert fresh(silent.rectification).state == MatterState.FOLLOWING_UP


@pytest.mark.parametrize("reason", ["", "打过13812345678没人接"])
def test_no_reason_and_no_number_in_it(silent: FollowUp, reason: str) -> None:
    with pytest.raises(FollowUpRefused):
        close(silent.rectification, reason=reason)


def test_of_two_officers_the_second_reads_who_was_first(silent: FollowUp) -> None:
    first = caller()
    close(silent.rectification, who=first)
    closed, skipped = close(silent.rectification)
    assert closed == []
    assert first.name in skipped[0].why


def test_a_matter_whose_voices_were_all_withdrawn_waits_for_a_reason_too() -> None:
    one, _receipt = resident()
    matter = matter_of(one)
    follow_up()
    feedback_withdraw(feedback=one)
    follow_up()
    assert list(matters_to_close()) == [matter]
    assert close(matter, reason="群众已撤回")[0] == [matter.pk]


def test_an_answer_takes_the_matter_off_the_list(silent: FollowUp) -> None:
    replied(silent, "1", is_late=True)
    follow_up()
    assert not matters_to_close().exists()
    assert fresh(silent.rectification).closing == Closing.HEARD


def test_a_reopened_matter_is_on_no_list_until_it_is_passed_again(silent: FollowUp) -> None:
    replied(silent, "3", is_late=True)
    follow_up()
    assert not matters_to_close().exists()


# The page ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def desk() -> Client:
    return logged_in(caller())


def test_the_page_lists_and_closes_the_ticked_ones(silent: FollowUp, desk: Client) -> None:
    page = desk.get("/office/follow-ups/").content.decode()
    assert silent.rectification.reference in page
    answer = desk.post("/office/follow-ups/close/", {"chosen": [silent.rectification_id], "reason": WHY}, follow=True)
    assert "1 matter closed." in answer.content.decode()
    assert fresh(silent.rectification).state == MatterState.CLOSED


@pytest.mark.parametrize("fields", [{"reason": WHY}, {"chosen": ["1"]}, {"chosen": ["1"], "reason": "电话13812345678"}])
def test_what_cannot_be_closed_comes_back_as_it_was_typed(
    silent: FollowUp, desk: Client, fields: dict[str, Any]
) -> None:
    sent = {name: [str(silent.rectification_id)] if name == "chosen" else value for name, value in fields.items()}
    answer = desk.post("/office/follow-ups/close/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert str(fields.get("reason", "")) in page
    assert (" checked" in page) == ("chosen" in fields)


def test_a_leader_reads_the_list_and_closes_nothing(silent: FollowUp) -> None:
    leader = logged_in(officer(Role.LEADER))
    page = leader.get("/office/follow-ups/").content.decode()
    assert silent.rectification.reference in page
    assert "Close the ticked matters" not in page
    assert leader.post("/office/follow-ups/close/", {"chosen": [1], "reason": WHY}).status_code == 404
    assert not to_close_for(officer(Role.LEADER))[0].is_mine


def test_a_matter_that_is_titled_like_its_item_is_not_named_twice(silent: FollowUp) -> None:
    desk, matter = logged_in(caller()), silent.rectification
    titles = {matter.title: True, matter.item.name: False}
    for title, is_told in titles.items():
        Rectification.objects.filter(pk=matter.pk).update(title=title)
        assert (f"· {title}</span>" in desk.get("/office/follow-ups/").content.decode()) is is_told
