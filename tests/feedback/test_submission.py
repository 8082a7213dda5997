"""The one statement that stores a voice: what it promises, counted and compared with the models."""

import re
import threading
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import AuditEvent
from feedback import services
from feedback.classifying import suggestions_make
from feedback.models import Attachment, Channel, CodeState, Feedback, Receipt, Remark, SealedContact, State
from feedback.receipts import receipt_digest
from feedback.sealing import Sealed, contact_open
from feedback.services import Photo, Voice, feedback_remark, feedback_submit
from opinion_portal import clock
from stations.models import PointCode

pytestmark = pytest.mark.django_db(transaction=True)


def _voice(**changes: object) -> Voice:
    voice = Voice(
        client_id=str(uuid.uuid4()), channel=Channel.QR, content="路口太堵", point_code="", phone="13900000000"
    )
    return replace(voice, **changes)  # type: ignore[arg-type]  # the tests name real fields


def test_a_submission_with_contact_is_one_statement_and_no_explicit_transaction() -> None:
    feedback_submit(voice=_voice())  # a connection's first call also has the statement planned
    with CaptureQueriesContext(connection) as queries:
        feedback_submit(voice=_voice())
    assert [query["sql"].split()[0] for query in queries] == ["EXECUTE"]


def test_feedback_receipt_contact_and_audit_row_are_stored_together() -> None:
    submitted = feedback_submit(voice=_voice())
    feedback = Feedback.objects.get(pk=submitted.feedback_id)
    assert bytes(feedback.receipt.digest) == receipt_digest(submitted.receipt)
    sealed = feedback.contact
    opened = contact_open(
        Sealed(sealed.algorithm, sealed.key_id, bytes(sealed.nonce), bytes(sealed.ciphertext), b""),
        bound_to=bytes(feedback.client_key),
    )
    assert opened == "13900000000"
    event = AuditEvent.objects.get(action="feedback.submit")
    assert (event.object_id, event.actor_label) == (str(feedback.pk), "resident")


def test_a_part_that_the_database_refuses_stores_nothing_of_the_whole() -> None:
    with pytest.raises(IntegrityError):
        feedback_submit(voice=_voice(service_rating=6))
    assert not Feedback.objects.exists()
    assert not Receipt.objects.exists()
    assert not SealedContact.objects.exists()
    assert not AuditEvent.objects.filter(action="feedback.submit").exists()


def test_the_columns_written_by_hand_are_columns_of_the_models() -> None:
    for model in (Feedback, Receipt, SealedContact, AuditEvent):
        columns = {field.column for field in model._meta.concrete_fields}
        written = re.search(rf"INSERT INTO {model._meta.db_table} \(([^)]*)\)", services.SUBMIT.text)
        assert written, model
        assert {name.strip() for name in written[1].split(",")} <= columns


def test_the_code_tells_the_point_and_whether_it_is_live() -> None:
    live = PointCode.objects.filter(revoked_at__isnull=True)[0]
    by_code = feedback_submit(voice=_voice(point_code=live.code))
    unknown = feedback_submit(voice=_voice(point_code="NOSUCH"))
    states = dict(Feedback.objects.values_list("id", "code_state"))
    assert states == {by_code.feedback_id: CodeState.LIVE, unknown.feedback_id: CodeState.UNKNOWN}
    assert Feedback.objects.get(pk=by_code.feedback_id).point_id == live.point_id


def test_a_rating_without_text_counts_and_waits_for_nobody() -> None:
    submitted = feedback_submit(voice=_voice(content="", service_rating=5))
    assert Feedback.objects.get(pk=submitted.feedback_id).state == State.RATED


def test_the_same_form_again_answers_with_the_same_receipt_and_stores_nothing() -> None:
    voice = _voice()
    first, second = feedback_submit(voice=voice), feedback_submit(voice=voice)
    assert (second.receipt, second.reference, second.is_replay) == (first.receipt, first.reference, True)
    assert Feedback.objects.count() == 1
    assert not Remark.objects.exists()


def test_a_programmes_form_with_another_text_keeps_that_text_as_one_remark() -> None:
    voice = _voice(channel=Channel.API)
    feedback_submit(voice=voice)
    for _ in range(2):
        feedback_submit(voice=replace(voice, content="还有一点忘了说"))
    assert list(Remark.objects.values_list("content", flat=True)) == ["还有一点忘了说"]


def test_sixteen_taps_at_once_make_one_row_and_one_receipt() -> None:
    voice = _voice(photos=(Photo(b"jpeg", "image/jpeg", 1, 1),))
    receipts: set[str] = set()

    def tap() -> None:
        receipts.add(feedback_submit(voice=voice).receipt)
        connection.close()

    threads = [threading.Thread(target=tap) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receipts) == 1
    assert (Feedback.objects.count(), Receipt.objects.count(), Attachment.objects.count()) == (1, 1, 1)


def test_a_receipt_that_another_form_has_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def colliding(client_id: str, attempt: int = 0) -> str:
        return "1" * 16 if attempt == 0 else f"{uuid.UUID(client_id).int % 10**16:016d}"

    monkeypatch.setattr(services, "receipt_for", colliding)
    first, voice = feedback_submit(voice=_voice()), _voice()
    second = feedback_submit(voice=voice)
    assert first.receipt != second.receipt
    assert feedback_submit(voice=voice).receipt == second.receipt


def test_a_call_for_help_is_stored_however_long_its_words_are() -> None:
    said = "There was a terrible accident on the road, many people are injured and bleeding now, please hurry"
    assert feedback_submit(voice=_voice(content=said)).urgent_words == ["terrible accident on the road"]
    assert Feedback.objects.get().urgent_words == ["terrible accident on the road"]


OLD, FRESH = timedelta(days=3, hours=1), timedelta(days=2, hours=23)
DANGER = "楼下有人持刀砍人，快来"


@pytest.mark.parametrize("channel", [Channel.IMPORT, Channel.VISIT])
def test_what_was_said_long_ago_raises_no_alert(channel: Channel) -> None:
    old = feedback_submit(voice=_voice(channel=channel, content=DANGER, phone="", said_at=clock.now() - OLD))
    assert old.urgent_words == []
    assert Feedback.objects.get().urgent_words == []


def test_a_letter_of_these_days_raises_the_alert() -> None:
    fresh = _voice(channel=Channel.IMPORT, content=DANGER, phone="", said_at=clock.now() - FRESH)
    assert feedback_submit(voice=fresh).urgent_words
    assert Feedback.objects.get().is_urgent


def test_how_old_an_alert_may_be_is_a_setting(settings: Settings) -> None:
    settings.ALERT_WITHIN_DAYS = 30
    letter = _voice(channel=Channel.IMPORT, content=DANGER, phone="", said_at=clock.now() - OLD)
    assert feedback_submit(voice=letter).urgent_words


def test_a_remark_of_today_raises_the_alert_under_an_old_letter() -> None:
    old = feedback_submit(voice=_voice(channel=Channel.IMPORT, content=DANGER, said_at=clock.now() - OLD))
    feedback_remark(feedback=Feedback.objects.get(pk=old.feedback_id), content="他又来了，正在拿刀砍门，救命")
    assert Feedback.objects.get().is_urgent


def test_words_of_danger_are_shown_without_the_sign_behind_them() -> None:
    said = "我现在就想自杀，没有人管我"
    assert not [word for word in feedback_submit(voice=_voice(content=said)).urgent_words if word[-1] in "，,。、"]


def test_a_text_without_a_space_does_not_stop_the_classifier_for_all() -> None:
    for content in ("a" * 5000, "路口太堵"):
        feedback_submit(voice=_voice(content=content))
    assert suggestions_make(limit=10) == 2
