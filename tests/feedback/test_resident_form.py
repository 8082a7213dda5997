"""The form under a poster's code: what it takes, what it refuses, what it never loses."""

import re
import threading
from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.db import OperationalError, connection
from django.test import Client

from feedback.models import Attachment, CodeState, Feedback, Remark, SealedContact, State
from feedback.resident import views
from opinion_portal.refusals import NOT_TAKEN_IN, REFUSED, TOO_LONG
from opinion_portal.wsgi import application
from stations.models import PointCode
from tests.feedback.queue_cast import confirm
from tests.feedback.resident import PHONE, ask, live_code, photo_file, receipt_in, say, voice_fields

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_form_says_where_who_why_how_long_and_what_to_do_in_danger(client: Client) -> None:
    code = live_code()
    page = client.get(f"/p/{code.code}/?lang=en").content.decode()
    assert code.point.name_en in page
    for said in ("tel:110", "Who asks", "What for", "Who reads it", "How long", "180 days", "/privacy/", "Under 14?"):
        assert said in page


def test_nothing_is_selected_before_the_resident_chooses(client: Client) -> None:
    page = client.get(f"/p/{live_code().code}/").content.decode()
    assert page.count('type="radio"') == 15
    assert " checked" not in page


@pytest.mark.parametrize("said", [{"content": None}, {"service_rating": None}])
def test_a_rating_or_a_word_is_enough(client: Client, said: dict[str, Any]) -> None:
    assert receipt_in(say(client, live_code().code, **said))
    assert Feedback.objects.count() == 1


def test_everything_a_resident_may_say_is_stored(client: Client) -> None:
    code = live_code()
    say(
        client,
        code.code,
        safety_rating="2",
        kind="complaint",
        phone="138-1234 5678",
        contact_consent="on",
        no_call="on",
    )
    voice = Feedback.objects.get()
    assert (voice.point, voice.code_state, voice.channel) == (code.point, CodeState.LIVE, "qr")
    assert (voice.service_rating, voice.safety_rating, voice.kind, voice.no_call) == (4, 2, "complaint", True)
    assert (voice.content, voice.language, voice.state) == ("路灯坏了，晚上很黑", "en", State.RECEIVED)
    assert SealedContact.objects.filter(feedback=voice).exists()


def test_an_empty_form_is_refused_with_words_and_stores_nothing(client: Client) -> None:
    assert "one of them is enough" in say(client, content=" \n ", service_rating=None).content.decode()
    assert not Feedback.objects.exists()


def test_a_form_under_no_code_is_taken(client: Client) -> None:
    assert receipt_in(say(client))
    assert Feedback.objects.get().code_state == CodeState.NONE


def test_an_unknown_code_opens_the_form_and_what_is_said_is_kept_and_flagged(client: Client) -> None:
    assert "We do not know the code" in client.get("/p/NoSuchPoster/?lang=en").content.decode()
    assert receipt_in(say(client, "NoSuchPoster"))
    voice = Feedback.objects.get()
    assert (voice.code_state, voice.code_text, voice.point) == (CodeState.UNKNOWN, "NoSuchPoster", None)


def test_a_revoked_code_opens_the_form_and_what_is_said_is_kept_and_flagged(client: Client) -> None:
    code = live_code()
    PointCode.objects.filter(pk=code.pk).update(revoked_at=code.issued_at)
    assert "out of date" in client.get(f"/p/{code.code}/?lang=en").content.decode()
    say(client, code.code)
    assert Feedback.objects.get().code_state == CodeState.REVOKED


def test_a_code_copied_by_hand_in_small_letters_is_the_same_code(client: Client) -> None:
    code = live_code()
    say(client, f"{code.code[:4]}-{code.code[4:]}".lower())
    assert Feedback.objects.get().point == code.point


@pytest.mark.parametrize("code", ["%00%0a", "a" * 300, "%F0%9F%98%80", "..%2f..", "%ff%fe"])
def test_a_damaged_code_still_opens_a_form_or_a_page_that_says_so(client: Client, code: str) -> None:
    assert client.get(f"/p/{code}/").status_code in {200, 404}
    assert client.post(f"/p/{code}/", voice_fields()).status_code in {200, 404}


def test_a_double_tap_makes_one_row_and_shows_one_receipt(client: Client) -> None:
    fields = voice_fields()
    receipts = {receipt_in(client.post("/p/", fields)) for _ in range(2)}
    assert len(receipts) == 1
    assert Feedback.objects.count() == 1


def test_eight_taps_at_once_make_one_row_and_show_one_receipt() -> None:
    fields, receipts = voice_fields(), set()

    def tap() -> None:
        receipts.add(receipt_in(Client().post("/p/", fields)))
        connection.close()

    threads = [threading.Thread(target=tap) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receipts) == 1
    assert Feedback.objects.count() == 1


def test_a_form_sent_again_unchanged_shows_its_receipt_again(client: Client) -> None:
    fields = voice_fields(kind="help", phone=PHONE, contact_consent="on")
    first, again = (client.post("/p/?lang=en", fields) for _ in range(2))
    assert receipt_in(first) == receipt_in(again)
    assert "You have sent this already" in again.content.decode()
    assert Feedback.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"content": "还有一盏也坏了"},
        {"service_rating": "1"},
        {"safety_rating": "1"},
        {"kind": "praise"},
        {"phone": PHONE, "contact_consent": "on"},
        {"no_call": "on"},
    ],
)
def test_a_form_changed_after_its_answer_is_a_new_message(client: Client, change: dict[str, str]) -> None:
    fields = voice_fields()
    first = receipt_in(client.post("/p/", fields))
    changed = [client.post("/p/?lang=en", fields | change) for _ in range(2)]
    [second] = {receipt_in(answer) for answer in changed}
    assert second != first
    assert "Thank you, it has arrived" in changed[0].content.decode()
    assert "You have sent this already" in changed[1].content.decode()
    assert receipt_in(client.post("/p/", fields)) == first
    assert Feedback.objects.count() == 2
    assert not Remark.objects.exists()


def test_a_corrected_phone_number_is_not_lost(client: Client) -> None:
    fields = voice_fields(phone=PHONE, contact_consent="on")
    client.post("/p/", fields)
    client.post("/p/", fields | {"phone": "13900000000"})
    assert SealedContact.objects.values("lookup").distinct().count() == 2


def test_photos_that_come_to_a_form_after_its_answer_are_not_lost(client: Client) -> None:
    fields = voice_fields()
    first = receipt_in(client.post("/p/", fields))
    with_photo = [receipt_in(client.post("/p/", fields | {"photos": photo_file()})) for _ in range(2)]
    assert len({first, *with_photo}) == 2
    assert Attachment.objects.count() == 1
    # The back button does not keep chosen files: what is sent without them is still the same form.
    assert receipt_in(client.post("/p/", fields)) == first


def test_a_form_is_the_same_after_the_centre_has_judged_it_and_after_it_was_withdrawn(client: Client) -> None:
    fields = voice_fields(kind="help")
    receipt = receipt_in(client.post("/p/", fields))
    confirm(Feedback.objects.get(), kind="complaint", item="T1")
    assert receipt_in(client.post("/p/", fields)) == receipt
    ask(client, receipt, "withdraw", confirmed="yes")
    assert receipt_in(client.post("/p/", fields)) == receipt
    assert Feedback.objects.get().content == ""


def test_a_rating_that_finds_its_words_on_a_replay_goes_to_the_centre(client: Client) -> None:
    fields = voice_fields(content=None)
    client.post("/p/", fields)
    page = client.post("/p/?lang=en", fields | {"content": "还想说一句"}).content.decode()
    assert "Your new words are added to it" in page
    voice = Feedback.objects.get()
    assert (voice.state, voice.content) == (State.RECEIVED, "还想说一句")


def test_a_rating_under_an_unknown_code_is_said_to_count_for_no_place(client: Client) -> None:
    page = say(client, "NOSUCH", content=None).content.decode()
    assert "counts for no place yet" in page
    assert "figures of this place" not in page
    assert "figures of this place" in say(client, live_code().code, content=None).content.decode()
    assert "figures of the bureau" in say(client, content=None).content.decode()


@pytest.mark.parametrize("client_id", ["", "not-a-uuid", "\x00", "123"])
def test_a_damaged_form_id_does_not_cost_the_voice(client: Client, client_id: str) -> None:
    assert receipt_in(say(client, client_id=client_id))
    assert Feedback.objects.count() == 1


@pytest.mark.parametrize(
    "phone",
    ["123", "1381234567", "138123456789", "23110110", "abc", "12812345678", "+1 415 555 2671", "\x0013812345678"],
)
def test_a_wrong_phone_number_is_refused_and_everything_typed_is_kept(client: Client, phone: str) -> None:
    fields = {"phone": phone, "contact_consent": "on", "safety_rating": "3", "kind": "help", "no_call": "on"}
    page = say(client, **fields).content.decode()
    assert "not a complete phone number" in page
    assert "路灯坏了" in page
    assert page.count(" checked") == 5  # two ratings, the kind, two boxes
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    "phone", ["13812345678", "+86 138 1234 5678", "１３８１２３４５６７８", "024-23110110", "0411 8123456"]
)
def test_a_mobile_or_landline_number_is_taken(client: Client, phone: str) -> None:
    assert receipt_in(say(client, phone=phone, contact_consent="on"))


def test_a_phone_without_consent_and_a_consent_without_phone_are_refused(client: Client) -> None:
    assert "Tick your consent" in say(client, phone=PHONE).content.decode()
    assert "gave no number" in say(client, contact_consent="on").content.decode()
    assert not Feedback.objects.exists()


def test_too_long_a_text_comes_back_whole(client: Client) -> None:
    page = say(client, content="长" * 5001).content.decode()
    assert "longer than 5,000" in page
    assert "长" * 5001 in page
    assert receipt_in(say(client, content="长" * 5000))


@pytest.mark.parametrize("field", ["service_rating", "safety_rating", "kind"])
@pytest.mark.parametrize("value", ["9", "-1", "x", "\x00"])
def test_a_choice_that_does_not_exist_is_refused(client: Client, field: str, value: str) -> None:
    assert "not right yet" in say(client, **{field: value}).content.decode()
    assert not Feedback.objects.exists()


def test_markup_in_the_text_is_shown_as_text(client: Client) -> None:
    page = say(client, content="</textarea><script>alert(1)</script>", phone="1").content.decode()
    assert "<script>alert" not in page


@pytest.mark.parametrize("choice", [{}, {"phone": "1"}])
def test_words_of_an_emergency_show_110_at_once(client: Client, choice: dict[str, str]) -> None:
    page = say(client, content="有人拿刀砍人，快来救命", **choice).content.decode()
    assert 'class="emergency"' in page
    assert 'href="tel:110"' in page


def test_calm_words_show_no_emergency(client: Client) -> None:
    assert 'class="emergency"' not in say(client).content.decode()


def test_switching_language_or_type_size_keeps_what_was_typed_and_sends_nothing(client: Client) -> None:
    page = client.post("/p/?lang=en&elder=3", voice_fields(show="1", phone="138", kind="praise")).content.decode()
    assert 'class="elder elder-3"' in page
    assert "路灯坏了" in page
    assert 'value="138"' in page
    assert page.count(" checked") == 2
    assert "not right yet" not in page
    assert not Feedback.objects.exists()


def test_a_lost_database_gives_the_form_back_with_everything_in_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: object) -> None:
        raise OperationalError("server closed the connection")

    fields = voice_fields(phone=PHONE, contact_consent="on")
    monkeypatch.setattr(views, "feedback_submit", away)
    answer = client.post("/p/?lang=en", fields)
    page = answer.content.decode()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "Not stored yet" in page
    assert fields["client_id"] in page
    assert PHONE in page
    monkeypatch.undo()
    assert receipt_in(client.post("/p/", fields))


@pytest.mark.parametrize(
    ("why", "status", "said"),
    [
        (TOO_LONG, 413, "What you filled in is still in the form"),
        (NOT_TAKEN_IN, 503, "your connection was too slow"),
    ],
)
def test_a_body_that_was_not_taken_in_is_refused_in_plain_words(
    client: Client, why: str, status: int, said: str
) -> None:
    answer = client.generic("POST", "/p/?lang=en", **{REFUSED: why})  # type: ignore[arg-type]
    assert answer.status_code == status
    assert said in answer.content.decode()
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data", b"--x--"),
        ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % n for n in range(3000))),
    ],
)
def test_a_body_that_cannot_be_read_gets_a_page_and_no_crash(client: Client, content_type: str, body: bytes) -> None:
    answer = client.generic("POST", "/p/", body, content_type=content_type)
    assert answer.status_code == 400
    assert "<h1>" in answer.content.decode()


def test_too_large_a_text_is_told_in_plain_words(client: Client) -> None:
    body = b"content=" + b"x" * (3 * 1024 * 1024)
    answer = client.generic("POST", "/p/?lang=en", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert "What you filled in is still in the form" in answer.content.decode()


@pytest.mark.parametrize("charset", ["hex", "utf-16", "x", ""])
def test_a_charset_that_the_sender_names_is_ignored(charset: str) -> None:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "HTTP_HOST": "testserver",
        "PATH_INFO": "/p/",
        "QUERY_STRING": "lang=%65n",
        "CONTENT_TYPE": f"application/x-www-form-urlencoded; charset={charset}",
        "CONTENT_LENGTH": "17",
        "wsgi.input": BytesIO(b"content=%E7%81%AF"),
    }
    setup_testing_defaults(environ)
    answered: list[str] = []
    application(environ, lambda status, *_: answered.append(status))
    assert answered == ["200 OK"]
    assert Feedback.objects.get().content == "灯"


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(client: Client, method: str) -> None:
    assert getattr(client, method)("/p/X/").status_code == 405


def test_chinese_is_the_language_unless_another_is_asked_for(client: Client) -> None:
    assert '<html lang="zh-Hans">' in client.get("/p/").content.decode()
    assert '<html lang="zh-Hans">' in client.get("/p/?lang=xx").content.decode()
    assert '<html lang="en">' in client.get("/p/", headers={"Accept-Language": "en-GB,en"}).content.decode()


def test_the_answer_page_has_the_receipt_in_no_address_and_stays_in_no_cache(client: Client) -> None:
    answer = say(client, live_code().code)
    receipt, page = receipt_in(answer), answer.content.decode()
    assert answer.headers["Cache-Control"] == "no-store"
    addresses = re.findall(r'(?:href|action|formaction|src)="([^"]*)"', page)
    assert addresses
    assert not [address for address in addresses if receipt in re.sub(r"\D", "", address)]
    assert "<svg" in page


def test_the_limits_of_fields_hold_whatever_the_browser_sends(client: Client) -> None:
    fields = voice_fields(language="xx", point_id="1", is_rated_out="1", state="confirmed")
    client.post("/p/", fields)
    voice = Feedback.objects.get()
    assert (voice.is_rated_out, voice.state, voice.point_id) == (False, State.RECEIVED, None)


def test_no_cache_may_hand_one_form_to_two_residents(client: Client) -> None:
    assert client.get("/p/")["Cache-Control"] == "private, no-cache"


def test_a_text_far_too_long_is_not_searched_for_danger_to_its_end(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []
    monkeypatch.setattr(views, "emergency_words", lambda text: lengths.append(len(text)))
    assert "longer than 5,000" in say(client, content="割腕" * 100_000).content.decode()
    assert lengths == [5000]
