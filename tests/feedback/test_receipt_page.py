"""Looking up a receipt: what it tells, what it lets one do, and what a wrong one learns (nothing)."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from redis.exceptions import ConnectionError as ValkeyAwayError

from accounts.models import Officer, Role, Unit
from accounts.services import SYSTEM, audit_record, officer_create
from feedback.models import Attachment, Feedback, Remark, SealedContact, State, Subcategory
from feedback.queue.services import voices_bind
from feedback.receipts import receipt_groups
from feedback.resident import throttle
from feedback.resident.retention import CONTACT_DAYS, TOMBSTONE, WORDS_YEARS, voices_expire
from opinion_portal import clock
from tests.feedback.queue_cast import confirm
from tests.feedback.resident import PHONE, ask, photo_file, receipt_in, say

pytestmark = pytest.mark.django_db

WRONG = "0000 0000 0000 0000"


@pytest.fixture(autouse=True)
def _fresh_throttle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle._Cache, "next_at", 0.0)
    throttle._Local.clients.clear()


@pytest.fixture
def receipt(client: Client) -> str:
    """The receipt of a voice with words and a phone number."""
    return receipt_in(say(client, phone=PHONE, contact_consent="on"))


def _voice_set(**changes: object) -> Feedback:
    Feedback.objects.update(**changes)
    return Feedback.objects.get()


@pytest.mark.parametrize("between", ["", " ", "-", " – ", "\n"])
def test_a_receipt_opens_its_story_however_it_is_spaced(client: Client, receipt: str, between: str) -> None:
    page = ask(client, receipt_groups(receipt).replace(" ", between)).content.decode()
    assert "Received, waiting to be read" in page
    assert "Your message arrived." in page


def test_the_story_never_repeats_the_words_or_the_number(client: Client, receipt: str) -> None:
    page = ask(client, receipt).content.decode()
    assert "路灯" not in page
    assert PHONE not in page


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State.RECEIVED, "waiting to be read"),
        (State.INVALID, "cannot be taken up"),
        (State.OUT_OF_SCOPE, "not a police matter"),
        (State.WITHDRAWN, "Withdrawn"),
        (State.RATED, "Your rating counts"),
    ],
)
def test_every_state_is_told_in_plain_words_with_the_public_reply(
    client: Client, receipt: str, state: State, said: str
) -> None:
    _voice_set(state=state, public_reply="请拨打 12345")
    page = ask(client, receipt).content.decode()
    assert said in page
    assert "请拨打 12345" in page


def test_what_is_taken_up_is_told_with_its_item(client: Client, receipt: str) -> None:
    _voice_set(state=State.CONFIRMED, item=Subcategory.objects.get(code="T1"))
    page = ask(client, receipt).content.decode()
    assert "Read and taken up" in page
    assert Subcategory.objects.get(code="T1").name_en in page


@pytest.mark.parametrize(
    ("phone", "said"), [(PHONE, "You have told us this before"), ("13900000000", "Others have told us too")]
)
def test_a_duplicate_is_told_apart_by_who_spoke_first(client: Client, phone: str, said: str) -> None:
    say(client, phone=phone, contact_consent="on")
    receipt = receipt_in(say(client, phone=PHONE, contact_consent="on"))
    first, second = Feedback.objects.order_by("id")
    Feedback.objects.filter(pk=second.pk).update(state=State.DUPLICATE, duplicate_of=first)
    page = ask(client, receipt).content.decode()
    assert said in page
    assert "The earlier message stands at: Received, waiting to be read." in page


def test_nobody_has_opened_the_contact_until_the_audit_log_says_so(client: Client, receipt: str) -> None:
    assert "Nobody has opened it." in ask(client, receipt).content.decode()
    unit = Unit.objects.filter(kind=Unit.Kind.DEPARTMENT)[0]
    officer, _ = officer_create(username="c-900", name="示例", unit=unit, role=Role.CENTRE, actor=SYSTEM)
    _contact_opened(officer)
    page = ask(client, receipt).content.decode()
    assert "Nobody has opened it." not in page
    assert f"<span>{unit.name_en}<br>" in page
    assert "c-900" not in page
    assert "to ask for the place" in page


def _contact_opened(officer: Officer) -> None:
    audit_record(
        action="contact.open",
        actor=officer,
        object_type="feedback",
        object_id=Feedback.objects.get().pk,
        reason="to ask for the place",
    )


def test_a_remark_is_kept_once_however_often_it_is_sent(client: Client, receipt: str) -> None:
    for _ in range(2):
        page = ask(client, receipt, "remark", content="补充：在东门\r\n旁边").content.decode()
    assert "What you added has arrived." in page
    assert list(Remark.objects.values_list("content", flat=True)) == ["补充：在东门\n旁边"]


def test_an_urgent_remark_shows_110_and_alerts_the_centre(client: Client, receipt: str) -> None:
    page = ask(client, receipt, "remark", content="他拿着刀在砍人，救命").content.decode()
    assert 'class="emergency"' in page
    assert Feedback.objects.get().is_urgent


@pytest.mark.parametrize("content", ["", "  \n", "长" * 5001])
def test_a_remark_that_says_nothing_or_too_much_is_refused_and_kept_on_the_page(
    client: Client, receipt: str, content: str
) -> None:
    page = ask(client, receipt, "remark", content=content).content.decode()
    assert "not right yet" in page
    assert content.strip() in page
    assert not Remark.objects.exists()


def test_withdrawing_asks_once_more_and_then_deletes_words_photos_and_number(client: Client) -> None:
    receipt = receipt_in(say(client, photos=photo_file(), phone=PHONE, contact_consent="on"))
    assert "Withdraw this message?" in ask(client, receipt, "withdraw").content.decode()
    assert Feedback.objects.get().state == State.RECEIVED
    page = ask(client, receipt, "withdraw", confirmed="yes").content.decode()
    voice = Feedback.objects.get()
    assert "Your message is withdrawn." in page
    assert (voice.state, voice.content, voice.is_rated_out) == (State.WITHDRAWN, "", True)
    assert not Attachment.objects.exists()
    assert bytes(SealedContact.objects.get().ciphertext) == b""


STAYS = "it stays with the matter"


def test_whoever_withdraws_what_a_unit_was_handed_reads_before_and_after_what_stays(
    client: Client, receipt: str
) -> None:
    voices_bind(feedback_ids=[Feedback.objects.get().pk])
    assert STAYS in ask(client, receipt).content.decode()
    assert STAYS in ask(client, receipt, "withdraw").content.decode()
    assert STAYS not in ask(client, receipt, "erase").content.decode()
    page = ask(client, receipt, "withdraw", confirmed="yes").content.decode()
    assert page.count(STAYS) == 1


def test_nothing_is_said_to_stay_of_a_message_that_no_unit_was_handed(client: Client, receipt: str) -> None:
    pages = [ask(client, receipt), ask(client, receipt, "withdraw"), ask(client, receipt, "withdraw", confirmed="yes")]
    assert not [page for page in pages if STAYS in page.content.decode()]


def test_a_withdrawn_voice_takes_no_remark(client: Client, receipt: str) -> None:
    ask(client, receipt, "withdraw", confirmed="yes")
    page = ask(client, receipt, "remark", content="还有").content.decode()
    assert "What you added has arrived." not in page
    assert not Remark.objects.exists()


def test_erasing_the_number_asks_once_more_and_leaves_the_words(client: Client, receipt: str) -> None:
    assert "Erase your phone number?" in ask(client, receipt, "erase").content.decode()
    assert bytes(SealedContact.objects.get().ciphertext)
    page = ask(client, receipt, "erase", confirmed="yes").content.decode()
    sealed = SealedContact.objects.get()
    assert "It is erased." in page
    assert (bytes(sealed.ciphertext), sealed.lookup) == (b"", None)
    assert Feedback.objects.get().content == "路灯坏了，晚上很黑"


@pytest.mark.parametrize("act", ["", "remark", "withdraw", "erase"])
def test_a_wrong_receipt_is_refused_everywhere_and_changes_nothing(client: Client, receipt: str, act: str) -> None:
    answer = ask(client, WRONG, act, content="x", confirmed="yes")
    assert answer.status_code == 404
    assert Feedback.objects.get().state == State.RECEIVED
    assert not Remark.objects.exists()


@pytest.mark.parametrize("act", ["remark", "withdraw", "erase"])
def test_an_act_by_address_alone_leads_to_the_look_up(client: Client, act: str) -> None:
    answer = client.get(f"/r/{act}/?lang=en")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/r/?lang=en")


def test_every_wrong_receipt_gets_the_same_answer(client: Client, receipt: str) -> None:
    wrong = [WRONG, "1", "abc", receipt[:-1], receipt + "0", "\x00", "１２３４"]
    pages = {re.sub(r'value="[^"]*"', "", ask(client, text).content.decode()) for text in wrong}
    assert len(pages) == 1


def test_an_empty_look_up_says_what_is_missing(client: Client) -> None:
    assert "Enter the sixteen digits" in ask(client, "").content.decode()


def test_ten_wrong_receipts_are_free_and_then_everybody_there_must_wait(client: Client, receipt: str) -> None:
    for _ in range(throttle.FREE + 1):
        assert ask(client, WRONG).status_code == 404
    refused = ask(client, receipt)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= throttle.FIRST_WAIT
    assert "Please wait a minute" in refused.content.decode()
    assert client.post("/r/?lang=en", {"receipt": receipt}, REMOTE_ADDR="203.0.113.9").status_code == 200


def test_a_remark_that_must_wait_or_has_a_wrong_receipt_is_kept_and_comes_along(client: Client, receipt: str) -> None:
    words = "补充：昨晚<又>吵到两点"
    assert "昨晚&lt;又&gt;吵到两点" in ask(client, WRONG, "remark", content=words).content.decode()
    for _ in range(throttle.FREE):
        ask(client, WRONG)
    refused = ask(client, receipt, "remark", content=words)
    assert refused.status_code == 429
    assert "昨晚&lt;又&gt;吵到两点" in refused.content.decode()
    later = client.post("/r/?lang=en", {"receipt": receipt, "content": words}, REMOTE_ADDR="203.0.113.9")
    assert "昨晚&lt;又&gt;吵到两点" in later.content.decode()
    assert not Remark.objects.exists()


def test_waits_double_up_to_an_hour() -> None:
    waits = [throttle.wait_after(wrong) for wrong in (1, 10, 11, 12, 13, 17, 18, 400)]
    assert waits == [0, 0, 30, 60, 120, 1920, 3600, 3600]


def test_a_right_receipt_costs_nothing(client: Client, receipt: str) -> None:
    for _ in range(throttle.FREE + 5):
        assert ask(client, receipt).status_code == 200


def test_without_valkey_the_process_counts_alone_and_submissions_go_on(
    client: Client, receipt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise ValkeyAwayError

    for command in ("get", "add", "incr", "set", "touch"):
        monkeypatch.setattr(cache, command, away)
    for _ in range(throttle.FREE + 1):
        assert ask(client, WRONG).status_code == 404
    assert ask(client, receipt).status_code == 429
    assert receipt_in(say(client))


def test_no_address_is_stored_by_the_throttle(client: Client) -> None:
    client.post("/r/", {"receipt": WRONG}, REMOTE_ADDR="198.51.100.77")
    keys = cache._cache.get_client().keys("*")  # type: ignore[attr-defined]  # Django's own client for the test's Valkey
    assert keys
    assert not [key for key in keys if b"198.51" in key]


def test_addresses_of_one_ipv6_customer_are_one_client() -> None:
    first, second, other = ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
    clients = [throttle.client_of({"REMOTE_ADDR": address}) for address in (first, second, other)]
    assert clients[0] == clients[1] != clients[2]


def test_only_our_own_proxy_is_believed_about_the_address(settings: object) -> None:
    claimed = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 203.0.113.5"}
    assert throttle.client_of(claimed) == throttle.client_of({"REMOTE_ADDR": "10.0.0.1"})
    settings.BEHIND_PROXY = True  # type: ignore[attr-defined]  # pytest-django's settings take any name
    assert throttle.client_of(claimed) == throttle.client_of({"REMOTE_ADDR": "203.0.113.5"})


def test_what_residents_are_told_about_keeping_is_what_happens(client: Client) -> None:
    say(client, photos=photo_file(), phone=PHONE, contact_consent="on")
    now = clock.now()
    assert voices_expire(now=now + timedelta(days=CONTACT_DAYS - 1)) == {"contacts": 0, "words": 0}
    assert voices_expire(now=now + timedelta(days=CONTACT_DAYS + 1)) == {"contacts": 1, "words": 0}
    assert voices_expire(now=now + timedelta(days=365 * WORDS_YEARS + 1)) == {"contacts": 0, "words": 1}
    assert voices_expire(now=now + timedelta(days=365 * WORDS_YEARS + 2)) == {"contacts": 0, "words": 0}
    voice = Feedback.objects.get()
    assert (voice.content, voice.service_rating) == (TOMBSTONE, 4)
    assert not Attachment.objects.exists()


def test_nothing_on_the_receipts_page_hangs_on_a_sign_that_may_stand_alone_at_a_lines_end(
    client: Client, receipt: str
) -> None:
    confirm(Feedback.objects.get(), kind="complaint", item="T1")
    assert "·" not in ask(client, receipt).content.decode().split("<main", 1)[1]
