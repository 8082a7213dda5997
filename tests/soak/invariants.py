"""What must hold when a soak has come to rest: each invariant is a function that returns the violations it finds.

They ask the database and the carrier, never the services that wrote what they look at.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Invariant = Callable[["Evidence"], list[str]]


@dataclass(frozen=True)
class Evidence:
    """What is known beside the database: the carrier's own books, the numbers that must stay sealed, surprises."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    replies: list[dict[str, Any]] = field(default_factory=list)
    pushes: list[dict[str, Any]] = field(default_factory=list)
    phones: frozenset[str] = frozenset()
    surprises: tuple[str, ...] = ()
    deadlocks: int = 0

    def copies(self) -> dict[str, list[dict[str, Any]]]:
        """The messages that the carrier has accepted, by our key."""
        found: dict[str, list[dict[str, Any]]] = {}
        for message in self.messages:
            found.setdefault(message["key"], []).append(message)
        return found


def all_invariants() -> dict[str, Invariant]:
    """Every invariant by its name."""
    from tests.soak import of_everything, of_follow_ups, of_matters, of_messages, of_notices

    found: dict[str, Invariant] = {}
    for module in (of_matters, of_messages, of_follow_ups, of_notices, of_everything):
        found |= {invariant.__name__: invariant for invariant in module.INVARIANTS}
    return found


def violations(evidence: Evidence) -> dict[str, list[str]]:
    """What every invariant finds, by its name; empty lists where all is well."""
    return {name: invariant(evidence) for name, invariant in all_invariants().items()}
