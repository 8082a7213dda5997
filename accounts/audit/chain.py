"""The hash chain as plain arithmetic: ``digest = SHA-256(digest before ‖ canonical JSON of the event)``.

Anybody can recompute it from a copy of the two tables; nothing here depends on Django or on PostgreSQL's own text.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

START = bytes(32)


@dataclass(frozen=True)
class Fact:
    """One event as the chain sees it: every column, in plain types."""

    id: int
    at: datetime
    action: str
    actor_id: int | None
    actor_label: str
    object_type: str
    object_id: str
    reason: str
    changed: list[str]
    data: Any


def canonical(fact: Fact) -> bytes:
    """The event as UTF-8 JSON: keys sorted, no spaces, the time in UTC with six decimals."""
    values = {**fact.__dict__, "at": fact.at.astimezone(UTC).isoformat(timespec="microseconds")}
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def link(before: bytes, fact: Fact) -> bytes:
    """The digest (32 bytes) of ``fact`` behind the digest ``before``."""
    return hashlib.sha256(before + canonical(fact)).digest()
