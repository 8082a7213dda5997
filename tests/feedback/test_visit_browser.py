"""A visit at a door without a signal, in a real browser: nothing typed is lost, nothing is stored twice."""

import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.stack import PortalStack

pytestmark = pytest.mark.browser

_LOGIN = """
from accounts.models import Role
from tests.feedback.queue_cast import logged_in, officer, two_points
print(logged_in(officer(Role.STATION_OFFICER, two_points()[0].station)).cookies["sessionid"].value)
"""


class Door:
    """A phone with the form of a visit open, and what this visit says that no other one does."""

    def __init__(self, page: Page, portal: PortalStack) -> None:
        self.page = page
        self.portal = portal
        self.first, self.second = f"门口路灯不亮{uuid.uuid4()}", f"狗太多{uuid.uuid4()}"

    def fill(self) -> None:
        self.page.select_option("[name=point]", index=1)
        self.page.check("[name=place][value=shop]")
        self.page.fill("[name=reached]", "7")
        self.page.fill("[name=opinion-0-content]", self.first)
        self.page.click("[name=add]")
        self.page.fill("[name=opinion-1-content]", self.second)

    def stored(self) -> list[tuple[str, int]]:
        """What was said here as it is in the database, each with the number of its visit."""
        told = "SELECT content, visit_id FROM feedback_feedback WHERE content IN (%s, %s) ORDER BY id"
        return [(content, visit) for content, visit in self.portal.rows(told, self.first, self.second)]


@pytest.fixture(scope="module")
def session(shared_portal_stack: PortalStack) -> str:
    """The login of a station's officer."""
    return shared_portal_stack.manage("shell", "--no-imports", "-c", _LOGIN).stdout.split()[-1]


@pytest.fixture
def door(shared_portal_stack: PortalStack, chromium: Browser, session: str) -> Iterator[Door]:
    office = f"{shared_portal_stack.url}/office/"
    context = chromium.new_context(viewport={"width": 390, "height": 800}, locale="en")
    context.add_cookies([{"name": "sessionid", "value": session, "url": office}])
    page = context.new_page()
    page.goto(f"{office}visits/log/?lang=en")
    yield Door(page, shared_portal_stack)
    context.close()


def test_a_visit_saved_without_a_signal_is_sent_once_the_signal_is_back(door: Door) -> None:
    page = door.page
    door.fill()
    page.context.set_offline(True)
    page.click("[data-save]")
    page.wait_for_selector("[data-unsent]:visible")
    assert "1 visit is kept on this device" in page.inner_text("[data-unsent]")
    assert page.input_value("[name=opinion-0-content]") == ""
    assert door.stored() == []
    page.context.set_offline(False)
    page.wait_for_selector("[data-sent]:visible")
    assert not page.is_visible("[data-unsent]")
    (first, visit), (second, same_visit) = door.stored()
    assert (first, second, visit) == (door.first, door.second, same_visit)
    assert page.evaluate("localStorage.length") == 0


def test_the_list_shows_a_visit_that_was_sent_by_itself_and_says_so_once(door: Door) -> None:
    page = door.page
    door.fill()
    page.context.set_offline(True)
    page.click("[data-save]")
    page.wait_for_selector("[data-unsent]:visible")
    kept = page.evaluate("JSON.stringify(localStorage)")
    page.context.set_offline(False)
    page.wait_for_selector("[data-sent]:visible")
    assert "has been sent" in page.inner_text("[data-sent]")
    page.goto(page.url.replace("/log/", "/"))
    before = page.locator("tbody tr").count()
    assert "stored" not in page.inner_text("main")
    page.evaluate("kept => Object.assign(localStorage, JSON.parse(kept.replace(/[0-9a-f]{8}-/, '00000000-')))", kept)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_selector("[data-sent]:visible")
    assert page.locator("tbody tr").count() == before + 1
    page.reload()
    assert not page.is_visible("[data-sent]")


def test_a_visit_saved_at_once_says_so_on_its_own_page_and_nowhere_else(door: Door) -> None:
    page = door.page
    door.fill()
    page.click("[data-save]")
    page.wait_for_url(re.compile(r"/office/visits/\d+/$"))
    assert "The visit is stored. 2 opinions stored." in page.inner_text("[data-sent]")
    page.goto(f"{door.portal.url}/office/visits/")
    assert "The visit is stored." not in page.inner_text("main")


def test_what_was_begun_is_there_again_after_the_page_was_closed(door: Door) -> None:
    page = door.page
    door.fill()
    number = page.input_value("[name=client_id]")
    page.reload()
    assert page.is_visible("[data-restored]")
    assert page.input_value("[name=opinion-1-content]") == door.second
    assert page.input_value("[name=client_id]") == number
    page.click("[data-save]")
    page.wait_for_url(re.compile(r"/office/visits/\d+/$"))
    assert [content for content, _visit in door.stored()] == [door.first, door.second]
    assert door.first not in page.content()


def test_what_the_office_refuses_comes_back_with_the_reason(door: Door) -> None:
    page = door.page
    door.fill()
    page.evaluate("document.querySelector('[name=visited_on]').removeAttribute('max')")
    page.fill("[name=visited_on]", "2099-01-01")
    page.click("[data-save]")
    page.wait_for_selector(".error-summary")
    assert page.input_value("[name=opinion-1-content]") == door.second
    assert not page.is_visible("[data-unsent]")
    assert door.stored() == []


def test_words_of_danger_warn_before_anything_is_saved(door: Door) -> None:
    door.page.fill("[name=opinion-0-content]", "他正拿刀砍人，救命")
    door.page.locator("[name=opinion-0-content]").blur()
    door.page.wait_for_selector("[data-danger]:visible")
    assert "110" in door.page.inner_text("[data-danger]")
