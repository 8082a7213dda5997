"""Duplicates: of which message, of no message in a circle, and what becomes of them when their original goes."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Officer
from feedback.models import Classification, Feedback, Kind, State
from feedback.queue.services import Decision, DecisionRefused, feedback_classify
from feedback.services import feedback_withdraw
from tests.feedback.queue_cast import centre, logged_in, voice

pytestmark = pytest.mark.django_db


def _decide(client: Client, feedback: Feedback, **fields: object) -> Any:
    sent = {"decision": "duplicate", "expected": feedback.decision_id or "", **fields}
    return client.post(reverse("queue:decide", args=[feedback.pk]), sent)


@pytest.mark.parametrize("form", ["F-{:08d}", "f-{}", "{}", " Ｆ－{:08d} "])
def test_a_duplicate_names_its_original_by_number_as_people_type_it(form: str) -> None:
    original, again = voice(), voice()
    _decide(logged_in(centre()), again, original=form.format(original.pk))
    again.refresh_from_db()
    assert (again.state, again.duplicate_of) == (State.DUPLICATE, original)


def test_a_duplicate_may_be_picked_from_the_candidates() -> None:
    original, again = voice(), voice()
    assert _decide(logged_in(centre()), again, candidate=original.pk).status_code == 302
    again.refresh_from_db()
    assert again.duplicate_of == original


@pytest.mark.parametrize("typed", ["", "F-", "abc", "F-99999999999999999999", "0"])
def test_a_number_that_leads_nowhere_is_refused_and_stays_in_the_form(typed: str) -> None:
    answer = _decide(logged_in(centre()), voice(), original=typed)
    assert answer.status_code in (409, 422)
    assert f'value="{typed}"' in answer.content.decode()


def test_a_message_is_not_the_duplicate_of_itself() -> None:
    feedback = voice()
    assert _decide(logged_in(centre()), feedback, original=feedback.reference).status_code == 422
    with pytest.raises(DecisionRefused):
        _duplicate(feedback, feedback)


def _duplicate(feedback: Feedback, of: Feedback, who: Officer | None = None) -> None:
    feedback.refresh_from_db()
    feedback_classify(
        feedback_id=feedback.pk,
        officer=who or centre(),
        decision=Decision(State.DUPLICATE, kind=Kind.SUGGESTION, duplicate_of_id=of.pk),
        expected_id=feedback.decision_id,
    )


def test_a_duplicate_of_a_duplicate_points_at_the_original() -> None:
    original, second, third = voice(), voice(), voice()
    _duplicate(second, original)
    _duplicate(third, second)
    third.refresh_from_db()
    assert third.duplicate_of == original


def test_two_messages_cannot_be_duplicates_of_each_other() -> None:
    first, second, third = voice(), voice(), voice()
    _duplicate(second, first)
    _duplicate(third, second)
    with pytest.raises(DecisionRefused):
        _duplicate(first, second)
    with pytest.raises(DecisionRefused):
        _duplicate(first, third)
    assert not Classification.objects.filter(feedback=first).exists()


def test_a_withdrawn_message_is_nobodys_original() -> None:
    gone, again = voice(), voice()
    feedback_withdraw(feedback=gone)
    with pytest.raises(DecisionRefused):
        _duplicate(again, gone)


def test_a_duplicate_waits_again_when_its_original_is_withdrawn() -> None:
    original, again = voice(), voice()
    _duplicate(again, original)
    feedback_withdraw(feedback=original)
    again.refresh_from_db()
    assert (again.state, again.duplicate_of, again.decision) == (State.RECEIVED, None, None)
    assert AuditEvent.objects.filter(action="feedback.duplicate_free", object_id=str(again.pk)).count() == 1
    page = logged_in(centre()).get(reverse("queue:detail", args=[again.pk]), {"lang": "en"}).content.decode()
    assert "its original was withdrawn" in page
    assert _decide(logged_in(centre()), again, original=voice().reference).status_code == 302


def test_a_duplicate_stays_with_a_matter_that_deals_with_both() -> None:
    original, again = voice(), voice()
    _duplicate(again, original)
    Feedback.objects.filter(pk=original.pk).update(is_in_matter=True)
    feedback_withdraw(feedback=original)
    again.refresh_from_db()
    assert (again.state, again.duplicate_of) == (State.DUPLICATE, original)


@pytest.mark.django_db(transaction=True)
def test_two_who_make_duplicates_of_each_other_at_the_same_moment_make_no_circle() -> None:
    first, second = voice(), voice()
    ready, refused = threading.Barrier(2), []

    def decide(feedback: Feedback, of: Feedback) -> None:
        try:
            ready.wait()
            _duplicate(feedback, of)
        except DecisionRefused:
            refused.append(feedback.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    assert Feedback.objects.filter(state=State.DUPLICATE).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_waits_for_a_decision_that_joins_another_message_to_it() -> None:
    original, again = voice(), voice()

    def withdraw() -> None:
        feedback_withdraw(feedback=original)
        connection.close()

    withdrawal = threading.Thread(target=withdraw)
    with transaction.atomic():
        _duplicate(again, original)
        withdrawal.start()
        withdrawal.join(0.5)
        assert withdrawal.is_alive()
    withdrawal.join()
    again.refresh_from_db()
    assert again.state == State.RECEIVED
