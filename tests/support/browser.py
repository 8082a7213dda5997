"""Chromium for the tests that walk through pages: Debian's own, never a downloaded one."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # slow to import: only for those who use it
    from playwright.sync_api import Browser

CANDIDATES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Nothing but the page under test may use the network.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    # No page lives long enough to be worth compiling well: that took a fifth of the browser's time.
    "--js-flags=--no-opt --no-maglev",
]  # fmt: skip


def chromium_path() -> str | None:
    """Where Chromium is; None when this machine has none."""
    return next((path for name in CANDIDATES if (path := shutil.which(name))), None)


def left_out(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The tests that cannot run here: those with a browser where there is none.

    With ``REQUIRE_BROWSER=1`` its absence ends the run.
    """
    if chromium_path():
        return []
    if os.environ.get("REQUIRE_BROWSER") == "1":
        raise pytest.UsageError("REQUIRE_BROWSER=1, but there is no Chromium: run .ci/run, or install it.")
    return [item for item in items if item.get_closest_marker("browser")]


@contextmanager
def chromium_running() -> "Iterator[Browser]":
    """A headless Chromium. Inside, the ORM refuses to work (playwright keeps an event loop): ask the portal."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        try:
            yield running
        finally:
            running.close()
