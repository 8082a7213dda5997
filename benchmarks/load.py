"""A small closed-loop HTTP load: every client sends its next request when the last one was answered.

Only as much HTTP as the benchmark needs (keep-alive, Content-Length), and requests made beforehand, so that the
generator takes little of the processor that it measures.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import uvloop


@dataclass
class Outcome:
    """What a load run saw: seconds it lasted, seconds per answer, answers per status."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """The latency (seconds) that ``share`` of the answers stayed under."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class _Client(asyncio.Protocol):
    """One connection. Answers of the portal come whole or in a few pieces; one is complete at its Content-Length."""

    def __init__(self, requests: Iterator[bytes], until: float, outcome: Outcome) -> None:
        self._requests, self._until, self._outcome = requests, until, outcome
        self._answer = b""
        self._started = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._next()

    def _next(self) -> None:
        self._started = time.perf_counter()
        if self._started >= self._until:
            self._transport.close()
        elif request := next(self._requests, None):
            self._transport.write(request)
        else:
            self.done.set_exception(RuntimeError("the requests made beforehand ran out"))

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, separator, body = self._answer.partition(b"\r\n\r\n")
        if not separator or len(body) < _content_length(head):
            return
        self._outcome.latencies.append(time.perf_counter() - self._started)
        status = int(head[9:12])
        self._outcome.statuses[status] = self._outcome.statuses.get(status, 0) + 1
        self._answer = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is None and time.perf_counter() >= self._until:
            self.done.set_result(None)
        else:
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))


def _content_length(head: bytes) -> int:
    lower = head.lower()
    start = lower.find(b"content-length:")
    return int(lower[start + 15 :].partition(b"\r\n")[0]) if start >= 0 else 0


async def _run(port: int, clients: int, seconds: float, requests: Iterator[bytes]) -> Outcome:
    outcome = Outcome()
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    running = [
        (await loop.create_connection(lambda: _Client(requests, started + seconds, outcome), "127.0.0.1", port))[1]
        for _ in range(clients)
    ]
    await asyncio.gather(*(client.done for client in running))
    outcome.seconds = time.perf_counter() - started
    return outcome


def http_load(*, port: int, clients: int, seconds: float, requests: Iterator[bytes]) -> Outcome:
    """Send ``requests`` to 127.0.0.1:``port`` from ``clients`` connections for ``seconds``.

    Raises ``ConnectionError`` when the server hangs up, ``RuntimeError`` when the requests run out.
    """
    return uvloop.run(_run(port, clients, seconds, requests))
