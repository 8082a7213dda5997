"""Asking: each voice of a passed matter once a round, in a way that reaches it and that it allows."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from feedback.models import Channel, Feedback, State
from feedback.services import contact_erase, feedback_withdraw
from followup.models import SmsText
from followup.sms.models import OptOut, SmsMessage, SmsState
from followup.surveys.links import token_for
from followup.surveys.models import Dropped, FollowUp, FollowUpState, Way
from followup.surveys.services import followup_schedule
from followup.surveys.tasks import follow_up
from measures.models import MatterState
from measures.services import rectification_hand_over
from opinion_portal import clock
from tests.feedback.queue_cast import centre, confirm, voice
from tests.followup.followups import (
    OTHER_PHONE,
    PHONE,
    WEDNESDAY,
    arrived,
    asked,
    at,
    fresh,
    later,
    matter_of,
    outbox,
    resident,
    text_off,
)
from tests.measures.matters import dispatched, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]
__all__ = ["outbox"]
S, W = FollowUpState, Way


@pytest.fixture(autouse=True)
def _wednesday(monkeypatch: pytest.MonkeyPatch) -> Any:
    at(monkeypatch, WEDNESDAY)
    with translation.override("en"):
        yield


def last_message() -> SmsMessage:
    return SmsMessage.objects.order_by("-id")[0]


def number_of(voice: Feedback) -> bytes:
    """The keyed hash of the number that came with a voice."""
    lookup = voice.contact.lookup
    assert lookup is not None
    return bytes(lookup)


def test_nobody_is_asked_before_the_answer_has_passed_the_review() -> None:
    submitted(dispatched(resident()[0]))
    follow_up()
    assert not FollowUp.objects.exists()


def test_a_resident_with_a_number_is_asked_by_sms_with_nothing_but_the_reference_in_it() -> None:
    one, _receipt = resident()
    (asked_one,) = asked(one)
    message = asked_one.message
    assert (asked_one.way, asked_one.state, asked_one.asked_at) == (W.SMS, S.ASKED, clock.now())
    assert message is not None
    assert message.is_question
    assert message.body == (f"您反映的事项已办理，请评价：回复1满意 2基本满意 3不满意。编号{one.reference}。拒收回复TD")


def test_the_window_is_five_working_days_from_the_sms_whatever_the_outbox_took(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "2026-05-19T21:30")  # in the evening: the SMS waits for the morning
    matter = matter_of(resident()[0])
    follow_up()
    waiting = FollowUp.objects.get(rectification=matter)
    assert waiting.due_at == datetime(2026, 5, 20, 9, tzinfo=clock.BUREAU_ZONE)
    at(monkeypatch, "2026-06-20T09:00")  # the carrier was away for a month: nobody's window has begun
    follow_up()
    assert fresh(waiting).state == S.WAITING
    arrived(last_message())
    follow_up()
    # Monday to Friday after Saturday the 20th, less the Dragon Boat Festival's bridge if the calendar has one.
    assert fresh(waiting).expires_at > datetime(2026, 6, 26, tzinfo=clock.BUREAU_ZONE)


def test_asking_twice_asks_once() -> None:
    matter = matter_of(resident()[0])
    assert [followup_schedule(rectification_id=matter.pk) for _ in range(3)] == [1, 0, 0]
    assert SmsMessage.objects.count() == 1


def test_an_anonymous_resident_is_asked_under_the_receipt() -> None:
    (one,) = asked(resident(phone="")[0])
    assert (one.way, one.state, one.message) == (W.RECEIPT, S.WAITING, None)
    assert not SmsMessage.objects.exists()


def test_who_has_neither_number_nor_receipt_cannot_be_asked_and_is_waited_for_by_nobody() -> None:
    (one,) = asked(confirm(voice(channel=Channel.VISIT), item="P1"))
    assert (one.way, one.state) == (W.NONE, S.SILENT)


def test_nobody_is_surveyed_twice_in_thirty_days(monkeypatch: pytest.MonkeyPatch) -> None:
    (first,) = asked(resident()[0])
    later(monkeypatch, days=29)
    (second,) = asked(resident("路灯坏了")[0])
    later(monkeypatch, days=2)
    (third,) = asked(resident("井盖丢了")[0])
    assert [one.way for one in (first, second, third)] == [W.SMS, W.RECEIPT, W.SMS]


def test_a_survey_that_still_waits_counts_as_one() -> None:
    matter_of(resident()[0])
    follow_up()
    matter_of(resident("路灯坏了")[0])
    follow_up()
    assert list(FollowUp.objects.order_by("id").values_list("way", flat=True)) == [W.SMS, W.RECEIPT]


def test_whoever_wants_no_more_messages_gets_none() -> None:
    one, _receipt = resident()
    OptOut.objects.create(lookup=number_of(one))
    (left,) = asked(one)
    assert left.way == W.RECEIPT
    assert last_message().state == SmsState.CANCELLED


def test_a_message_on_the_same_day_moves_the_question_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    one, _receipt = resident()
    SmsMessage.objects.create(
        text=SmsText.objects.get(code="reply-ready"), feedback=one, lookup=number_of(one), signature="公安",
        template="x", body="x", parts=1, state=SmsState.SENT, claimed_at=clock.now(), sent_at=clock.now(),
        due_at=clock.now(),
    )  # fmt: skip
    matter_of(one)
    follow_up()
    assert FollowUp.objects.get().due_at == datetime(2026, 5, 21, 9, tzinfo=clock.BUREAU_ZONE)


def test_where_replies_do_not_get_through_the_link_is_sent_instead() -> None:
    text_off("survey")
    one, _receipt = resident()
    matter = matter_of(one)
    follow_up()
    waiting, message = FollowUp.objects.get(), last_message()
    token = token_for(matter.pk, one.pk, 0)
    assert waiting.way == W.PAGE
    assert f"/s/{token}/" in message.body
    assert token.encode() not in bytes(waiting.token_digest)


def test_an_sms_that_fails_leaves_the_receipt_page_for_a_whole_window(monkeypatch: pytest.MonkeyPatch) -> None:
    matter_of(resident()[0])
    follow_up()
    later(monkeypatch, hours=10)
    SmsMessage.objects.update(state=SmsState.FAILED, why="not-a-mobile", settled_at=clock.now())
    follow_up()
    one = FollowUp.objects.get()
    assert (one.way, one.state, one.asked_at) == (W.RECEIPT, S.WAITING, None)
    assert one.expires_at > clock.now() + timedelta(days=5)


def test_an_sms_that_was_sent_and_not_delivered_was_no_question() -> None:
    (one,) = asked(resident()[0])
    assert one.message
    SmsMessage.objects.filter(pk=one.message.pk).update(state=SmsState.FAILED, why="UNKNOWN", settled_at=clock.now())
    follow_up()
    assert (fresh(one).way, fresh(one).asked_at) == (W.RECEIPT, None)


def test_an_sms_of_which_nobody_knows_any_more_leaves_the_receipt_page_too(monkeypatch: pytest.MonkeyPatch) -> None:
    matter_of(resident()[0])
    follow_up()
    now = clock.now()
    SmsMessage.objects.update(state=SmsState.UNKNOWN, why="no-answer", claimed_at=now, ask_at=now + timedelta(hours=72))
    follow_up()
    assert FollowUp.objects.get().way == W.SMS, "the provider is asked still"
    SmsMessage.objects.update(ask_at=None)
    later(monkeypatch, hours=73)
    follow_up()
    one = FollowUp.objects.get()
    assert (one.way, one.state) == (W.RECEIPT, S.WAITING)
    later(monkeypatch, days=14)
    follow_up()
    assert fresh(one).state == S.SILENT, "the matter does not wait for it for ever"


def test_several_voices_in_one_matter_are_asked_each_in_its_own_way() -> None:
    voices = [resident()[0], resident("烧烤摊", phone=OTHER_PHONE)[0], resident("吵死了", phone="")[0]]
    assert [one.way for one in asked(*voices)] == [W.SMS, W.SMS, W.RECEIPT]


def test_one_person_who_spoke_twice_is_asked_once() -> None:
    first, second = asked(resident()[0], resident("还是那家烧烤店")[0])
    assert (first.state, second.state, second.dropped) == (S.ASKED, S.CANCELLED, Dropped.SAME_PERSON)
    assert second.asked_with == first


def _joined(original: Feedback, **changes: Any) -> Feedback:
    duplicate, _receipt = resident("我也觉得烧烤店太吵", **changes)
    Feedback.objects.filter(pk=duplicate.pk).update(state=State.DUPLICATE, duplicate_of=original)
    return fresh(duplicate)  # type: ignore[no-any-return]  # rows of any table


def test_whoever_was_joined_as_a_duplicate_is_asked_too_and_the_same_person_is_not() -> None:
    original, _receipt = resident()
    again, other = _joined(original), _joined(original, phone=OTHER_PHONE)
    _joined(other, phone="")  # joined to what is joined
    found = asked(original)
    assert [(one.way, one.dropped) for one in found] == [
        (W.SMS, ""), (W.NONE, Dropped.SAME_PERSON), (W.SMS, ""), (W.RECEIPT, ""),
    ]  # fmt: skip
    assert found[1].feedback == again


def test_a_message_withdrawn_before_nobody_is_asked_about() -> None:
    one, _receipt = resident()
    matter = matter_of(one)
    feedback_withdraw(feedback=one)
    follow_up()
    dropped = FollowUp.objects.get(rectification=matter)
    assert (dropped.state, dropped.dropped) == (S.CANCELLED, Dropped.WITHDRAWN)


def test_withdrawing_meanwhile_drops_the_question_and_takes_its_sms_back() -> None:
    one, _receipt = resident()
    matter_of(one)
    follow_up()
    feedback_withdraw(feedback=one)
    follow_up()
    assert (FollowUp.objects.get().state, last_message().state) == (S.CANCELLED, SmsState.CANCELLED)


def test_a_number_erased_meanwhile_leaves_the_receipt_page() -> None:
    one, _receipt = resident()
    matter_of(one)
    follow_up()
    contact_erase(feedback=one)
    # What the sender finds when it opens the contact.
    SmsMessage.objects.update(state=SmsState.CANCELLED, why="erased", settled_at=clock.now())
    follow_up()
    assert FollowUp.objects.get().way == W.RECEIPT


def test_a_matter_that_is_handed_over_takes_its_questions_along() -> None:
    matter = matter_of(resident()[0])
    follow_up()
    rectification_hand_over(rectification_id=matter.pk, officer=centre(), to="110", note="现场仍有险情")
    follow_up()
    dropped = FollowUp.objects.get()
    assert (dropped.state, dropped.dropped) == (S.CANCELLED, Dropped.MOVED_ON)
    assert last_message().state == SmsState.CANCELLED
    assert fresh(matter).state == MatterState.HANDED_110


def test_no_number_and_no_link_stands_anywhere_in_the_tables_of_following_up() -> None:
    text_off("survey")
    asked(resident()[0])
    stored = str(list(FollowUp.objects.values()))
    assert PHONE not in stored
    assert "/s/" not in stored
