"""In a real browser: what is typed into a long form survives the end of the session, and an idle screen is left."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.accounts.cast import PASSWORD
from tests.support.programs import until
from tests.support.stack import PortalStack

pytestmark = pytest.mark.browser
ACCOUNT = "drafts"
_MAKE = f"""
from accounts.models import Officer, Role
from tests.accounts.cast import officer
Officer.objects.filter(username="{ACCOUNT}").exists() or officer(Role.SYSTEM_ADMIN, "{ACCOUNT}")
"""


@pytest.fixture(scope="module")
def office(shared_portal_stack: PortalStack) -> str:
    """The address of an office in which the account stands."""
    shared_portal_stack.manage("shell", "--no-imports", "-c", _MAKE)
    return f"{shared_portal_stack.url}/office/"


@pytest.fixture
def page(chromium: Browser, office: str) -> Iterator[Page]:
    """A screen in English with the form of a new account open."""
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{office}officers/new/")
    _log_in(page)
    yield page
    context.close()


def _log_in(page: Page) -> None:
    page.get_by_label("Account").fill(ACCOUNT)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="New account")).to_be_visible()


def _fill(page: Page) -> None:
    page.get_by_label("Account", exact=True).fill("110077")
    page.get_by_label("Full name").fill("Sun Li")
    page.get_by_label("Unit").select_option(index=3)


def _typed(page: Page) -> list[str]:
    return [page.locator(f"#id_{name}").input_value() for name in ("username", "name", "unit")]


def _drafts(page: Page) -> list[str]:
    """The names of the drafts kept in this tab."""
    keys: list[str] = page.evaluate("Object.keys(sessionStorage)")
    return [key for key in keys if key.startswith("draft:")]


def _end_sessions(portal: PortalStack) -> None:
    portal.rows("DELETE FROM django_session")


def test_a_form_sent_too_late_comes_back_filled_after_the_login(page: Page, shared_portal_stack: PortalStack) -> None:
    _fill(page)
    typed = _typed(page)
    _end_sessions(shared_portal_stack)
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_text("after 30 minutes of rest")).to_be_visible()
    _log_in(page)
    assert _typed(page) == typed
    expect(page.get_by_text("What you typed before is back in the form.")).to_be_visible()
    page.get_by_role("button", name="Discard it").click()
    assert _typed(page) == ["", "", ""]
    page.reload()
    assert _typed(page) == ["", "", ""]


def test_a_draft_goes_when_its_form_was_taken_and_when_its_owner_logs_out(page: Page) -> None:
    _fill(page)
    page.get_by_label("Account", exact=True).fill("110078")
    page.get_by_role("button", name="Make the account").click()
    expect(page.locator(".secret")).to_be_visible()
    until(lambda: not _drafts(page), seconds=5)
    page.goto(page.url)
    page.get_by_label("Full name").fill("Somebody")
    page.locator("details.menu summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You have logged out.")).to_be_visible()
    until(lambda: not _drafts(page), seconds=5)


def test_no_draft_ever_holds_a_password(page: Page, office: str) -> None:
    _fill(page)
    assert "csrf" not in page.evaluate("JSON.stringify(sessionStorage)")
    page.goto(f"{office}password/")
    page.get_by_label("Present password").fill("Secret-Word-1")
    assert "Secret-Word-1" not in page.evaluate("JSON.stringify(sessionStorage)")


def test_a_screen_left_alone_goes_to_the_login_page_and_work_keeps_it_open(page: Page) -> None:
    page.clock.install()
    page.reload()
    page.clock.run_for(25 * 60 * 1000)
    page.get_by_label("Full name").fill("Sun Li")
    with page.expect_response(re.compile("/office/awake/")):
        page.clock.run_for(60 * 1000)
    page.clock.run_for(20 * 60 * 1000)
    expect(page.get_by_label("Full name")).to_have_value("Sun Li")
    page.context.clear_cookies(name="sessionid")
    page.clock.fast_forward(11 * 60 * 1000)
    page.wait_for_url(re.compile(r"/office/login/\?rest=1&next=%2Foffice%2Fofficers%2Fnew%2F$"))


def test_the_slash_key_finds_the_search_field_and_escape_closes_the_menu(page: Page, office: str) -> None:
    page.goto(f"{office}officers/")
    page.keyboard.press("/")
    expect(page.locator("#id_q")).to_be_focused()
    page.locator("details.menu summary").click()
    page.keyboard.press("Escape")
    expect(page.locator("details.menu")).not_to_have_attribute("open", "")
