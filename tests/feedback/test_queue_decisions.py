"""The centre decides: confirm, invalid, duplicate, out of scope; again later; and never two at once."""

import threading
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Officer, Role
from feedback.models import Classification, Feedback, Kind, State
from feedback.queue.services import (
    DecidedMeanwhile,
    Decision,
    DecisionRefused,
    alert_acknowledge,
    feedback_classify,
    suggestions_accept,
)
from feedback.services import feedback_remark, feedback_withdraw
from tests.feedback.queue_cast import centre, logged_in, officer, suggest, two_points, voice

pytestmark = pytest.mark.django_db

CONFIRM = {"decision": "confirmed", "item": "T1", "kind": "suggestion", "about": "none"}


def _decide(client: Client, feedback: Feedback, **fields: object) -> Any:
    expected = fields.pop("expected", feedback.decision_id or "")
    return client.post(reverse("queue:decide", args=[feedback.pk]), {"expected": expected, **fields})


def _plain(state: State = State.CONFIRMED, **fields: Any) -> Decision:
    item = "T1" if state == State.CONFIRMED else None
    return Decision(**{"state": state, "item": item, "kind": Kind.SUGGESTION, **fields})


# Confirm --------------------------------------------------------------------------------------------------------


def test_a_confirmed_suggestion_is_one_decision_one_new_standing_and_one_audit_row() -> None:
    feedback, who = suggest(voice()), centre()
    answer = _decide(logged_in(who), feedback, **CONFIRM)
    assert answer.status_code == 302
    feedback.refresh_from_db()
    made = Classification.objects.get(feedback=feedback, officer=who)
    assert (feedback.state, feedback.item_id, feedback.kind) == (State.CONFIRMED, "T1", Kind.SUGGESTION)
    assert feedback.decision_id == made.pk
    assert feedback.about_unit_id is None
    event = AuditEvent.objects.get(action="feedback.classify")
    assert (event.actor, event.object_id) == (who, str(feedback.pk))
    assert event.data == {"state": "confirmed", "item": "T1", "decision": made.pk, "before": None}


def test_item_and_kind_may_be_corrected_and_the_suggestion_stays_as_it_was() -> None:
    feedback = suggest(voice(kind=Kind.PRAISE), "T1")
    _decide(logged_in(centre()), feedback, decision="confirmed", item="P2", kind="complaint", about="none")
    feedback.refresh_from_db()
    assert (feedback.item_id, feedback.kind) == ("P2", Kind.COMPLAINT)
    assert feedback.suggestion is not None
    assert (feedback.suggestion.item_id, feedback.suggestion.kind) == ("T1", Kind.PRAISE)


@pytest.mark.parametrize("missing", ["item", "kind", "about"])
def test_confirming_without_a_choice_is_refused_and_keeps_the_others(missing: str) -> None:
    feedback = suggest(voice())
    fields = {name: value for name, value in CONFIRM.items() if name != missing}
    answer = _decide(logged_in(centre()), feedback, **fields, public_reply="谢谢您的提醒")
    assert answer.status_code == 422
    assert "谢谢您的提醒" in answer.content.decode()
    assert not Classification.objects.filter(officer__isnull=False).exists()


@pytest.mark.parametrize("item", ["S1", "S3"])
def test_a_complaint_of_service_or_conduct_does_not_silently_pass_as_about_no_unit(item: str) -> None:
    feedback, client = suggest(voice()), logged_in(centre())
    fields = {"decision": "confirmed", "item": item, "kind": "complaint", "about": "none"}
    assert _decide(client, feedback, **fields).status_code == 422
    assert _decide(client, feedback, **fields, about_sure="1").status_code == 302


def test_about_the_points_station_names_that_station() -> None:
    point, _other = two_points()
    feedback = suggest(voice(point=point), "S3")
    _decide(logged_in(centre()), feedback, decision="confirmed", item="S3", kind="complaint", about="station")
    feedback.refresh_from_db()
    assert feedback.about_unit == point.station


def test_about_another_unit_needs_its_name() -> None:
    _point, other = two_points()
    feedback, client = suggest(voice(), "S3"), logged_in(centre())
    fields = {"decision": "confirmed", "item": "S3", "kind": "complaint", "about": "other"}
    assert _decide(client, feedback, **fields).status_code == 422
    assert _decide(client, feedback, **fields, about_unit=other.station_id).status_code == 302
    feedback.refresh_from_db()
    assert feedback.about_unit == other.station


def test_a_voice_without_a_point_has_no_station_to_be_about() -> None:
    feedback = suggest(voice(), "S3")
    fields = {"decision": "confirmed", "item": "S3", "kind": "complaint", "about": "station"}
    assert _decide(logged_in(centre()), feedback, **fields).status_code == 422


@pytest.mark.parametrize(
    ("item", "kind", "assumed"),
    [
        ("T1", "suggestion", "none"),
        ("S1", "praise", ""),  # only guessed: see test_queue_accusations
        ("T1", "complaint", ""),
        ("S1", "suggestion", ""),
        ("S3", "question", ""),
    ],
)
def test_about_no_unit_stands_there_already_only_where_nobody_can_be_meant(item: str, kind: str, assumed: str) -> None:
    feedback = suggest(voice(), item, kind)
    page = logged_in(centre()).get(reverse("queue:detail", args=[feedback.pk]))
    assert page.context["value"]["about"] == assumed


# Invalid, out of scope ------------------------------------------------------------------------------------------


def test_invalid_needs_a_reason_and_tells_the_resident_the_standard_words() -> None:
    feedback, client = voice("测试"), logged_in(centre())
    assert _decide(client, feedback, decision="invalid").status_code == 422
    assert _decide(client, feedback, decision="invalid", reason="test").status_code == 302
    feedback.refresh_from_db()
    assert feedback.state == State.INVALID
    assert "测试或误发" in feedback.public_reply
    assert feedback.decision is not None
    assert feedback.decision.reason == "test"


def test_another_reason_needs_words() -> None:
    feedback, client = voice(), logged_in(centre())
    assert _decide(client, feedback, decision="invalid", reason="other").status_code == 422
    assert _decide(client, feedback, decision="invalid", reason="other", explanation="重复广告").status_code == 302


def test_out_of_scope_tells_where_to_go_in_the_residents_language() -> None:
    feedback = suggest(voice("The heating is cold", language="en"), "OUT")
    _decide(logged_in(centre()), feedback, decision="out_of_scope", destination="utilities")
    feedback.refresh_from_db()
    assert (feedback.state, feedback.item_id) == (State.OUT_OF_SCOPE, "OUT")
    assert feedback.public_reply.startswith("For water, power (95598)")


def test_the_officers_own_reply_wins_over_the_standard_words() -> None:
    feedback = voice()
    _decide(
        logged_in(centre()), feedback, decision="out_of_scope", destination="12345", public_reply="请联系街道办事处。"
    )
    feedback.refresh_from_db()
    assert feedback.public_reply == "请联系街道办事处。"
    assert feedback.decision is not None
    assert feedback.decision.public_reply == "请联系街道办事处。"


def test_nobody_is_sent_away_without_being_told_where_to() -> None:
    feedback, client = voice(), logged_in(centre())
    fields = {"decision": "out_of_scope", "destination": "other", "explanation": "街道"}
    assert _decide(client, feedback, **fields).status_code == 422
    assert _decide(client, feedback, **fields, public_reply="请到街道办事处。").status_code == 302


# Again, and what cannot be decided ------------------------------------------------------------------------------


def test_a_new_decision_is_added_and_the_old_one_stays() -> None:
    feedback, client = voice(), logged_in(centre())
    _decide(client, feedback, decision="out_of_scope", destination="12345")
    feedback.refresh_from_db()
    assert _decide(client, feedback, **CONFIRM).status_code == 302
    made = Classification.objects.filter(feedback=feedback, officer__isnull=False).order_by("id")
    assert [one.state for one in made] == [State.OUT_OF_SCOPE, State.CONFIRMED]
    assert "12345" in made[0].public_reply
    feedback.refresh_from_db()
    assert (feedback.state, feedback.item_id, feedback.decision_id) == (State.CONFIRMED, "T1", made[1].pk)


def test_what_the_resident_withdrew_cannot_be_decided() -> None:
    feedback = suggest(voice())
    feedback_withdraw(feedback=feedback)
    answer = _decide(logged_in(centre()), feedback, **CONFIRM)
    assert answer.status_code == 409
    assert "withdrawn this message" in answer.content.decode()
    assert Feedback.objects.get(pk=feedback.pk).state == State.WITHDRAWN


def test_a_bare_rating_cannot_be_decided() -> None:
    feedback = voice("", service_rating=2)
    assert feedback.state == State.RATED
    with pytest.raises(DecisionRefused):
        feedback_classify(feedback_id=feedback.pk, officer=centre(), decision=_plain(), expected_id=None)


def test_the_service_itself_refuses_who_may_not_decide() -> None:
    feedback = voice()
    with pytest.raises(PermissionDenied):
        feedback_classify(feedback_id=feedback.pk, officer=officer(Role.LEADER), decision=_plain(), expected_id=None)
    with pytest.raises(PermissionDenied):
        alert_acknowledge(feedback_id=feedback.pk, officer=officer(Role.UNIT_HEAD), urgent_words_read=0)


def test_what_is_decided_before_the_classifier_came_is_redacted_and_findable_all_the_same() -> None:
    feedback = voice("我电话13912345678，消防通道被占")
    feedback_classify(feedback_id=feedback.pk, officer=centre(), decision=_plain(), expected_id=None)
    feedback.refresh_from_db()
    assert feedback.redacted
    assert "13912345678" not in feedback.redacted
    client = logged_in(centre())
    found = client.get(reverse("queue:list"), {"search": "消防通道"}).context["page"].rows
    assert [row.id for row in found] == [feedback.pk]


@pytest.mark.parametrize("fields", [{}, {"decision": "withdrawn"}, {"decision": "confirmed", "item": "X9"}])
def test_a_made_up_form_is_refused_without_a_trace(fields: dict[str, str]) -> None:
    answer = _decide(logged_in(centre()), voice(), **fields, expected="abc")
    assert answer.status_code == 422
    assert not Classification.objects.exists()


# Two at once ----------------------------------------------------------------------------------------------------


def test_the_second_to_decide_reads_who_did_what_and_keeps_what_was_typed() -> None:
    feedback, first, second = suggest(voice()), centre(), centre()
    _decide(logged_in(first), feedback, **CONFIRM)
    answer = _decide(logged_in(second), feedback, decision="invalid", reason="abuse", explanation="只有骂人的话")
    page = answer.content.decode()
    assert answer.status_code == 409
    assert first.name in page
    assert "只有骂人的话" in page
    assert Classification.objects.filter(officer=second).count() == 0
    feedback.refresh_from_db()
    assert f'name="expected" value="{feedback.decision_id}"' in page
    again = _decide(logged_in(second), feedback, decision="invalid", reason="abuse", explanation="只有骂人的话")
    assert again.status_code == 302


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_decide_at_the_same_moment_one_wins_and_seven_are_told() -> None:
    feedback = suggest(voice())
    officers = [centre() for _ in range(8)]
    ready, results = threading.Barrier(8), []

    def decide(who: Officer) -> None:
        try:
            ready.wait()
            feedback_classify(feedback_id=feedback.pk, officer=who, decision=_plain(), expected_id=None)
            results.append("won")
        except DecidedMeanwhile as told:
            results.append(str(told))
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=[who]) for who in officers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    feedback.refresh_from_db()
    assert feedback.decision is not None
    assert results.count("won") == 1
    assert feedback.decision.officer is not None
    winner = feedback.decision.officer.name
    assert all(winner in told for told in results if told != "won")
    assert len(results) == 8
    assert Classification.objects.filter(feedback=feedback, officer__isnull=False).count() == 1
    assert AuditEvent.objects.filter(action="feedback.classify").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_decision_and_a_withdrawal_at_the_same_moment_leave_nothing_half_done() -> None:
    feedback = suggest(voice())
    who, ready = centre(), threading.Barrier(2)

    def decide() -> None:
        try:
            ready.wait()
            feedback_classify(feedback_id=feedback.pk, officer=who, decision=_plain(), expected_id=None)
        except DecisionRefused:
            pass
        finally:
            connection.close()

    def withdraw() -> None:
        try:
            ready.wait()
            feedback_withdraw(feedback=feedback)
        finally:
            connection.close()

    threads = [threading.Thread(target=decide), threading.Thread(target=withdraw)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    feedback.refresh_from_db()
    assert (feedback.state, feedback.content) == (State.WITHDRAWN, "")
    decided = AuditEvent.objects.filter(action="feedback.classify").count()
    assert decided == Classification.objects.filter(feedback=feedback, officer=who).count()


# Many at once ---------------------------------------------------------------------------------------------------


def test_ticked_suggestions_are_accepted_and_the_rest_is_left_with_a_reason() -> None:
    plain = suggest(voice(), "T1", Kind.SUGGESTION)
    praise = suggest(voice(kind=Kind.PRAISE), "S1", Kind.PRAISE)
    complaint = suggest(voice(), "T1", Kind.COMPLAINT)
    conduct = suggest(voice(), "S3", Kind.QUESTION)
    outside = suggest(voice(), "OUT", Kind.QUESTION)
    unknown = suggest(voice(), "T1", "")
    decided = suggest(voice(), "T1")
    feedback_classify(feedback_id=decided.pk, officer=centre(), decision=_plain(), expected_id=None)
    rows = [plain, praise, complaint, conduct, outside, unknown, decided]
    who = centre()
    answer = logged_in(who).post(
        reverse("queue:accept"), {"chosen": [f"{row.pk}:{row.suggestion_id}" for row in rows]}, follow=True
    )
    page = answer.content.decode()
    assert "2 suggestions accepted." in page
    for left in (complaint, conduct, outside, unknown, decided):
        assert left.reference in page
    accepted = Feedback.objects.filter(decision__officer=who)
    assert set(accepted.values_list("pk", flat=True)) == {plain.pk, praise.pk}
    assert all(row.about_unit_id is None for row in accepted)
    assert AuditEvent.objects.filter(action="feedback.classify", actor=who).count() == 2


def test_a_suggestion_that_changed_after_the_page_was_drawn_is_not_accepted() -> None:
    feedback = suggest(voice())
    accepted, skipped = suggestions_accept(officer=centre(), suggestions={feedback.pk: 1})
    assert accepted == []
    assert [one.feedback_id for one in skipped] == [feedback.pk]


def test_accepting_nothing_or_nonsense_changes_nothing() -> None:
    suggest(voice())
    client = logged_in(centre())
    for chosen in ([], ["x"], ["1:2:3"], ["9" * 30 + ":1"], ["٣:٣"]):
        assert client.post(reverse("queue:accept"), {"chosen": chosen}).status_code == 302
    assert not Classification.objects.filter(officer__isnull=False).exists()


# Alerts ---------------------------------------------------------------------------------------------------------


def _alarm(**changes: object) -> Feedback:
    feedback = voice(**changes)  # type: ignore[arg-type]  # the tests name real fields
    Feedback.objects.filter(pk=feedback.pk).update(urgent_words=["救命"], urgent_seen_at=None)
    feedback.refresh_from_db()
    return feedback


def test_an_alert_is_acknowledged_once_and_on_record() -> None:
    feedback, first, second = _alarm(), centre(), centre()
    address = reverse("queue:alert_seen", args=[feedback.pk])
    logged_in(first).post(address, {f"words_{feedback.pk}": "1"})
    late = logged_in(second).post(address, {f"words_{feedback.pk}": "1"}, follow=True)
    assert "somebody had acknowledged this alert before" in late.content.decode()
    assert list(AuditEvent.objects.filter(action="feedback.alert_seen").values_list("actor", flat=True)) == [first.pk]
    feedback.refresh_from_db()
    assert feedback.urgent_seen_at is not None


def test_words_that_came_after_the_page_was_drawn_stay_unseen() -> None:
    feedback = _alarm()
    Feedback.objects.filter(pk=feedback.pk).update(urgent_words=["救命", "着火"])
    address = reverse("queue:alert_seen", args=[feedback.pk])
    answer = logged_in(centre()).post(address, {f"words_{feedback.pk}": "1"}, follow=True)
    assert "added something" in answer.content.decode()
    feedback.refresh_from_db()
    assert feedback.urgent_seen_at is None


def test_deciding_acknowledges_the_alert_that_was_on_the_screen_and_no_later_one() -> None:
    seen, late = suggest(_alarm()), suggest(_alarm())
    client = logged_in(centre())
    _decide(client, seen, **CONFIRM, urgent_words_read=1)
    _decide(client, late, **CONFIRM, urgent_words_read=0)
    seen.refresh_from_db()
    late.refresh_from_db()
    assert seen.urgent_seen_at is not None
    assert late.urgent_seen_at is None


def test_a_remark_on_a_decided_voice_can_bring_the_alert_back() -> None:
    feedback, client = suggest(_alarm()), logged_in(centre())
    _decide(client, feedback, **CONFIRM, urgent_words_read=1)
    feedback_remark(feedback=feedback, content="他现在拿刀在我家门口，救命")
    unseen = client.get(reverse("queue:alerts")).context["unseen"]
    assert unseen == Feedback.objects.filter(urgent_seen_at=None).exclude(urgent_words=[]).count()
