"""The loop, walked by seven kinds of user: from a confirmed voice to a signed notice and back to the resident.

A resident, the centre, an officer and the head of the unit, a custodian, the discipline office and a leader, each at a
screen of their own; SMS go through a real carrier, simulated, and are answered on its phone. One story, in order.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pypdfium2
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from followup.sms.hours import NIGHT, may_call
from opinion_portal import clock
from tests.browser import loop_story as said
from tests.browser.loop_story import Loop
from tests.browser.pictures import picture_folder, picture_take
from tests.browser.things import phone_photo
from tests.browser.visitors import PHONE, Visitors, zh
from tests.followup.carriers import CarrierProgram, provider_config
from tests.support.programs import until
from tests.support.stack import PortalStack, running_stack

pytestmark = pytest.mark.browser
HOOK_TOKEN = "a-token-of-the-tests-alone"
_MINUTE = "%Y-%m-%dT%H:%M"


# The portal with its carrier, and who sits where ------------------------------------------------------------------
@pytest.fixture(scope="module")
def carrier(tmp_path_factory: pytest.TempPathFactory) -> CarrierProgram:
    """Started with the portal, whose address it has to know."""
    return CarrierProgram(tmp_path_factory.mktemp("carrier"))


@pytest.fixture(scope="module")
def portal(carrier: CarrierProgram) -> Iterator[PortalStack]:
    def with_carrier(stack: PortalStack) -> None:
        hooks = f"{stack.url}/hooks/sms/{HOOK_TOKEN}"
        carrier.environment |= {"CARRIER_REPORT_URL": f"{hooks}/report/", "CARRIER_REPLY_URL": f"{hooks}/reply/"}
        carrier.start()
        # By day and by night, because tests run at any hour; the hours themselves have tests of their own.
        hours = {"SMS_HOURS": "00:00-24:00", "SMS_DUTY_HOURS": "00:00-24:00", "SMS_WEBHOOK_TOKEN": HOOK_TOKEN}
        stack.settings |= provider_config("simulated", carrier.port) | hours

    try:
        with running_stack(beat=True, prepare=with_carrier) as stack:
            yield stack
    finally:
        carrier.stop()


@pytest.fixture(scope="module")
def loop(portal: PortalStack) -> Loop:
    return Loop(portal)


@pytest.fixture(scope="module")
def phone(visitors: Visitors) -> BrowserContext:
    return visitors.context(**PHONE)


@pytest.fixture(scope="module")
def sms(chromium: Browser, carrier: CarrierProgram) -> Iterator[Page]:
    """The resident's phone as the carrier shows it."""
    context = chromium.new_context(base_url=carrier.url, locale="zh-CN")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


class Desks:
    """One page for each post, opened when it is first asked for."""

    def __init__(self, visitors: Visitors) -> None:
        self._visitors, self._pages = visitors, dict[str, Page]()

    def __call__(self, post: str) -> Page:
        if post not in self._pages:
            self._pages[post] = self._visitors.desk(post).new_page()
        return self._pages[post]


@pytest.fixture(scope="module")
def at(visitors: Visitors) -> Desks:
    return Desks(visitors)


# The story ---------------------------------------------------------------------------------------------------------
def test_a_resident_complains_and_leaves_a_number(phone: BrowserContext, loop: Loop) -> None:
    page = phone.new_page()
    page.goto(loop.link())
    page.get_by_role("radio", name=zh("Dissatisfied"), exact=True).check()
    page.get_by_role("radio", name=zh("Request for help")).check()
    page.get_by_label(zh("What do you want to tell us?")).fill(said.COMPLAINT)
    page.get_by_label(zh("Phone number")).fill(said.PHONE)
    page.locator("[name=contact_consent]").check()
    page.get_by_role("button", name=zh("Send"), exact=True).last.click()
    loop.receipt = "".join(page.locator("#digits").inner_text().split())
    page.close()


def test_the_centre_confirms_it_and_dispatches_what_names_nobody(at: Desks, loop: Loop) -> None:
    centre = at("centre")
    loop.wait_until_classified()
    centre.goto(f"/office/feedback/{loop.feedback}/")
    panel = _opened(centre, "#decide-confirmed")
    others = panel.locator(".other-items")
    if others.get_attribute("open") is None:
        others.locator("> summary").click()
    panel.locator(f"[name=item][value={said.ITEM}]").last.check()
    panel.locator("[name=kind][value=help]").check()
    panel.locator("[name=about][value=none]").check()
    panel.get_by_role("button", name=zh("Confirm")).click()
    centre.goto(f"/office/matters/dispatch/?feedback={loop.feedback}")
    brief = centre.locator("[name=brief]")
    for secret in said.NUMBERS:
        expect(brief).not_to_have_value(re.compile(secret))
    brief.fill(said.BRIEF)
    centre.locator("[name=title]").fill(said.TITLE)
    centre.locator("[name=lead_unit]").select_option(label=loop.unit_name())
    _tick_if_asked(centre.locator("[name=brief_is_checked]"))
    centre.get_by_role("button", name=zh("Dispatch"), exact=True).last.click()
    expect(centre.get_by_role("heading", level=1)).to_have_text(said.TITLE)
    loop.matter = int(centre.url.rstrip("/").rsplit("/", 1)[1])


def test_the_officer_of_the_unit_signs_notes_and_shows_what_was_done(at: Desks, loop: Loop) -> None:
    officer = at("station_officer")
    officer.goto("/office/matters/")
    officer.get_by_role("link", name=re.compile(loop.reference)).first.click()
    for secret in said.SECRETS:
        assert secret not in officer.content()
    _move(officer, "acknowledge")
    _move(officer, "progress", note=said.PROGRESS)
    officer.locator("#form-evidence [name=evidence]").set_input_files(phone_photo())
    officer.get_by_role("button", name=zh("Add evidence")).click()
    expect(officer.locator("#evidence")).to_contain_text("IMG_0001.jpg")
    expect(officer.locator(".history")).to_contain_text(said.PROGRESS)
    expect(officer.locator("#move-submit")).to_have_count(0)


def test_the_head_answers_and_the_centre_passes_it(at: Desks, loop: Loop) -> None:
    head, centre = at("unit_head"), at("centre")
    head.goto(f"/office/matters/{loop.matter}/")
    _move(head, "submit", result=said.RESULT)
    centre.goto(f"/office/matters/{loop.matter}/")
    _move(centre, "pass", public_reply=said.REPLY)
    assert loop.matter_state() == "following_up"


def test_the_resident_is_asked_by_sms_which_tells_nothing_and_answers_that_nothing_is_solved(
    sms: Page, loop: Loop
) -> None:
    until(lambda: _messages(sms) == 1, seconds=60)
    asked = sms.locator(".talk li.got").last
    for word in ("烧烤", said.TITLE, *said.SECRETS):
        expect(asked).not_to_contain_text(word)
    sms.locator("[name=text]").fill(said.ANSWER)
    sms.get_by_role("button", name=re.compile("发送")).click()
    until(lambda: loop.matter_state() == "handling", seconds=60)


def test_the_unit_reads_why_it_is_open_again_and_old_evidence_does_not_do(at: Desks, loop: Loop) -> None:
    head = at("unit_head")
    head.goto(f"/office/matters/{loop.matter}/")
    expect(head.locator(".history")).to_contain_text(said.STILL)
    expect(head.locator("#evidence")).to_contain_text(zh("From before the unit was asked anew"))


def test_the_centre_asks_for_the_number_and_a_custodian_approves(at: Desks, loop: Loop) -> None:
    centre, custodian = at("centre"), at("custodian")
    centre.goto("/office/call-backs/")
    _row_of(centre, loop.feedback_reference).locator(".row-link").click()
    centre.get_by_role("link", name=zh("Ask for the number")).click()
    centre.locator("[name=reason]").first.check()
    centre.locator("[name=reason_text]").fill(said.WHY_OPEN)
    centre.get_by_role("button", name=zh("Ask the custodian")).click()
    custodian.goto("/office/openings/")
    custodian.get_by_role("link", name=re.compile(loop.feedback_reference)).first.click()
    assert said.PHONE not in custodian.content()
    custodian.get_by_role("button", name=zh("Approve for 24 hours")).click()
    centre.goto("/office/openings/")
    centre.get_by_role("link", name=re.compile(loop.feedback_reference)).first.click()
    centre.get_by_role("button", name=zh("Show the number")).click()
    expect(centre.locator(".shown-number")).to_have_text(said.PHONE)


def test_the_centre_calls_and_logs_what_was_said(at: Desks, loop: Loop) -> None:
    centre = at("centre")
    # Owed since yesterday, so that there was an hour of the day to call in.
    loop.portal.rows("UPDATE followup_callback SET created_at = created_at - interval '1 day'")
    centre.goto("/office/call-backs/")
    _row_of(centre, loop.feedback_reference).locator(".row-link").click()
    centre.locator("[name=result][value=reached]").check()
    centre.locator("[name=called_at]").fill(_last_hour_to_call().strftime(_MINUTE))
    centre.locator("[name=answer][value=dissatisfied]").check()
    centre.locator("[name=is_solved][value=no]").check()
    centre.locator("[name=comment]").fill(said.ON_THE_PHONE)
    centre.get_by_role("button", name=zh("Log it")).click()
    assert loop.portal.rows("SELECT state FROM followup_callback") == [("reached",)]


def test_centre_discipline_and_leader_draft_review_and_sign_a_notice(at: Desks, loop: Loop) -> None:
    centre, discipline, leader = at("centre"), at("discipline"), at("leader")
    centre.goto(f"/office/matters/{loop.matter}/")
    centre.get_by_role("link", name=zh("Draft an interview notice")).click()
    for name, words in said.notice(clock.now()).items():
        centre.locator(f"[name={name}]").fill(words)
    centre.get_by_role("button", name=zh("Store the draft")).click()
    expect(centre.get_by_role("heading", level=1)).to_contain_text(zh("Draft"))
    loop.notice = int(centre.url.rstrip("/").rsplit("/", 1)[1])
    centre.goto(f"/office/notices/{loop.notice}/")
    assert centre.get_by_role("link", name=zh("Sign")).count() == 0
    _notice_move(discipline, loop, "review")
    _notice_move(leader, loop, "sign")
    expect(leader.get_by_role("heading", level=1)).to_contain_text(re.compile(r"〔\d{4}〕1号"))


def test_its_papers_say_so_and_name_no_resident(at: Desks, loop: Loop, tmp_path: Path) -> None:
    leader = at("leader")
    leader.goto(f"/office/notices/{loop.notice}/")
    papers = {form: _downloaded(leader, f"/office/notices/{loop.notice}/notice.{form}") for form in ("pdf", "docx")}
    document = pypdfium2.PdfDocument(papers["pdf"])
    printed = "".join(page.get_textpage().get_text_range() for page in document).replace("\r\n", "")
    written = ZipFile(BytesIO(papers["docx"])).read("word/document.xml").decode()
    for text in (printed, re.sub("<[^>]+>", "", written)):
        assert "1号" in text
        assert said.PLACE in text
        for secret in said.SECRETS:
            assert secret not in text


def test_the_head_signs_for_it_and_hands_in_a_plan_after_the_interview(at: Desks, loop: Loop) -> None:
    head, centre = at("unit_head"), at("centre")
    _notice_move(head, loop, "sign-for")
    held = _local(clock.now()).strftime(_MINUTE)
    _notice_move(centre, loop, "hold", interviewer="示例局领导", talk=said.TALK, began_at=held)
    _notice_move(head, loop, "plan", text=said.PLAN)
    expect(head.get_by_text(said.PLAN)).to_be_visible()


def test_the_resident_reads_the_whole_way_and_who_saw_the_number(phone: BrowserContext, loop: Loop) -> None:
    page = phone.new_page()
    page.goto("/r/")
    page.locator("[name=receipt]").first.fill(loop.receipt)
    page.locator("main form").get_by_role("button").click()
    expect(page.locator("main")).to_contain_text(loop.unit_name())
    expect(page.locator("main")).to_contain_text(said.WHY_OPEN)
    expect(page.locator(".reply")).to_contain_text(zh("The answer so far"))
    assert said.COMPLAINT not in page.content()
    page.close()


def test_the_dashboard_counts_matter_answer_and_notice_with_their_n(at: Desks, loop: Loop) -> None:
    leader = at("leader")
    loop.wait_until_counted()
    leader.goto("/office/dashboard/")
    for words in ("Matters", "Interview notices"):
        expect(leader.get_by_role("heading", name=zh(words), exact=True)).to_be_visible()
    expect(leader.locator(".table-rates")).to_contain_text("n = 1")


def test_the_readme_has_its_pictures_of_the_loop(at: Desks, loop: Loop, tmp_path: Path) -> None:
    """With ``WRITE_SCREENSHOTS=1`` they go into the README; else they are only taken."""
    folder = picture_folder(tmp_path)
    centre = at("centre")
    centre.goto(f"/office/matters/{loop.matter}/")
    picture_take(centre, folder / "matter.png")
    paper = pypdfium2.PdfDocument(_downloaded(centre, f"/office/notices/{loop.notice}/notice.pdf"))
    paper[0].render(scale=1.2).to_pil().quantize(16).save(folder / "notice.png")
    for name in ("matter.png", "notice.png"):
        assert 20_000 < (folder / name).stat().st_size <= 200 * 1024


def test_the_books_are_right(portal: PortalStack) -> None:
    assert "is whole" in portal.manage("verify_audit").stdout
    assert "equal the source rows" in portal.manage("verify_tallies").stdout
    assert said.PHONE not in portal.log_text()


# Handles -----------------------------------------------------------------------------------------------------------
def _opened(page: Page, selector: str) -> Locator:
    details = page.locator(selector)
    if details.get_attribute("open") is None:
        details.locator("> summary").click()
    return details


def _move(page: Page, name: str, **fields: str) -> None:
    """Fill in and send the form of one move on a matter's page."""
    act = _opened(page, f"#move-{name}")
    for field, words in fields.items():
        act.locator(f"[name={field}]").fill(words)
    act.locator(".form-actions").get_by_role("button").click()
    expect(page.get_by_role("status").first).to_be_visible()


def _notice_move(page: Page, loop: Loop, move: str, **fields: str) -> None:
    """Fill in and send the page of one move of the notice."""
    page.goto(f"/office/notices/{loop.notice}/{move}/")
    for field, words in fields.items():
        page.locator(f"[name={field}]").fill(words)
    page.locator("aside .form-actions").get_by_role("button").click()
    page.wait_for_url(re.compile(rf"/office/notices/{loop.notice}/$"))


def _row_of(page: Page, words: str) -> Locator:
    return page.get_by_role("row").filter(has_text=words)


def _tick_if_asked(box: Locator) -> None:
    if box.count():
        box.check()


def _messages(sms: Page) -> int:
    """How many SMS the resident's phone shows now."""
    sms.goto(f"/phone/{said.PHONE}")
    return sms.locator(".talk li.got").count()


def _downloaded(page: Page, address: str) -> bytes:
    return page.context.request.get(address).body()


def _local(moment: datetime) -> datetime:
    return moment.astimezone(clock.BUREAU_ZONE)


def _last_hour_to_call() -> datetime:
    """Now; in the night the last minutes before it."""
    now = _local(clock.now())
    if may_call(now):
        return now
    evening = datetime.combine(now.date(), NIGHT[0], tzinfo=now.tzinfo)
    return (evening if now.time() >= NIGHT[0] else evening - timedelta(days=1)) - timedelta(minutes=5)
