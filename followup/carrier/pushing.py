"""Tells the portal's webhooks what happened, again and again as the providers do, until one is answered."""

import http.client
import logging
import threading
import urllib.error
import urllib.request
from typing import Any

from followup.carrier.bodies import is_taken
from followup.carrier.exchange import Exchange
from followup.carrier.store import Push

ANSWER_SECONDS, ANSWER_BYTES = 5.0, 64 * 1024
KEPT_SECONDS = 30 * 86400.0  # Aliyun shows what was sent in the last thirty days
LONGEST_NAP = 3600.0

log = logging.getLogger("carrier")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A receipt goes where it was told to go, and nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Pusher(threading.Thread):
    """One push after the other, each when it is due; what waits is in the store, so a restart goes on with it."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(name="pusher", daemon=True)
        self.exchange, self.store = exchange, exchange.store
        self.awake = threading.Event()
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect())
        self.forget_at = 0.0
        exchange.on_push = self.awake.set

    def run(self) -> None:
        while True:
            self._forget()
            self.awake.wait(self._nap())
            self.awake.clear()
            self._push_due()

    def _forget(self) -> None:
        now = self.exchange.clock()
        if now >= self.forget_at:
            self.store.forget_before(now - KEPT_SECONDS)
            self.forget_at = now + LONGEST_NAP

    def _nap(self) -> float:
        push = self.store.push_next()
        return LONGEST_NAP if push is None else min(LONGEST_NAP, max(0.0, push.due_at - self.exchange.clock()))

    def _push_due(self) -> None:
        while (push := self.store.push_next()) and push.due_at <= self.exchange.clock():
            self._attempt(push)

    def _attempt(self, push: Push) -> None:
        status, answer = self._post(push)
        state, due_at = "done", push.due_at
        if not is_taken(push.contract, status or 0, answer):
            state, due_at = self._next_try(push)
        self.store.push_attempted(push.id, state=state, status=status, due_at=due_at)
        log.info("pushed kind=%s push=%d status=%s state=%s", push.kind, push.id, status, state)

    def _next_try(self, push: Push) -> tuple[str, float]:
        waits = self.exchange.options.retry_seconds
        if push.attempts >= len(waits):
            return "gave_up", push.due_at
        return "waiting", self.exchange.clock() + waits[push.attempts]

    def _post(self, push: Push) -> tuple[int | None, bytes]:
        """The portal's status (None when there was none) and answer."""
        headers = {"Content-Type": "application/json; charset=utf-8"}
        url = self.exchange.url_of(push.kind)
        if not url:
            return None, b""
        request = urllib.request.Request(url, push.body.encode(), headers, method="POST")  # noqa: S310 (checked option)
        try:
            with self.opener.open(request, timeout=ANSWER_SECONDS) as answer:
                return answer.status, answer.read(ANSWER_BYTES)
        except urllib.error.HTTPError as error:
            return error.code, b""
        except (OSError, http.client.HTTPException):
            return None, b""
