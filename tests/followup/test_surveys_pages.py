"""The resident's pages: the link of an SMS and the rating under the receipt. No login, no cookie, no script needed."""

import re
from typing import Any

import pytest
from django.test import Client

from feedback.models import Feedback
from feedback.resident import throttle
from feedback.services import feedback_withdraw
from followup.callbacks.models import CallBack
from followup.sms.models import SmsMessage
from followup.surveys.links import link_to, token_for
from followup.surveys.models import FollowUp, FollowUpState, Way
from followup.surveys.tasks import follow_up
from measures.models import MatterState
from measures.services import rectification_review
from tests.feedback.queue_cast import logged_in
from tests.feedback.resident import ask
from tests.followup.followups import (
    OTHER_PHONE,
    PHONE,
    WEDNESDAY,
    arrived,
    asked,
    at,
    caller,
    fresh,
    later,
    matter_of,
    outbox,
    replied,
    resident,
)
from tests.measures.matters import dispatched, head, submitted, unit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]
__all__ = ["outbox"]
YES = {"is_solved": "yes", "answer": "satisfied"}
NO = {"is_solved": "no", "answer": "dissatisfied", "comment": "还是很吵，我叫王小明"}


@pytest.fixture(autouse=True)
def _wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, WEDNESDAY)
    monkeypatch.setattr(throttle._Cache, "next_at", 0.0)
    throttle._Local.clients.clear()


@pytest.fixture
def one() -> FollowUp:
    return asked(resident()[0])[0]


def path_of(one: FollowUp, query: str = "?lang=en") -> str:
    return f"/s/{token_for(one.rectification_id, one.feedback_id, one.round)}/{query}"


# The link ------------------------------------------------------------------------------------------------------------
def test_the_link_shows_the_reference_and_the_item_and_nothing_of_the_case(client: Client, one: FollowUp) -> None:
    answer = client.get(path_of(one))
    page = answer.content.decode()
    matter = one.rectification
    assert answer.status_code == 200
    assert one.feedback.reference in page
    assert matter.item.name_en in page
    for hidden in ("烧烤", matter.title, matter.brief, matter.public_reply, matter.lead_unit.name_en, PHONE):
        assert hidden not in page, hidden
    assert not answer.cookies
    assert "no-store" in answer.headers["Cache-Control"]
    assert "<script" not in page


def test_looking_at_the_link_answers_nothing(client: Client, one: FollowUp) -> None:
    client.get(path_of(one))
    client.head(path_of(one))
    assert fresh(one).state == FollowUpState.ASKED


def test_nothing_is_chosen_beforehand(client: Client, one: FollowUp) -> None:
    assert " checked" not in client.get(path_of(one)).content.decode()


def test_the_link_takes_one_answer(client: Client, one: FollowUp) -> None:
    assert "your answer has arrived" in client.post(path_of(one), YES).content.decode()
    assert "is here already: Satisfied" in client.post(path_of(one), NO).content.decode()
    assert "is here already: Satisfied" in client.get(path_of(one)).content.decode()
    told = fresh(one)
    assert (told.answer, told.is_solved, told.answered_by) == ("satisfied", True, Way.PAGE)
    assert fresh(one.rectification).state == MatterState.CLOSED


def test_an_answer_that_says_no_reopens_the_matter_and_owes_a_call(client: Client, one: FollowUp) -> None:
    client.post(path_of(one), NO)
    assert fresh(one.rectification).state == MatterState.HANDLING
    assert CallBack.objects.filter(follow_up=one).exists()


@pytest.mark.parametrize("left_out", ["is_solved", "answer"])
def test_what_is_missing_is_said_and_what_was_typed_comes_back(client: Client, one: FollowUp, left_out: str) -> None:
    page = client.post(path_of(one), {**NO, left_out: ""}).content.decode()
    assert "Please say" in page
    assert "还是很吵" in page
    assert page.count(" checked") == 1
    assert fresh(one).state == FollowUpState.ASKED


def test_too_many_words_come_back_whole(client: Client, one: FollowUp) -> None:
    page = client.post(path_of(one), {**YES, "comment": "吵" * 1001}).content.decode()
    assert "1,000 characters" in page
    assert "吵" * 1001 in page


def test_a_switch_of_language_keeps_what_was_typed(client: Client, one: FollowUp) -> None:
    page = client.post(path_of(one, "?lang=zh-hans&elder=1"), {**NO, "show": "1"}).content.decode()
    assert "还是很吵" in page
    assert page.count(" checked") == 2
    assert "elder-1" in page
    assert fresh(one).state == FollowUpState.ASKED


def test_a_call_for_help_in_the_words_shows_110(client: Client, one: FollowUp) -> None:
    assert 'class="emergency"' in client.post(path_of(one), {**NO, "comment": "他拿刀砍人，救命"}).content.decode()


def test_a_link_in_capital_letters_is_the_same_link(client: Client, one: FollowUp) -> None:
    token = token_for(one.rectification_id, one.feedback_id, one.round)
    assert client.get(f"/s/{token.upper()}/").status_code == 200
    assert token in link_to(one)


def test_a_wrong_link_tells_nothing_and_slows_its_sender_down_with_wrong_receipts(
    client: Client, one: FollowUp
) -> None:
    for number in range(throttle.FREE + 1):
        assert client.get(f"/s/{number:016d}/").status_code == 404
    refused = client.get(path_of(one))
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert ask(client, "0000 0000 0000 0000").status_code == 429
    assert client.get(path_of(one), REMOTE_ADDR="203.0.113.9").status_code == 200


def test_a_link_whose_question_is_over_says_so(client: Client, one: FollowUp) -> None:
    feedback_withdraw(feedback=one.feedback)
    follow_up()
    assert "moved on" in client.post(path_of(one), YES).content.decode()


# Under the receipt ---------------------------------------------------------------------------------------------------
def history(page: str) -> list[str]:
    """The lines of "What has happened"."""
    line = re.search(r'<ol class="line">(.*?)</ol>', page, re.DOTALL)
    assert line
    return re.findall(r"</time><span>(.*?)</span>", line[1])


def test_the_receipt_tells_the_whole_way_in_plain_words(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    voice, receipt = resident()
    matter = dispatched(voice)
    page = ask(client, receipt).content.decode()
    assert "Being handled" in page
    assert "Public Order Police works on it and has until May 27." in page
    later(monkeypatch, hours=1)
    submitted(matter)
    assert "Answered, being looked over" in ask(client, receipt).content.decode()
    rectification_review(rectification_id=matter.pk, officer=caller(), passes=True, public_reply="已责令撤除")
    page = ask(client, receipt).content.decode()
    assert "已责令撤除" in page
    assert "Rate the result" not in page
    later(monkeypatch, hours=1)
    (one,) = _ask_now()
    page = ask(client, receipt).content.decode()
    assert "Answered: did it help?" in page
    assert "Rate the result" in page
    later(monkeypatch, hours=1)
    replied(one, "3 还吵")
    later(monkeypatch, seconds=15)
    follow_up()
    page = ask(client, receipt).content.decode()
    assert "Being handled once more" in page
    assert "Somebody calls you by 05-21 13:00." in page
    told = history(page)
    # Told by the audit log, whose clock is the database's own.
    assert told[-2:] == ["Your message arrived.", "The opinion centre read it and took it up."]
    assert told[:-2] == [
        "It was given to Public Order Police, which has until May 27.",
        "The unit said what it did.",
        "The opinion centre looked over the answer and agreed with it.",
        "You were asked about the result by SMS.",
        "You answered: Dissatisfied.",
        "You were not satisfied, so the matter was opened again; the unit has until May 27.",
    ]


def test_only_whoever_was_dissatisfied_reads_that_it_was_their_answer_that_opened_the_matter_again(
    client: Client,
) -> None:
    first, own = resident()
    second, theirs = resident("还是吵", phone=OTHER_PHONE)
    again, same = resident("又吵了")
    one = asked(first, second, again)[0]
    replied(one, "3 还吵")
    follow_up()
    told = {receipt: history(ask(client, receipt).content.decode()) for receipt in (own, theirs, same)}
    by_you = "You were not satisfied, so the matter was opened again; the unit has until May 27."
    by_another = "A resident was not satisfied, so the matter was opened again; the unit has until May 27."
    assert [by_you in told[own], by_you in told[same], by_you in told[theirs]] == [True, True, False]
    assert [by_another in told[own], by_another in told[same], by_another in told[theirs]] == [False, False, True]


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({}, "it ends neither the work nor the call: somebody still calls you by 05-21 10:00."),
        ({"no_call": True}, "it does not end the work. Nobody calls you, as you wished."),
    ],
)
def test_a_content_answer_after_a_dissatisfied_one_is_noted_and_the_receipt_says_what_goes_on(
    client: Client, monkeypatch: pytest.MonkeyPatch, wish: dict[str, Any], told: str
) -> None:
    voice, receipt = resident(**wish)
    (one,) = asked(voice)
    ask(client, receipt, "rate", **NO)
    later(monkeypatch, minutes=5)
    replied(one, "1")
    follow_up()
    page = ask(client, receipt).content.decode()
    assert f"Your later answer (Satisfied) is noted; {told}" in page
    assert "You are not satisfied" not in page


def _ask_now() -> list[FollowUp]:
    follow_up()
    for message in SmsMessage.objects.filter(is_question=True, state="queued"):
        arrived(message)
    follow_up()
    return list(FollowUp.objects.all())


def test_the_story_names_the_unit_and_no_officer(client: Client) -> None:
    voice, receipt = resident()
    who = head(unit())
    submitted(dispatched(voice), who)
    page = ask(client, receipt).content.decode()
    assert "Public Order Police" in page
    assert who.name not in page
    assert who.username not in page


def test_the_result_is_rated_once_under_the_receipt(client: Client) -> None:
    voice, receipt = resident(phone="")
    asked(voice)
    page = ask(client, receipt, "rate", **YES).content.decode()
    assert "your answer has arrived" in page
    assert "Closed" in page
    assert "Rate the result" not in page
    page = ask(client, receipt, "rate", **NO).content.decode()
    assert "is here already" in page
    assert FollowUp.objects.get().answers.count() == 1


def test_a_rating_that_is_not_complete_comes_back_as_it_was_typed(client: Client) -> None:
    voice, receipt = resident(phone="")
    asked(voice)
    page = ask(client, receipt, "rate", comment="还吵", answer="dissatisfied").content.decode()
    assert "Please say whether it is solved." in page
    assert "还吵" in page
    assert not FollowUp.objects.get().answer


def test_there_is_nothing_to_rate_before_the_follow_up(client: Client) -> None:
    voice, receipt = resident()
    dispatched(voice)
    assert "nothing to rate" in ask(client, receipt, "rate", **YES).content.decode()


def test_a_wrong_receipt_rates_nothing(client: Client, one: FollowUp) -> None:
    assert ask(client, "1234 5678 9012 3456", "rate", **YES).status_code == 404
    assert fresh(one).state == FollowUpState.ASKED


def test_rating_by_address_alone_leads_to_the_look_up(client: Client) -> None:
    assert client.get("/r/rate/?lang=en").headers["Location"] == "/r/?lang=en"


def test_whoever_spoke_twice_rates_once_under_either_receipt(client: Client) -> None:
    first, _one = resident(phone=PHONE)
    second, receipt = resident("还是那家", phone=PHONE)
    asked(first, second)
    page = ask(client, receipt).content.decode()
    assert "Rate the result" in page
    ask(client, receipt, "rate", **YES)
    assert FollowUp.objects.get(feedback=first).answer == "satisfied"


def test_a_duplicate_reads_the_way_of_the_matter_it_was_joined_to(client: Client) -> None:
    original, _receipt = resident()
    joined, receipt = resident("我也嫌吵", phone=OTHER_PHONE)
    Feedback.objects.filter(pk=joined.pk).update(state="duplicate", duplicate_of=original)
    matter_of(original)
    follow_up()
    page = ask(client, receipt).content.decode()
    assert "Others have told us too" in page
    assert "已责令店主撤除外摆。" in page
    assert original.reference not in page


def test_a_matter_that_is_late_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    voice, receipt = resident()
    dispatched(voice)
    later(monkeypatch, days=20)
    page = ask(client, receipt).content.decode()
    assert "Being handled, and late" in page


def test_whoever_wished_no_call_reads_that_nobody_calls(client: Client) -> None:
    voice, receipt = resident(no_call=True)
    (one,) = asked(voice)
    replied(one, "3")
    follow_up()
    assert "Nobody calls you, as you wished." in ask(client, receipt).content.decode()


def test_a_withdrawn_voice_tells_nothing_of_its_matter(client: Client) -> None:
    voice, receipt = resident()
    asked(voice)
    feedback_withdraw(feedback=voice)
    page = ask(client, receipt).content.decode()
    assert "已责令" not in page
    assert "Rate the result" not in page


def test_a_programme_reads_the_same_way(client: Client) -> None:
    voice, receipt = resident()
    asked(voice)
    story = client.post("/api/v1/receipts/lookup/", {"receipt": receipt}, "application/json", HTTP_ACCEPT_LANGUAGE="en")
    told = story.json()
    assert (told["stage"], told["unit"], told["due_on"]) == ("answered", "Public Order Police", None)
    assert (told["answer"], told["can_rate"]) == ("已责令店主撤除外摆。", True)
    assert "You were asked about the result by SMS." in [event["text"] for event in told["history"]]


@pytest.mark.parametrize(("path", "most"), [("receipt", 12), ("link", 3)])
def test_a_residents_page_costs_few_statements(
    client: Client, django_assert_max_num_queries: Any, path: str, most: int
) -> None:
    voice, receipt = resident()
    (one,) = asked(voice)
    with django_assert_max_num_queries(most):
        answer = ask(client, receipt) if path == "receipt" else client.get(path_of(one))
    assert answer.status_code == 200


# What the unit reads -------------------------------------------------------------------------------------------------
def test_a_unit_reads_the_residents_words_redacted_and_no_number(client: Client, one: FollowUp) -> None:
    replied(one, "3 没人来，打我13712345678，我叫王小明")
    follow_up()
    desk = logged_in(head(unit()))
    page = desk.get(f"/office/matters/{one.rectification_id}/").content.decode()
    assert "没人来" in page
    assert "王小明" not in page
    assert "13712345678" not in page
    assert PHONE not in page
    for path in ("/office/follow-ups/", f"/office/follow-ups/{one.pk}/", "/office/call-backs/"):
        assert desk.get(path).status_code == 404
