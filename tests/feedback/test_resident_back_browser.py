"""The back button after a form was answered, in a real browser: one form is one message, a changed one another."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.stack import PortalStack

pytestmark = pytest.mark.browser

Opener = Callable[..., Page]


@pytest.fixture
def opened(chromium: Browser, shared_portal_stack: PortalStack) -> Iterator[Opener]:
    """``opened()``: the form of a poster in a fresh browser; any console error fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []
    [(code,)] = shared_portal_stack.rows("SELECT code FROM stations_pointcode WHERE revoked_at IS NULL LIMIT 1")

    def opener(**options: Any) -> Page:
        context = chromium.new_context(
            base_url=shared_portal_stack.url, viewport={"width": 390, "height": 844}, locale="en", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        page.goto(f"/p/{code}/")
        return page

    yield opener
    for context in contexts:
        context.close()
    assert faults == []


def _count(stack: PortalStack, content: str) -> int:
    return int(stack.rows("SELECT count(*) FROM feedback_feedback WHERE content = %s", content)[0][0])


def _send(page: Page) -> str:
    page.click(".send button")
    expect(page.locator("#digits")).to_have_text(re.compile(r"(\d{4} ){3}\d{4}"))
    return page.locator("#digits").inner_text()


def _fill_in(page: Page, words: str) -> None:
    page.locator("label.grade").nth(1).click()
    page.fill("[name=content]", words)


@pytest.mark.parametrize("is_loaded_anew", [False, True])
def test_back_and_send_once_more_shows_the_same_receipt(
    opened: Opener, shared_portal_stack: PortalStack, *, is_loaded_anew: bool
) -> None:
    words = f"sent twice, {is_loaded_anew}"
    page = opened()
    _fill_in(page, words)
    receipt = _send(page)
    if is_loaded_anew:  # a phone may have thrown the page away
        page.context.new_cdp_session(page).send("Network.clearBrowserCache")
    page.go_back()
    expect(page.locator("#sent")).to_be_visible()
    assert is_loaded_anew == page.evaluate("performance.getEntriesByType('navigation')[0].transferSize > 0")
    assert page.input_value("[name=content]") == words
    assert _send(page) == receipt
    expect(page.get_by_text("You have sent this already")).to_be_visible()
    assert _count(shared_portal_stack, words) == 1


def test_what_is_changed_after_back_is_a_new_message_with_its_own_receipt(
    opened: Opener, shared_portal_stack: PortalStack
) -> None:
    page = opened()
    _fill_in(page, "first thought")
    receipt = _send(page)
    page.go_back()
    page.fill("[name=content]", "second thought")
    second = _send(page)
    assert second != receipt
    assert [_count(shared_portal_stack, words) for words in ("first thought", "second thought")] == [1, 1]
    page.go_back()
    assert _send(page) == second


@pytest.mark.parametrize("link", ["Write another message", "Start a new form"])
def test_a_new_form_after_an_answer_is_a_new_form(opened: Opener, link: str) -> None:
    page = opened()
    page.locator("label.grade").first.click()
    receipt = _send(page)
    if link == "Start a new form":
        page.go_back()
    page.get_by_role("link", name=link).click()
    expect(page.locator("#sent")).to_be_hidden()
    page.locator("label.grade").first.click()
    assert _send(page) != receipt


def test_a_reloaded_form_is_a_new_form_on_a_phone_that_others_use_too(opened: Opener) -> None:
    page = opened()
    page.locator("label.grade").first.click()
    receipt = _send(page)
    page.go_back()
    page.reload()
    expect(page.locator("#sent")).to_be_hidden()
    page.locator("label.grade").first.click()
    assert _send(page) != receipt


def test_back_and_send_once_more_shows_the_same_receipt_without_javascript(
    opened: Opener, shared_portal_stack: PortalStack
) -> None:
    page = opened(java_script_enabled=False)
    _fill_in(page, "sent twice, plainly")
    receipt = _send(page)
    page.go_back()
    assert page.input_value("[name=content]") == "sent twice, plainly"
    assert _send(page) == receipt
    assert _count(shared_portal_stack, "sent twice, plainly") == 1
