"""How the carrier misbehaves, on command and repeatably.

An order replaces the one before::

    {"seed": 7, "late_seconds": 3, "faults": {"http_500": {"next": 2}, "receipt_twice": {"probability": 0.1}}}

The n-th draw of a fault depends on seed, name and n alone: the same requests in the same order meet the same faults,
also when the carrier was killed and started again in between.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from followup.carrier.store import Store

NAMES = {
    "refuse": "answer that the account has no money left",
    "accept_but_answer_late": "accept, answer after late_seconds",
    "drop_connection_after_accept": "accept, close the connection without an answer",
    "http_500": "accept nothing, answer 500",
    "down": "close every connection of the API unread",
    "receipt_twice": "push the receipt twice",
    "receipt_late": "push the receipt late_seconds later",
    "receipt_out_of_order": "let the receipts of later messages overtake",
    "receipt_failed": "report that the phone was not reached",
    "reply_twice": "push the reply twice",
    "reply_without_extension": "lose the digits that say which message is answered",
    "key_withheld": "keep the caller's key from a receipt or a record, as Tencent does unless it is enabled",
}
LATE_SECONDS = 30.0


class BadOrder(ValueError):
    """The order is not one; the message says why."""


@dataclass(frozen=True)
class Order:
    faults: dict[str, tuple[float | None, int | None]]
    seed: int
    late_seconds: float


def order_read(content: object) -> Order:
    """An order from JSON. Raises ``BadOrder``."""
    if not isinstance(content, Mapping) or content.keys() - {"seed", "late_seconds", "faults"}:
        raise BadOrder("an order has seed, late_seconds and faults, and nothing else")
    faults, seed = content.get("faults", {}), content.get("seed", 0)
    if not isinstance(faults, Mapping) or not isinstance(seed, int):
        raise BadOrder("faults is an object, seed a whole number")
    late = number(content.get("late_seconds", LATE_SECONDS), "late_seconds", 3600)
    return Order({name: fault_read(name, how) for name, how in faults.items()}, seed, late)


def fault_read(name: str, how: object) -> tuple[float | None, int | None]:
    """``(probability, how many)``, one of them None. Raises ``BadOrder``."""
    if name not in NAMES:
        raise BadOrder(f"{name} is not one of {', '.join(NAMES)}")
    if not isinstance(how, Mapping) or how.keys() not in ({"next"}, {"probability"}):
        raise BadOrder(f'{name} is {{"next": how many}} or {{"probability": 0 to 1}}')
    if "next" in how:
        return None, int(number(how["next"], name, 1_000_000))
    return number(how["probability"], name, 1), None


def number(value: object, name: str, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise BadOrder(f"{name} is a number from 0 to {most}")
    return float(value)


class Faults:
    """Asked at each place where something can go wrong."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def order(self, order: Order) -> None:
        settings = {"seed": str(order.seed), "late_seconds": str(order.late_seconds)}
        self.store.faults_replace(order.faults, settings)

    def take(self, name: str) -> bool:
        """Whether it goes wrong this time."""
        if name not in self.store.faults():
            return False
        with self.store.transaction():
            ordered = self.store.faults().get(name)
            if ordered is None:
                return False
            probability, remaining, drawn = ordered
            if probability is not None:
                happens = self._draw(name, drawn) < probability
            else:
                happens = bool(remaining)
                remaining = max(0, (remaining or 0) - 1)
            self.store.fault_drawn(name, remaining)
            return happens

    def _draw(self, name: str, number_of_draw: int) -> float:
        seed = self.store.settings().get("seed", "0")
        return random.Random(f"{seed}:{name}:{number_of_draw}").random()  # noqa: S311 (repeatable on purpose)

    @property
    def late_seconds(self) -> float:
        return float(self.store.settings().get("late_seconds", LATE_SECONDS))

    def as_json(self) -> dict[str, object]:
        """What is in force now, in the form of an order, with the draws so far."""
        kinds = {
            name: {"probability": probability} if remaining is None else {"next": remaining}
            for name, (probability, remaining, _) in self.store.faults().items()
        }
        drawn = {name: drawn for name, (_, _, drawn) in self.store.faults().items()}
        seed = int(self.store.settings().get("seed", 0))
        return {"seed": seed, "late_seconds": self.late_seconds, "faults": kinds, "drawn": drawn, "known": NAMES}
