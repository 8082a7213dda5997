"""A request and its answer as plain data, so that the contracts need no socket."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))


@dataclass(frozen=True)
class Request:
    """``headers`` by lower-case name; ``query`` holds the last value of each name."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


def json_response(content: object, status: int = 200) -> Response:
    return Response(status, json.dumps(content, ensure_ascii=False).encode(), "application/json")


def request_id() -> str:
    return str(uuid.uuid4()).upper()


def china_text(moment: float) -> str:
    """A moment (seconds since 1970) as both providers write it: ``2017-01-01 00:00:00``, in China's time."""
    return f"{datetime.fromtimestamp(moment, tz=CHINA):%Y-%m-%d %H:%M:%S}"


def china_day_bounds(day: str) -> tuple[float, float]:
    """The first moment of ``yyyymmdd`` in China and that of the next day. Raises ``ValueError``."""
    start = datetime.strptime(day, "%Y%m%d").replace(tzinfo=CHINA)
    return start.timestamp(), (start + timedelta(days=1)).timestamp()


def utc_moment(written: str) -> float:
    """``2026-01-31T08:00:00Z`` as seconds since 1970. Raises ``ValueError``."""
    return datetime.strptime(written, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
