"""What the carrier does with messages and replies, whichever contract they came by."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from followup.carrier.bodies import reply_body, report_body
from followup.carrier.faults import Faults
from followup.carrier.options import Options
from followup.carrier.store import Message, Push, Store

log = logging.getLogger("carrier")


@dataclass(frozen=True)
class Draft:
    """A message as a caller handed it in, already found to be in order."""

    contract: str
    key: str
    provider_id: str
    phone: str
    signature: str
    template: str
    text: str
    extension: str


class Exchange:
    """``clock`` gives seconds since 1970; ``on_push`` is told that something new is to be pushed."""

    def __init__(self, store: Store, options: Options, clock: Callable[[], float] = time.time) -> None:
        self.store, self.options, self.clock = store, options, clock
        self.faults = Faults(store)
        self.on_push: Callable[[], None] = lambda: None

    def accept(self, draft: Draft) -> Message:
        """Take a message and plan its receipt. The same key again is a second message, as with a real carrier."""
        now = self.clock()
        reported_at = now + self._travel_seconds()
        is_delivered = not self.faults.take("receipt_failed")
        copies = 2 if self.faults.take("receipt_twice") else 1
        message = Message(**vars(draft), accepted_at=now, reported_at=reported_at, is_delivered=is_delivered)
        report = report_body(self.as_told(message))
        with self.store.transaction():
            message = replace(message, id=self.store.message_add(message))
            for _ in range(copies):
                self._push_plan(message, None, "report", report, reported_at)
        self.on_push()
        log.info("accepted contract=%s message=%d", message.contract, message.id)
        return message

    def _travel_seconds(self) -> float:
        usual = self.options.receipt_seconds
        late = self.faults.late_seconds if self.faults.take("receipt_late") else 0
        overtaken = 3 * usual + 1 if self.faults.take("receipt_out_of_order") else 0
        return usual + late + overtaken

    def reply(self, message: Message, text: str) -> None:
        """A phone answers ``message``: push that to the portal at once."""
        now = self.clock()
        copies = 2 if self.faults.take("reply_twice") else 1
        extension = "" if self.faults.take("reply_without_extension") else message.extension
        with self.store.transaction():
            reply = self.store.reply_add(message.id, text, now)
            body = reply_body(message, reply, text, now, extension)
            for _ in range(copies):
                self._push_plan(message, reply, "reply", body, now)
        self.on_push()
        log.info("replied contract=%s message=%d reply=%d", message.contract, message.id, reply)

    def _push_plan(self, message: Message, reply: int | None, kind: str, body: str, due_at: float) -> None:
        if self.url_of(kind):
            self.store.push_add(Push(message.id, reply, kind, message.contract, body, due_at))

    def as_told(self, message: Message) -> Message:
        """The message as its caller is told of it."""
        is_withheld = message.contract == "tencent" and self.faults.take("key_withheld")
        return replace(message, key="") if is_withheld else message

    def url_of(self, kind: str) -> str:
        return self.options.report_url if kind == "report" else self.options.reply_url
