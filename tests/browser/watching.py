"""Watches every page of the browser tests: nothing may go wrong in the console, and nobody else is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

# What a browser loads from itself.
_OWN_SCHEMES = {"data", "blob", "about"}


class Watch:
    """What went wrong in the watched pages: console errors, uncaught errors, requests to anybody but the portal."""

    def __init__(self, home: str) -> None:
        self.home = urlsplit(home).netloc
        self.complaints: list[str] = []
        self._contexts: list[BrowserContext] = []

    def over(self, context: BrowserContext) -> BrowserContext:
        """Watch every page of ``context``, those to come too."""
        context.on("console", self._console)
        context.on("weberror", self._uncaught)
        context.on("request", self._request)
        self._contexts.append(context)
        return context

    def settle(self) -> list[str]:
        """All complaints so far, those that are still on their way from the browser included."""
        for context in self._contexts:
            for page in context.pages:
                page.wait_for_timeout(0)
        return self.complaints

    @contextmanager
    def allowing(self, words: str) -> Iterator[None]:
        """Inside, an error page or a dead network is visited on purpose: console lines with ``words`` are expected."""
        before = len(self.settle())
        yield
        self.complaints[before:] = [line for line in self.settle()[before:] if words not in line]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"console {message.type}: {message.text} ({message.location.get('url')})")

    def _uncaught(self, error: WebError) -> None:
        self.complaints.append(f"uncaught: {error.error} ({error.page.url if error.page else '?'})")

    def _request(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in _OWN_SCHEMES and address.netloc != self.home:
            self.complaints.append(f"request to another host: {request.url}")
