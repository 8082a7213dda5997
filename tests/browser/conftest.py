"""A portal of its own for each module, and the browsers of those who visit it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.visitors import Visitors
from tests.browser.watching import Watch
from tests.support.stack import PortalStack, running_stack


@pytest.fixture(scope="module")
def portal() -> Iterator[PortalStack]:
    """Real PostgreSQL, Valkey, web, worker and beat. Each module tells its own story in it."""
    with running_stack(beat=True) as stack:
        yield stack


@pytest.fixture(scope="module")
def watch(portal: PortalStack) -> Watch:
    return Watch(portal.url)


@pytest.fixture(scope="module")
def visitors(portal: PortalStack, chromium: Browser, watch: Watch) -> Visitors:
    return Visitors(portal, chromium, watch)


@pytest.fixture(autouse=True)
def _nothing_goes_wrong_unseen(watch: Watch) -> Iterator[None]:
    """Any console error, uncaught error or request to another host fails the test in which it happens."""
    watch.complaints.clear()
    yield
    assert watch.settle() == []
