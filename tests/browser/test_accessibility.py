"""Every page, at phone and desktop width, for everybody: axe finds nothing, nothing sticks out, fingers find their
targets."""

import json

import pytest
from playwright.sync_api import Page

from tests.browser.looking import AXE, DESK_WIDTH, ELDER_TARGET, PHONE_WIDTH, TARGET, faults_of
from tests.browser.places import OFFICE, RESIDENT, Names, Place
from tests.browser.visitors import Visitors
from tests.browser.watching import Watch
from tests.support.stack import PortalStack

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("accessibility")]

BOTH = (PHONE_WIDTH, DESK_WIDTH)
PLAY = "from tests.browser.morning import play; play()"


@pytest.fixture(scope="module")
def names(portal: PortalStack, visitors: Visitors) -> Names:
    """What a morning has left in the portal; there are officers by then."""
    printed = portal.manage("shell", "--no-imports", "-c", PLAY).stdout
    return {"query": "", **json.loads(printed.splitlines()[-1])}


class Desks:
    """One page for each post (and one for whoever is logged in nowhere), with axe in it."""

    def __init__(self, visitors: Visitors) -> None:
        self.visitors = visitors
        self._pages: dict[str, Page] = {}

    def page(self, post: str) -> Page:
        if post not in self._pages:
            context = self.visitors.desk(post) if post else self.visitors.context()
            context.add_init_script(path=AXE)
            self._pages[post] = context.new_page()
            self._pages[post].emulate_media(reduced_motion="reduce")
        return self._pages[post]


@pytest.fixture(scope="module")
def desks(visitors: Visitors) -> Desks:
    return Desks(visitors)


@pytest.fixture
def stranger(desks: Desks) -> Page:
    return desks.page("")


def _arrive(page: Page, place: Place, names: Names, watch: Watch) -> None:
    with watch.allowing(f"status of {place.status}"):
        place.arrive(page, names)


@pytest.mark.parametrize("place", RESIDENT, ids=str)
def test_a_residents_page_is_open_to_everybody(stranger: Page, names: Names, watch: Watch, place: Place) -> None:
    _arrive(stranger, place, names, watch)
    assert faults_of(stranger, BOTH, least_target=TARGET) == []


@pytest.mark.parametrize("place", RESIDENT, ids=str)
@pytest.mark.parametrize("size", ["?elder=1", "?elder=3&lang=en"], ids=["large", "largest"])
def test_a_residents_page_in_large_type_is_open_to_everybody(
    stranger: Page, names: Names, watch: Watch, place: Place, size: str
) -> None:
    _arrive(stranger, place, {**names, "query": size}, watch)
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
        '<p>a link <a href="#">within</a> a line</p><pre>' + "long " * 200 + "</pre>",
    )
    faults = " ".join(faults_of(stranger, BOTH, least_target=TARGET))
    for wrong in ("lang is", "no title", "2 first headings", "image-alt", "px wide", 'button "x"', 'a "alone"'):
        assert wrong in faults
    assert '"within"' not in faults
