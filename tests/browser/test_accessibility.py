"""Every page, at phone and desktop width, for everybody: axe finds nothing, nothing sticks out, fingers find their
targets."""

import json

import pytest
from django.conf import settings
from playwright.sync_api import Page, Response

from tests.browser.looking import DESK_WIDTH, ELDER_TARGET, PHONE_WIDTH, TARGET, axe_load, faults_of
from tests.browser.places import ERRORS, OFFICE, RESIDENT, Names, Place
from tests.browser.visitors import Visitors
from tests.browser.watching import Watch
from tests.support.stack import PortalStack

pytestmark = pytest.mark.browser

BOTH = (PHONE_WIDTH, DESK_WIDTH)
PLAY = "from tests.browser.morning import play; play()"


@pytest.fixture(scope="module")
def names(portal: PortalStack, visitors: Visitors) -> Names:
    """What a morning has left in the portal; there are officers by then."""
    printed = portal.manage("shell", "--no-imports", "-c", PLAY).stdout
    return {"query": "", **json.loads(printed.splitlines()[-1])}


class Desks:
    """One page for each post (and one for whoever is logged in nowhere), with axe in it."""

    def __init__(self, visitors: Visitors, names: Names) -> None:
        self.visitors, self.names = visitors, names
        self._pages: dict[str, Page] = {}

    def page(self, post: str) -> Page:
        if post not in self._pages:
            context = self.visitors.context(reduced_motion="reduce")
            axe_load(context)
            if post:
                address = f"{self.visitors.portal.url}{settings.SESSION_COOKIE_PATH}"
                session = str(self.names[f"session_{post}"])
                context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])
            self._pages[post] = context.new_page()
        return self._pages[post]


@pytest.fixture(scope="module")
def desks(visitors: Visitors, names: Names) -> Desks:
    return Desks(visitors, names)


@pytest.fixture
def stranger(desks: Desks) -> Page:
    return desks.page("")


def _arrive(page: Page, place: Place, names: Names, watch: Watch) -> None:
    statuses: list[int] = []

    def note(answer: Response) -> None:
        if answer.request.is_navigation_request():
            statuses.append(answer.status)

    page.on("response", note)
    with watch.allowing(f"status of {place.status}"):
        place.arrive(page, names)
    page.remove_listener("response", note)
    assert statuses[-1] == place.status


@pytest.mark.parametrize("place", RESIDENT, ids=str)
def test_a_residents_page_is_open_to_everybody(stranger: Page, names: Names, watch: Watch, place: Place) -> None:
    _arrive(stranger, place, names, watch)
    assert faults_of(stranger, BOTH, least_target=TARGET) == []


@pytest.mark.parametrize("place", RESIDENT, ids=str)
def test_a_residents_page_in_the_largest_type_is_open_to_everybody(
    stranger: Page, names: Names, watch: Watch, place: Place
) -> None:
    # In English, whose words are longer. The other sizes are looked at in tests/feedback/test_resident_browser.py.
    _arrive(stranger, place, {**names, "query": "?elder=3&lang=en"}, watch)
    assert faults_of(stranger, [PHONE_WIDTH], least_target=ELDER_TARGET) == []


@pytest.mark.parametrize("place", OFFICE, ids=str)
def test_a_page_of_the_office_is_open_to_everybody(desks: Desks, names: Names, watch: Watch, place: Place) -> None:
    page = desks.page(place.post)
    _arrive(page, place, names, watch)
    assert faults_of(page, BOTH) == []


def test_the_checks_themselves_see_what_is_wrong(stranger: Page) -> None:
    stranger.goto("about:blank")
    stranger.evaluate(
        "html => document.documentElement.innerHTML = html",
        '<h1>a</h1><h1>b</h1><img src="data:,"><button>x</button><a href="#">alone</a>'
        '<p>a link <a href="#">within</a> a line</p><p style="color: #aaa">pale</p><pre>' + "long " * 200 + "</pre>",
    )
    faults = " ".join(faults_of(stranger, BOTH, least_target=TARGET))
    for wrong in ("lang is", "no title", "2 first headings", "image-alt", "px wide", 'button "x"', 'a "alone"'):
        assert wrong in faults
    assert "foreground color: #aaaaaa" in faults
    assert '"within"' not in faults


def test_a_rule_that_breaks_down_is_a_fault_of_its_own(stranger: Page) -> None:
    stranger.goto("about:blank")
    stranger.evaluate("html => document.documentElement.innerHTML = html", "<p>a line</p>")
    stranger.evaluate("() => { axe.commons.color.Color.prototype.parseString = () => { throw new Error('x') } }")
    assert "color-contrast" in " ".join(faults_of(stranger, BOTH))


@pytest.mark.parametrize("place", ERRORS, ids=str)
def test_an_error_page_is_open_to_everybody(stranger: Page, names: Names, watch: Watch, place: Place) -> None:
    _arrive(stranger, place, names, watch)
    is_office = "/office/" in stranger.url
    assert faults_of(stranger, BOTH, least_target=0 if is_office else TARGET) == []


def test_without_the_database_the_form_keeps_what_was_typed(
    portal: PortalStack, stranger: Page, names: Names, watch: Watch
) -> None:
    stranger.goto(f"/p/{names['code']}/")
    stranger.locator("[name=content]").fill("门口路灯坏了一个月")
    portal.server_kill(portal.postgres)
    with watch.allowing("status of 503"), stranger.expect_navigation():
        stranger.locator("form#voice").evaluate("form => form.requestSubmit()")
    assert stranger.locator("[name=content]").input_value() == "门口路灯坏了一个月"
    faults = faults_of(stranger, BOTH, least_target=TARGET)
    with watch.allowing("status of 503"):
        stranger.goto(f"/p/{names['code']}/")
    faults += faults_of(stranger, BOTH, least_target=TARGET)
    portal.postgres_start()
    assert faults == []
