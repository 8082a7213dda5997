"""Where a process dies by kill -9 in the middle of one message: the steps from its claim to its receipt.

A random moment hardly ever lies there, so the process itself ends its life right before or right after a call.
"""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pkgutil import resolve_name
from random import Random
from typing import Any
from unittest.mock import patch

Say = Callable[[Mapping[str, object]], None]
# At the first of its messages in most ticks: many have no second one.
_NUMBERS = (1, 1, 1, 2, 3)
_PROVIDER = "followup.sms.providers.simulated.SimulatedProvider"


@dataclass(frozen=True)
class Step:
    """Right before, or right after, ``call`` is made."""

    call: str
    is_after: bool = False


WORKER = {
    "claimed": Step("followup.sms.tasks.sms_send_claimed"),
    "leased": Step("followup.sms.sending.number_for"),
    "number opened": Step(f"{_PROVIDER}.send"),
    "accepted by the carrier": Step(f"{_PROVIDER}.send", is_after=True),
    "answer stored": Step("followup.sms.moves.sent", is_after=True),
    "carrier asked": Step(f"{_PROVIDER}.query", is_after=True),
}
WEB = {
    "receipt arrived": Step("followup.sms.hooks.receipt_take"),
    "receipt half stored": Step("followup.sms.taking.receipt_apply", is_after=True),
    "receipt stored": Step("followup.sms.hooks.receipt_take", is_after=True),
    "reply arrived": Step("followup.sms.hooks.reply_take"),
    "reply stored": Step("followup.sms.hooks.reply_take", is_after=True),
}
STEPS = WORKER | WEB


def death_chosen(steps: Mapping[str, Step], dice: Random) -> tuple[str, int]:
    """A step, and at which of its messages."""
    return dice.choice(list(steps)), dice.choice(_NUMBERS)


def die_at(death: Sequence[Any], say: Say) -> None:
    """Have this process die of ``death``, and say so as its last word; it lives on where it never comes so far."""
    name, number = death
    step, calls = STEPS[name], count(1)
    real = _called(step.call)

    def call_or_die(*args: Any, **kwargs: Any) -> Any:
        dies = next(calls) == number
        if dies and not step.is_after:
            _die(name, say)
        result = real(*args, **kwargs)
        if dies:
            _die(name, say)
        return result

    # Never undone: the process dies of it, or ends.
    patch(step.call, call_or_die).start()


def _called(path: str) -> Callable[..., Any]:
    owner, name = path.rsplit(".", 1)
    called: Callable[..., Any] = getattr(resolve_name(owner), name)
    return called


def _die(name: str, say: Say) -> None:
    say({"died": name})
    os.kill(os.getpid(), signal.SIGKILL)
