"""What an SMS provider is to the portal: one small interface, the three ways to fail, and what its webhooks say.

No Django and no database in here: the outbox decides what is sent, a provider only carries it.
Phone numbers and texts are left out of every ``repr`` and of every error: both end up in logs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

KEY_LENGTH = 36
# Aliyun's limit for an extension code; Tencent allows more.
EXTENSION_LENGTH = 7

Clock = Callable[[], datetime]


class ProviderProblem(Exception):
    """Base of what ``Provider.send`` and ``Provider.query`` raise."""


class Refused(ProviderProblem):
    """The provider answered and did not accept: nothing was sent.

    ``code`` is the provider's own. ``is_permanent`` says that this very message will never be accepted (a wrong
    number, a forbidden word); otherwise it may be accepted later: a limit ends, an account is topped up, a key is
    corrected. Whoever tries again bounds the number of attempts.
    """

    def __init__(self, code: str, message: str, *, is_permanent: bool) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.is_permanent = code, message, is_permanent


class Unknown(ProviderProblem):
    """The request was written and no usable answer came back: it may or may not be sent. Ask, never send again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(ProviderProblem):
    """No connection was made, so certainly nothing was sent; it may be tried again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProviderMisconfigured(ValueError):
    """The configuration lacks or contradicts something; the message names it, never its value."""


class MalformedWebhook(ValueError):
    """A webhook's body is not what its provider documents; the reason holds nothing of the body."""


class Outcome(StrEnum):
    """What became of a message, as far as the provider knows."""

    SENT = "sent"  # accepted, the carrier has not reported yet
    DELIVERED = "delivered"
    FAILED = "failed"
    NOT_FOUND = "not_found"  # never accepted: it may be sent again
    PENDING = "pending"  # the provider cannot tell yet: ask later, do not send again


@dataclass(frozen=True)
class Outgoing:
    """One message to one number. ``values`` stand in the order in which the text uses them.

    ``key`` is ours and unique per message; the provider hands it back. ``template_code`` is the provider's.
    ``extension`` are digits behind the sender's number; a reply may carry them.
    Raises ``ValueError`` for a key or an extension that no provider takes.
    """

    key: str
    phone: str = field(repr=False)
    signature: str
    template_code: str
    values: Mapping[str, str] = field(repr=False)
    text: str = field(repr=False)
    extension: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.key) <= KEY_LENGTH:
            raise ValueError(f"a key has 1 to {KEY_LENGTH} characters")
        if self.extension and not (self.extension.isascii() and self.extension.isdigit()):
            raise ValueError("an extension consists of digits")
        if len(self.extension) > EXTENSION_LENGTH:
            raise ValueError(f"an extension has at most {EXTENSION_LENGTH} digits")


@dataclass(frozen=True)
class Sent:
    """The provider accepted the message and will report on it under ``provider_id``."""

    provider_id: str


@dataclass(frozen=True)
class Status:
    """The answer to a query. ``copies`` above one means that the same key was sent more than once.

    ``code`` is the carrier's code, or why the outcome is pending; ``reported_at`` is when the carrier reported.
    """

    outcome: Outcome
    provider_id: str = ""
    code: str = ""
    reported_at: datetime | None = None
    copies: int = 0


@dataclass(frozen=True)
class Delivery:
    """One receipt. The same receipt has the same ``receipt_id`` however often it is pushed.

    ``key`` is empty where the provider does not hand ours back; ``provider_id`` then says which message it is.
    """

    provider_id: str
    key: str
    phone: str = field(repr=False)
    is_delivered: bool
    code: str
    reported_at: datetime
    receipt_id: str


@dataclass(frozen=True)
class Inbound:
    """One reply of a resident. The same reply has the same ``reply_id`` however often it is pushed."""

    phone: str = field(repr=False)
    text: str = field(repr=False)
    received_at: datetime
    extension: str
    reply_id: str

    def is_addressed_to(self, extension: str) -> bool:
        """Whether the reply came back under ``extension``: the provider gives it alone or behind the whole number.

        A "no" proves nothing: an account without extension codes gets the same number with every reply.
        """
        return bool(extension) and self.extension.endswith(extension)


@dataclass(frozen=True)
class Answer:
    """What the provider wants to hear from our webhook, with status 200; anything else is pushed again."""

    body: bytes
    content_type: str = "application/json; charset=utf-8"


class Provider(Protocol):
    """The interface. One object serves many threads.

    ``send`` and ``query`` raise ``Refused``, ``Unknown`` or ``Unreachable``. Should ``send`` ever raise anything
    else, treat it as ``Unknown``: the fault may lie behind the moment of sending.
    """

    name: str

    def send(self, outgoing: Outgoing) -> Sent: ...

    def query(self, *, key: str, phone: str, day: date, provider_id: str = "") -> Status:
        """What became of the message that was given to the provider on ``day`` (in China).

        A provider's records follow its acceptance after some seconds: give them a few minutes before ``NOT_FOUND``
        is believed.
        """

    def deliveries_parse(self, body: bytes) -> list[Delivery]:
        """The receipts in a webhook's body. Raises ``MalformedWebhook`` and nothing else."""

    def inbound_parse(self, body: bytes) -> list[Inbound]:
        """The replies in a webhook's body. Raises ``MalformedWebhook`` and nothing else."""

    def delivery_answer(self) -> Answer: ...

    def inbound_answer(self) -> Answer: ...
