"""The pages of the openings: what each post sees, what the resident is told, and where the number never is."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Officer, Role, Unit
from feedback.models import ContactOpening, Feedback, OpeningState, SealedContact
from feedback.openings.services import contact_show, contact_use, opening_approve, opening_refuse, opening_withdraw
from feedback.services import contact_erase, feedback_withdraw
from opinion_portal import clock
from tests.feedback.openings_cast import (
    PHONE,
    WHY,
    approved,
    asked,
    custodian,
    discipline,
    fresh,
    hours_later,
    opened,
    sealed,
)
from tests.feedback.queue_cast import centre, confirm, logged_in, officer, voice
from tests.feedback.resident import ask, receipt_in, say
from tests.feedback.traces import everything_cached, everything_logged, everything_stored, spellings

pytestmark = pytest.mark.django_db

ASK = {"reason": "clarify", "reason_text": WHY}


def _page(name: str, *args: object) -> str:
    return reverse(f"openings:{name}", args=args)


def _text(answer: Any) -> str:
    return str(answer.content.decode())


# Asking -----------------------------------------------------------------------------------------------------------
def test_the_page_of_a_message_leads_to_the_request_and_the_request_to_its_own_page() -> None:
    feedback, who = sealed(), centre()
    client = logged_in(who)
    address = _page("ask", feedback.pk)
    assert f'href="{address}"' in _text(client.get(reverse("queue:detail", args=[feedback.pk])))
    page = _text(client.get(address))
    assert "checked" not in page
    answer = client.post(address, ASK)
    opening = ContactOpening.objects.get()
    assert (opening.asked_by, opening.reason_text) == (who, WHY)
    assert answer["Location"] == _page("detail", opening.pk)
    assert WHY in _text(client.get(answer["Location"]))


def test_where_no_number_is_left_the_page_of_a_message_leads_nowhere() -> None:
    client = logged_in(centre())
    bare, gone = voice(), sealed()
    contact_erase(feedback=gone)
    for feedback in (bare, gone):
        assert _page("ask", feedback.pk) not in _text(client.get(reverse("queue:detail", args=[feedback.pk])))
        page = _text(client.get(_page("ask", feedback.pk)))
        assert "<textarea" not in page
        assert 'role="alert"' in page


def test_who_may_not_ask_sees_no_way_to_ask() -> None:
    feedback = sealed()
    client = logged_in(officer(Role.LEADER))
    assert _page("ask", feedback.pk) not in _text(client.get(reverse("queue:detail", args=[feedback.pk])))
    assert client.get(_page("ask", feedback.pk)).status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": "", "reason_text": WHY},
        {"reason": "curiosity", "reason_text": WHY},
        {"reason": "clarify", "reason_text": "  太短了 "},
        {"reason": "clarify", "reason_text": f"请核实 {PHONE} 是不是本人"},
    ],
)
def test_a_form_that_says_too_little_or_too_much_comes_back_with_what_was_typed(fields: dict[str, str]) -> None:
    answer = logged_in(centre()).post(_page("ask", sealed().pk), fields)
    assert answer.status_code == 422
    assert 'class="error-summary"' in _text(answer)
    assert fields["reason_text"].strip() in _text(answer)
    assert not ContactOpening.objects.exists()


def test_the_wish_not_to_be_phoned_stands_on_every_page_of_the_request_and_refuses_a_call() -> None:
    feedback, who = sealed(no_call=True), centre()
    client = logged_in(who)
    wish = "The resident wrote: no phone call, please."
    assert wish in _text(client.get(_page("ask", feedback.pk)))
    answer = client.post(_page("ask", feedback.pk), ASK)
    assert answer.status_code == 422
    assert "asked for no phone call" in _text(answer)
    client.post(_page("ask", feedback.pk), ASK | {"reason": "danger"})
    opening = ContactOpening.objects.get()
    assert wish in _text(client.get(_page("detail", opening.pk)))
    assert wish in _text(logged_in(custodian()).get(_page("detail", opening.pk)))
    opening_approve(opening=opening, officer=custodian())
    assert wish in _text(client.post(_page("show", opening.pk)))
    assert wish not in _text(client.get(_page("ask", sealed().pk)))


def test_who_has_asked_already_is_led_to_that_request() -> None:
    feedback, who = sealed(), centre()
    opening = asked(feedback, who)
    for answer in (
        logged_in(who).get(_page("ask", feedback.pk)),
        logged_in(who).post(_page("ask", feedback.pk), ASK),
    ):
        assert answer["Location"] == _page("detail", opening.pk)
    assert ContactOpening.objects.count() == 1


def test_what_the_resident_erases_while_the_form_is_filled_in_is_told_and_nothing_typed_is_lost() -> None:
    feedback = sealed()
    feedback_withdraw(feedback=feedback)
    answer = logged_in(centre()).post(_page("ask", feedback.pk), ASK)
    assert answer.status_code == 409
    assert "withdrawn this message" in _text(answer)
    assert WHY in _text(answer)


# Deciding ---------------------------------------------------------------------------------------------------------
def test_a_custodian_begins_with_what_waits() -> None:
    opening, client = asked(), logged_in(custodian())
    assert client.get("/office/")["Location"] == _page("list")
    page = _text(client.get(_page("list")))
    assert "Waiting for your decision" in page
    assert _page("detail", opening.pk) in page
    assert re.search(r'href="/office/openings/" aria-current="page"', page)


def test_a_custodian_reads_who_asks_and_why_and_the_words_without_names_and_never_the_number() -> None:
    opening, who = asked(), custodian()
    page = _text(logged_in(who).get(_page("detail", opening.pk)))
    for told in (opening.feedback.reference, opening.asked_by.name, str(opening.asked_by.unit.name_en), WHY, "T1"):
        assert told in page
    assert "消防通道天天被车堵着" in page
    assert "王小明" not in page
    assert PHONE not in page
    (act,) = AuditEvent.objects.filter(action="feedback.view", actor=who)
    assert (act.object_id, act.data) == (str(opening.feedback_id), {"full": False})


@pytest.mark.parametrize(("decision", "state"), [("approve", OpeningState.APPROVED), ("refuse", OpeningState.REFUSED)])
def test_a_decision_is_one_press_of_a_button(decision: str, state: OpeningState) -> None:
    opening, who = asked(), custodian()
    page = _text(logged_in(who).get(_page("detail", opening.pk)))
    assert f'name="decision" value="{decision}"' in page
    answer = logged_in(who).post(_page("decide", opening.pk), {"decision": decision, "note": "看过了"})
    assert answer["Location"] == _page("list")
    assert (fresh(opening).state, fresh(opening).decided_by) == (state, who)
    assert "看过了" in _text(logged_in(opening.asked_by).get(_page("detail", opening.pk)))


@pytest.mark.parametrize(
    "fields",
    [
        {"decision": "refuse", "note": " "},
        {"note": "看过了"},
        {"decision": "maybe"},
        {"decision": "approve", "note": PHONE},
    ],
)
def test_a_decision_without_its_parts_is_refused(fields: dict[str, str]) -> None:
    opening = asked()
    answer = logged_in(custodian()).post(_page("decide", opening.pk), fields)
    assert answer.status_code == 422
    assert 'class="error-summary"' in _text(answer)
    assert fresh(opening).state == OpeningState.ASKED


def test_the_second_custodian_reads_who_was_first_and_keeps_the_note() -> None:
    opening, first = asked(), custodian()
    opening_approve(opening=opening, officer=first)
    answer = logged_in(custodian()).post(_page("decide", opening.pk), {"decision": "refuse", "note": "我不同意"})
    assert answer.status_code == 409
    assert f"{first.name} approved this at" in _text(answer)
    assert "我不同意" in _text(answer)
    assert 'name="decision"' not in _text(answer)


def test_nobody_finds_a_button_for_the_own_request() -> None:
    who = centre()
    opening = asked(who=who)
    Officer.objects.filter(pk=who.pk).update(role=Role.CUSTODIAN)
    client = logged_in(Officer.objects.get(pk=who.pk))
    assert 'name="decision"' not in _text(client.get(_page("detail", opening.pk)))
    answer = client.post(_page("decide", opening.pk), {"decision": "approve"})
    assert answer.status_code == 409
    assert "Nobody decides the own request" in _text(answer)
    assert fresh(opening).state == OpeningState.ASKED


@pytest.mark.parametrize("name", ["decide", "show", "withdraw"])
def test_the_address_of_an_act_leads_back_to_the_request(name: str) -> None:
    opening = approved()
    client = logged_in(custodian() if name == "decide" else opening.asked_by)
    assert client.get(_page(name, opening.pk))["Location"] == _page("detail", opening.pk)
    assert fresh(opening).state == OpeningState.APPROVED
    assert not AuditEvent.objects.filter(action="contact.open").exists()


# Showing ----------------------------------------------------------------------------------------------------------
def test_the_number_stands_on_one_page_that_nobody_keeps_and_is_dialled_from_there() -> None:
    opening = approved()
    client = logged_in(opening.asked_by)
    assert _page("show", opening.pk) in _text(client.get(_page("detail", opening.pk)))
    answer = client.post(_page("show", opening.pk))
    page = _text(answer)
    assert answer.status_code == 200
    assert f'<p class="shown-number" translate="no">{PHONE}</p>' in page
    assert f'href="tel:{PHONE}"' in page
    assert page.count(PHONE) == 2
    assert "no-store" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]
    assert "data-copy" not in page
    assert fresh(opening).opened_count == 1


def test_the_number_is_on_no_other_page_of_anybody() -> None:
    opening = opened()
    asker, keeper = logged_in(opening.asked_by), logged_in(custodian())
    pages = [
        client.get(address) for client in (asker, keeper) for address in (_page("list"), _page("detail", opening.pk))
    ]
    pages += [
        asker.get(reverse("queue:detail", args=[opening.feedback_id])),
        asker.get(reverse("queue:list"), {"state": "any"}),
        asker.get(reverse("queue:export"), {"state": "any"}),
        logged_in(officer(Role.AUDIT_ADMIN)).get(reverse("accounts:audit")),
        keeper.post(_page("show", opening.pk)),
        logged_in(centre()).post(_page("show", opening.pk)),
    ]
    assert [page.status_code for page in pages] == [200] * 8 + [404] * 2
    for page in pages:
        assert PHONE not in _text(page)


def test_a_colleague_and_a_custodian_get_404_for_the_number() -> None:
    opening = approved()
    for other in (centre(), discipline(), custodian(), officer(Role.LEADER), officer(Role.SYSTEM_ADMIN)):
        assert logged_in(other).post(_page("show", opening.pk)).status_code == 404
    assert not AuditEvent.objects.filter(action="contact.open").exists()


def test_before_and_after_the_approval_there_is_a_reason_instead_of_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting, held = asked(), approved()
    answer = logged_in(waiting.asked_by).post(_page("show", waiting.pk))
    assert answer.status_code == 409
    assert "No custodian has decided this yet." in _text(answer)
    hours_later(monkeypatch, 24.1)
    answer = logged_in(held.asked_by).post(_page("show", held.pk))
    assert answer.status_code == 409
    assert "ended at" in _text(answer)
    assert PHONE not in _text(answer)
    assert _page("show", held.pk) not in _text(logged_in(held.asked_by).get(_page("detail", held.pk)))


def test_what_the_resident_erased_is_told_on_both_sides_and_offers_no_button() -> None:
    waiting, held = asked(), approved()
    for opening in (waiting, held):
        contact_erase(feedback=opening.feedback)
    page = _text(logged_in(custodian()).get(_page("detail", waiting.pk)))
    assert "has been erased" in page
    client = logged_in(held.asked_by)
    page = _text(client.get(_page("detail", held.pk)))
    assert "has been erased" in page
    assert _page("show", held.pk) not in page
    answer = client.post(_page("show", held.pk))
    assert (answer.status_code, "has been erased" in _text(answer)) == (409, True)


def test_a_request_is_taken_back_by_its_asker() -> None:
    opening = asked()
    client = logged_in(opening.asked_by)
    assert client.post(_page("withdraw", opening.pk))["Location"] == _page("detail", opening.pk)
    assert fresh(opening).state == OpeningState.WITHDRAWN
    answer = client.post(_page("withdraw", opening.pk))
    assert answer.status_code == 409
    assert f"{opening.asked_by.name} took this back at" in _text(answer)


def test_a_list_names_only_the_askers_own_requests() -> None:
    mine, other = asked(), asked()
    page = _text(logged_in(mine.asked_by).get(_page("list")))
    assert mine.feedback.reference in page
    assert other.feedback.reference not in page
    assert "Asked by" not in page


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 30])
def test_a_made_up_key_of_a_page_does_no_harm(after: str) -> None:
    assert logged_in(custodian()).get(_page("list"), {"after": after}).status_code == 200


# What the office and the resident are told ------------------------------------------------------------------------
def test_the_office_reads_the_whole_story_on_the_page_of_the_message() -> None:
    opening = opened()
    opening_refuse(opening=asked(opening.feedback, centre()), officer=custodian(), note="理由不足")
    opening_withdraw(opening=(again := asked(opening.feedback, centre())), officer=again.asked_by)
    contact_use(feedback_id=opening.feedback_id, purpose="survey")
    page = _text(logged_in(centre()).get(reverse("queue:detail", args=[opening.feedback_id])))
    for told in (
        "asked to have the contact opened",
        "approved that the contact is opened",
        "was shown the phone number",
        "refused to have the contact opened",
        "took back the request to open the contact",
        "the system used the phone number to send a message",
    ):
        assert told in page
    assert PHONE not in page


@pytest.fixture
def receipt(client: Client) -> str:
    """The receipt of a voice with words and a phone number."""
    return receipt_in(say(client, phone=PHONE, contact_consent="on"))


def _opened_for_receipt() -> ContactOpening:
    opening = approved(Feedback.objects.get())
    contact_show(opening=opening, officer=opening.asked_by)
    return opening


def test_the_resident_reads_who_saw_the_number_when_and_why(client: Client, receipt: str) -> None:
    assert "Nobody has opened it." in _text(ask(client, receipt))
    who = _opened_for_receipt().asked_by
    at = AuditEvent.objects.get(action="contact.open").at.astimezone(clock.BUREAU_ZONE)
    page = _text(ask(client, receipt))
    assert "Nobody has opened it." not in page
    assert f"{who.unit.name_en} (Discipline office)" in page
    assert f"To ask what is not clear about the matter: {WHY}" in page
    assert at.strftime("%Y-%m-%d %H:%M") in page
    assert who.name not in page
    assert who.username not in page
    assert PHONE not in page


def test_the_residents_device_reads_the_same(client: Client, receipt: str) -> None:
    who = _opened_for_receipt().asked_by
    contact_use(feedback_id=Feedback.objects.get().pk, purpose="survey")
    answer = client.post(
        "/api/v1/receipts/lookup/",
        json.dumps({"receipt": receipt}),
        content_type="application/json",
        headers={"Accept-Language": "en"},
    )
    seen, used = json.loads(answer.content)["openings"]
    assert (seen["who"], seen["is_system"]) == (f"{who.unit.name_en} (Discipline office)", False)
    assert seen["reason"].endswith(WHY)
    assert who.username not in _text(answer)
    assert (used["who"], used["is_system"]) == ("The system", True)
    assert "nobody saw it" in used["reason"]
    assert PHONE not in _text(answer)


def test_the_system_used_the_number_is_one_plain_line_and_nobody_opened_it(client: Client, receipt: str) -> None:
    contact_use(feedback_id=Feedback.objects.get().pk, purpose="survey")
    page = _text(ask(client, receipt))
    assert "Nobody has opened it." in page
    assert "The system itself used it to send 1 text message; nobody saw the number." in page
    assert "It was opened by:" not in page


def test_the_systems_own_messages_are_counted_apart_from_the_people_who_opened_it(client: Client, receipt: str) -> None:
    who = _opened_for_receipt().asked_by
    for _ in range(2):
        contact_use(feedback_id=Feedback.objects.get().pk, purpose="survey")
    page = _text(ask(client, receipt))
    people = page.split("It was opened by:", 1)[1].split("</ul>", 1)[0]
    assert people.count("<li>") == 1
    assert who.unit.name_en in people
    assert "The system itself used it to send 2 text messages; nobody saw the number." in page


def test_an_office_with_the_name_of_its_post_is_named_once(client: Client, receipt: str) -> None:
    office = Unit.objects.get(code="discipline")
    opening = approved(Feedback.objects.get(), officer(Role.DISCIPLINE, office))
    contact_show(opening=opening, officer=opening.asked_by)
    page = _text(ask(client, receipt))
    assert f"<span>{office.name_en}<br>" in page
    assert "(Discipline office)" not in page


def test_a_request_that_came_to_nothing_is_not_told_to_the_resident(client: Client, receipt: str) -> None:
    feedback = Feedback.objects.get()
    opening_refuse(opening=asked(feedback, why="测试一下系统是否正常"), officer=custodian(), note="理由不足")
    opening_withdraw(opening=(again := asked(feedback, why="再测试一下系统是否正常")), officer=again.asked_by)
    approved(feedback)
    page = _text(ask(client, receipt))
    assert "Nobody has opened it." in page
    assert "测试" not in page


def test_who_saw_the_number_is_still_told_after_it_was_erased_and_the_message_withdrawn(
    client: Client, receipt: str
) -> None:
    _opened_for_receipt()
    for act in ("erase", "withdraw"):
        assert "(Discipline office)" in _text(ask(client, receipt, act, confirmed="yes"))


# The number is nowhere --------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_the_number_is_in_no_table_no_log_no_cache_and_no_address(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = everything_logged(monkeypatch)
    receipt = receipt_in(say(client, phone=PHONE, contact_consent="on"))
    feedback = Feedback.objects.get()
    confirm(feedback, None, "complaint", "T1")
    asker, keeper = logged_in(centre()), logged_in(custodian())
    answers = [asker.post(_page("ask", feedback.pk), ASK | {"reason_text": f"请核实 {PHONE} 是不是本人"})]
    answers.append(asker.post(_page("ask", feedback.pk), ASK))
    opening = ContactOpening.objects.get()
    answers.append(asker.post(_page("show", opening.pk)))
    answers.append(keeper.post(_page("decide", opening.pk), {"decision": "approve", "note": PHONE}))
    answers.append(keeper.post(_page("decide", opening.pk), {"decision": "approve"}))
    shown = asker.post(_page("show", opening.pk))
    assert PHONE in _text(shown)
    contact_use(feedback_id=feedback.pk, purpose="survey")
    answers += [ask(client, receipt), asker.get(_page("list")), keeper.get(_page("list"))]
    SealedContact.objects.update(nonce=b"x" * 12)
    answers.append(asker.post(_page("show", opening.pk)))
    assert [answer.status_code for answer in answers] == [422, 302, 409, 422, 302, 200, 200, 200, 409]
    stored, said, cached = everything_stored(), "\n".join(handler.lines), everything_cached()
    addresses = "\n".join(answer.get("Location", "") for answer in [*answers, shown])
    cookies = "\n".join(f"{browser.cookies}" for browser in (asker, keeper, client))
    for spelling in spellings(PHONE):
        for place in (stored, said, cached, addresses, cookies):
            assert spelling not in place
    assert AuditEvent.objects.filter(action="contact.open").count() == 2
