"""The resident's pages in a real browser: without a network, without JavaScript, by keyboard, for every eye."""

import json
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.looking import axe_faults, axe_load
from tests.support.programs import until
from tests.support.stack import PortalStack

pytestmark = pytest.mark.browser

PHONE, DESK = {"width": 360, "height": 780}, {"width": 1280, "height": 800}
Opener = Callable[..., Page]


@pytest.fixture
def opened(chromium: Browser, shared_portal_stack: PortalStack) -> Iterator[Opener]:
    """``opened("/r/", viewport=…)``: a page in a fresh context; any console error fails the test.

    ``with_axe`` loads it into every document, which takes longer than most of the pages.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def opener(path: str, *, with_axe: bool = False, **options: Any) -> Page:
        context = chromium.new_context(
            base_url=shared_portal_stack.url, **({"viewport": PHONE, "locale": "en"} | options)
        )
        contexts.append(context)
        if with_axe:
            axe_load(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        page.goto(path)
        return page

    yield opener
    for context in contexts:
        context.close()
    # The browser itself reports a lost network and the 404 of a wrong receipt; scripts and the policy must be quiet.
    assert not [fault for fault in faults if not re.search(r"ERR_INTERNET_DISCONNECTED|status of 4\d\d", fault)]


@pytest.fixture
def code(shared_portal_stack: PortalStack) -> str:
    """A code that hangs on a poster now."""
    return str(shared_portal_stack.rows("SELECT code FROM stations_pointcode WHERE revoked_at IS NULL LIMIT 1")[0][0])


def _count(stack: PortalStack, content: str) -> int:
    return int(stack.rows(f"SELECT count(*) FROM feedback_feedback WHERE content = '{content}'")[0][0])  # noqa: S608


def _kept(page: Page) -> Any:
    return json.loads(page.evaluate("localStorage.getItem('portal.kept')") or "null")


def test_a_form_sent_without_a_network_is_kept_and_sent_when_it_returns(
    opened: Opener, code: str, shared_portal_stack: PortalStack
) -> None:
    page = opened(f"/p/{code}/")
    page.fill("[name=content]", "kept while away")
    page.locator("label.grade").nth(1).click()
    page.context.set_offline(True)
    page.click(".send button")
    expect(page.locator("#kept")).to_be_visible()
    assert _kept(page)["clientId"]
    assert _count(shared_portal_stack, "kept while away") == 0
    page.context.set_offline(False)
    expect(page.locator("#digits")).to_have_text(re.compile(r"(\d{4} ){3}\d{4}"))
    assert _kept(page) is None
    assert _count(shared_portal_stack, "kept while away") == 1


def test_a_kept_form_is_sent_by_a_later_visit(opened: Opener, code: str, shared_portal_stack: PortalStack) -> None:
    page = opened(f"/p/{code}/")
    page.fill("[name=content]", "kept until tomorrow")
    page.context.set_offline(True)
    page.click(".send button")
    expect(page.locator("#kept")).to_be_visible()
    page.goto("about:blank")
    page.context.set_offline(False)
    page.goto("/p/")
    expect(page.locator("#digits")).to_be_visible()
    assert _count(shared_portal_stack, "kept until tomorrow") == 1


def test_a_kept_form_can_be_deleted_from_a_shared_phone(
    opened: Opener, code: str, shared_portal_stack: PortalStack
) -> None:
    page = opened(f"/p/{code}/")
    page.fill("[name=content]", "nobody may see this")
    page.context.set_offline(True)
    page.click(".send button")
    page.click("#kept [data-forget]")
    expect(page.locator("#kept [data-said]")).to_have_text("Deleted from this phone.")
    page.context.set_offline(False)
    page.wait_for_timeout(300)
    assert _kept(page) is None
    assert _count(shared_portal_stack, "nobody may see this") == 0


def _away(route: Route) -> None:
    route.abort("internetdisconnected")


def _kept_because_the_server_is_away(page: Page, words: str) -> None:
    """The phone's own network is there all the time, so that no event tells when the server is back."""
    page.clock.install()
    page.route("**/healthz/", _away)
    page.fill("[name=content]", words)
    page.click(".send button")
    expect(page.locator("#kept")).to_be_visible()


def test_a_kept_form_is_sent_by_itself_when_the_server_is_back(
    opened: Opener, code: str, shared_portal_stack: PortalStack
) -> None:
    page = opened(f"/p/{code}/")
    _kept_because_the_server_is_away(page, "kept while the server was away")
    with page.expect_request("**/healthz/"):
        page.clock.fast_forward("00:16")
    expect(page.locator("#kept")).to_be_visible()
    page.unroute("**/healthz/")
    page.clock.fast_forward("00:31")
    expect(page.locator("#digits")).to_be_visible()
    assert _kept(page) is None
    assert _count(shared_portal_stack, "kept while the server was away") == 1


def test_a_kept_form_is_asked_for_less_and_less_often(opened: Opener, code: str) -> None:
    page = opened(f"/p/{code}/")
    _kept_because_the_server_is_away(page, "patient")
    asked: list[int] = []
    page.on("requestfailed", lambda request: asked.append(1) if request.url.endswith("/healthz/") else None)
    for _ in range(60):
        page.clock.run_for(10_000)
    assert 4 <= len(asked) <= 7  # after 15, 45, 105, 225, 345 … seconds


def test_a_kept_form_is_never_sent_twice_at_once(opened: Opener, code: str, shared_portal_stack: PortalStack) -> None:
    page = opened(f"/p/{code}/")
    _kept_because_the_server_is_away(page, "one at a time")
    page.unroute("**/healthz/")
    posts: list[Route] = []

    def hold(route: Route) -> None:
        posts.append(route)

    page.route(f"**/p/{code}/**", hold)
    page.click("#kept [data-send]")
    page.clock.fast_forward("00:40")
    page.click("#kept [data-send]")
    page.click(".send button")
    page.wait_for_timeout(500)
    assert len(posts) == 1
    posts[0].continue_()
    expect(page.locator("#digits")).to_be_visible()
    page.wait_for_timeout(300)
    assert len(posts) == 1
    assert _count(shared_portal_stack, "one at a time") == 1


def test_words_that_are_being_written_are_not_swept_away_by_the_answer_to_a_kept_form(
    opened: Opener, code: str, shared_portal_stack: PortalStack
) -> None:
    page = opened(f"/p/{code}/")
    _kept_because_the_server_is_away(page, "half a thought")
    page.fill("[name=content]", "half a thought, and the other half")
    page.unroute("**/healthz/")
    page.clock.fast_forward("00:16")
    page.wait_for_timeout(500)
    assert page.input_value("[name=content]") == "half a thought, and the other half"
    page.click(".send button")
    expect(page.locator("#digits")).to_be_visible()
    assert _count(shared_portal_stack, "half a thought, and the other half") == 1
    assert _count(shared_portal_stack, "half a thought") == 0


def test_a_form_that_was_answered_leaves_nothing_on_the_phone(opened: Opener, code: str) -> None:
    page = opened(f"/p/{code}/")
    page.fill("[name=content]", "answered")
    page.click(".send button")
    expect(page.locator("#digits")).to_be_visible()
    assert _kept(page) is None
    assert page.evaluate("sessionStorage.getItem('portal.typed')") is None
    page.go_back()
    expect(page.locator("#sent")).to_be_visible()


def _sent_with_an_error(page: Page, words: str) -> None:
    page.locator("label.grade").nth(1).click()
    page.fill("[name=content]", words)
    page.fill("[name=phone]", "123")
    page.check("[name=no_call]")
    page.click(".send button")
    expect(page.locator("#problem")).to_be_visible()


def _read_the_rights_and_come_back(page: Page) -> None:
    page.get_by_role("link", name="All about your data and your rights").click()
    expect(page.locator("form#voice")).to_have_count(0)
    page.go_back()


def _assert_filled_in(page: Page, words: str) -> None:
    assert page.input_value("[name=content]") == words
    assert page.input_value("[name=phone]") == "123"
    assert page.locator("[name=service_rating]").nth(1).is_checked()
    assert page.is_checked("[name=no_call]")


def test_what_an_error_page_still_holds_is_there_after_the_back_button_too(opened: Opener, code: str) -> None:
    page = opened(f"/p/{code}/")
    _sent_with_an_error(page, "not to be lost")
    client_id = page.input_value("[name=client_id]")
    _read_the_rights_and_come_back(page)
    _assert_filled_in(page, "not to be lost")
    assert page.input_value("[name=client_id]") == client_id
    assert _kept(page) is None  # nothing with an error in it is sent by a later visit


def test_what_was_corrected_on_an_error_page_is_there_however_often_one_goes_back(opened: Opener, code: str) -> None:
    page = opened(f"/p/{code}/")
    _sent_with_an_error(page, "first words")
    page.fill("[name=content]", "better words")
    for _ in range(2):
        _read_the_rights_and_come_back(page)
        _assert_filled_in(page, "better words")


def test_what_was_typed_before_a_switch_of_language_is_there_after_the_back_button(opened: Opener, code: str) -> None:
    page = opened(f"/p/{code}/?lang=zh-hans")
    page.fill("[name=content]", "before the switch")
    page.get_by_role("button", name="English").click()
    _read_the_rights_and_come_back(page)
    assert page.input_value("[name=content]") == "before the switch"


def test_a_new_form_in_the_same_tab_holds_nothing_of_the_last_one(opened: Opener, code: str) -> None:
    page = opened(f"/p/{code}/")
    _sent_with_an_error(page, "of somebody else")
    page.goto(f"/p/{code}/?lang=en")
    assert page.input_value("[name=content]") == ""
    assert page.evaluate("sessionStorage.getItem('portal.typed')") is None


def _chosen(page: Page) -> Any:
    return page.evaluate("(({type, size}) => ({type, size}))(document.querySelector('[name=photos]').files[0])")


def test_photos_are_made_smaller_before_they_travel(
    opened: Opener, code: str, shared_portal_stack: PortalStack
) -> None:
    out = BytesIO()
    Image.effect_noise((2400, 1200), 80).convert("RGB").save(out, "PNG")
    page = opened(f"/p/{code}/")
    photo: Any = {"name": "street.png", "mimeType": "image/png", "buffer": out.getvalue()}
    page.set_input_files("[name=photos]", [photo])
    until(lambda: _chosen(page)["type"] == "image/jpeg", seconds=20)
    assert _chosen(page)["size"] < len(out.getvalue()) / 2
    page.fill("[name=content]", "with a photo")
    page.click(".send button")
    expect(page.locator("#digits")).to_be_visible()
    sizes = shared_portal_stack.rows(
        "SELECT width, height FROM feedback_attachment a JOIN feedback_feedback f ON f.id = a.feedback_id"
        " WHERE content = 'with a photo'"
    )
    assert sizes == [(1600, 800)]


def test_everything_works_without_javascript(opened: Opener, code: str, shared_portal_stack: PortalStack) -> None:
    page = opened(f"/p/{code}/", java_script_enabled=False)
    page.fill("[name=content]", "plain and simple")
    page.get_by_role("button", name="中文").click()
    assert page.input_value("[name=content]") == "plain and simple"
    page.get_by_role("button", name="English").click()
    page.get_by_role("button", name="Large type").click()
    page.locator("label.grade").nth(4).click()
    page.click(".send button")
    receipt = page.locator("#digits").inner_text()
    assert _count(shared_portal_stack, "plain and simple") == 1
    page.get_by_role("link", name="Look up a receipt").click()
    page.fill("[name=receipt]", receipt)
    page.get_by_role("button", name="Look it up").click()
    page.fill("[name=content]", "one more thing")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("What you added has arrived.")).to_be_visible()
    page.get_by_role("button", name="Withdraw my message").click()
    page.get_by_role("button", name="Yes, withdraw it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Withdrawn")
    assert "elder" in page.url
    assert re.sub(r"\D", "", receipt) not in re.sub(r"\D", "", page.url)


def test_the_form_is_filled_in_and_sent_by_keyboard_alone(
    opened: Opener, code: str, shared_portal_stack: PortalStack
) -> None:
    page = opened(f"/p/{code}/")
    page.focus("[name=service_rating] >> nth=0")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.focus("[name=content]")
    page.keyboard.type("by keyboard")
    page.focus("[name=phone]")
    page.keyboard.press("Enter")  # sends the form, and is not taken for the switch of language on top of it
    expect(page.locator("#digits")).to_be_visible()
    rows = shared_portal_stack.rows("SELECT service_rating FROM feedback_feedback WHERE content = 'by keyboard'")
    assert rows == [(4,)]


def test_a_choice_can_be_taken_back(opened: Opener, code: str) -> None:
    page = opened(f"/p/{code}/")
    page.locator("label.grade").first.click()
    page.get_by_role("button", name="Clear my choice").first.click()
    assert page.locator("[name=service_rating]:checked").count() == 0


PAGES = ["/", "/p/", "/p/NOPE/", "/r/", "/privacy/", "/privacy/children/", "/nothing/"]


def _assert_easy_on_the_eye(page: Page) -> None:
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


# What tests/browser/test_accessibility.py does not look at: other languages and sizes of type than it takes.
@pytest.mark.parametrize("query", ["?lang=en", "?lang=zh-hans&elder=1"])
def test_axe_finds_nothing_on_any_page(opened: Opener, query: str) -> None:
    page = opened("/", viewport=DESK, with_axe=True)
    for path in PAGES:
        page.goto(path + query)
        _assert_easy_on_the_eye(page)


def test_axe_finds_nothing_on_errors_answers_and_receipts(opened: Opener, code: str) -> None:
    query = "?lang=en&elder=2"
    page = opened(f"/p/{code}/{query}", with_axe=True)
    page.fill("[name=content]", "有人拿刀砍人，快来救命")
    page.fill("[name=phone]", "123")
    page.click(".send button")
    expect(page.locator("#problem")).to_be_visible()
    _assert_easy_on_the_eye(page)
    page.fill("[name=phone]", "13812345678")
    page.check("[name=contact_consent]")
    page.click(".send button")
    expect(page.locator("#digits")).to_be_visible()
    _assert_easy_on_the_eye(page)
    page.click("button.button[form=again]")
    expect(page.locator("#history-title")).to_be_visible()
    _assert_easy_on_the_eye(page)
    page.click("form[action*=withdraw] button")
    _assert_easy_on_the_eye(page)
    page.goto(f"/r/{query}")
    page.fill("[name=receipt]", "1234")
    page.click("main .button")
    expect(page.locator(".error")).to_be_visible()
    _assert_easy_on_the_eye(page)


LINES = """part => {
  const text = part.firstChild, tops = [];
  for (const group of text.data.matchAll(/\\S+/g)) {
    const range = document.createRange();
    range.setStart(text, group.index);
    range.setEnd(text, group.index + group[0].length);
    tops.push(...new Set([...range.getClientRects()].map(box => Math.round(box.top))));
  }
  return [...new Set(tops)].map(top => tops.filter(one => one === top).length);
}"""


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_large_type_breaks_a_receipt_in_its_middle_and_a_reference_nowhere(
    opened: Opener, code: str, size: int, width: int
) -> None:
    page = opened(f"/p/{code}/?lang=zh-hans&elder={size}", viewport={"width": width, "height": 844})
    page.locator("label.grade").first.click()
    page.click(".send button")
    assert page.locator("#digits").evaluate(LINES) == [2, 2]
    assert page.locator(".number").evaluate(LINES) == [1]
    page.click("button.button[form=again]")
    receipt, reference = page.locator(".number").all()
    assert receipt.evaluate(LINES) in ([4], [2, 2])
    assert reference.evaluate(LINES) == [1]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"


@pytest.mark.parametrize(("width", "lines"), [(320, [2, 2]), (360, [4]), (390, [4])])
def test_standard_type_shows_a_receipt_on_one_line_or_breaks_it_in_its_middle(
    opened: Opener, code: str, width: int, lines: list[int]
) -> None:
    page = opened(f"/p/{code}/", viewport={"width": width, "height": 844})
    page.locator("label.grade").first.click()
    page.click(".send button")
    assert page.locator("#digits").evaluate(LINES) == lines


TOO_SMALL = """least => [...document.querySelectorAll('a, button, input:not([type=hidden]), textarea, label.check')]
  .filter(part => !part.matches('.skip, .default, label input') && !part.closest('[hidden]'))
  .map(part => [part, part.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.height < least - 0.5 || box.width < least - 0.5))
  .map(([part]) => part.outerHTML)"""
TOO_FINE = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), fine = [];
  while (walk.nextNode()) {
    const part = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || part.closest('[hidden], .default, .skip, svg')) continue;
    if (parseFloat(getComputedStyle(part).fontSize) < 18) fine.push(part.outerHTML);
  }
  return fine;
}"""


@pytest.mark.parametrize(("query", "least"), [("?lang=en", 44), ("?lang=zh-hans&elder=1", 60)])
def test_a_thumb_finds_every_target(opened: Opener, query: str, least: int) -> None:
    page = opened("/")
    for path in PAGES:
        page.goto(path + query)
        assert page.evaluate(TOO_SMALL, least) == []


def test_elder_mode_has_no_letter_below_18_pixels_and_grows_to_30(opened: Opener) -> None:
    page = opened("/")
    for path in PAGES:
        page.goto(f"{path}?lang=zh-hans&elder=1")
        assert page.evaluate(TOO_FINE) == []
    page.goto("/p/?elder=3")
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "30px"
