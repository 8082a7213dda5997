"""A small closed-loop HTTP load: every client sends its next request when the last one was answered.

Only as much HTTP as the benchmark needs (keep-alive, Content-Length), so that the generator takes little of the
processor that it measures.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field


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


async def _client(port: int, next_request: Callable[[], bytes], until: float, outcome: Outcome) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while time.perf_counter() < until:
            started = time.perf_counter()
            writer.write(next_request())
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_content_length(head))
            outcome.latencies.append(time.perf_counter() - started)
            status = int(head[9:12])
            outcome.statuses[status] = outcome.statuses.get(status, 0) + 1
    finally:
        writer.close()


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":", 1)[1])
    return 0


async def _run(port: int, clients: int, seconds: float, next_request: Callable[[], bytes]) -> Outcome:
    outcome = Outcome()
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(_client(port, next_request, started + seconds, outcome))
    outcome.seconds = time.perf_counter() - started
    return outcome


def http_load(*, port: int, clients: int, seconds: float, next_request: Callable[[], bytes]) -> Outcome:
    """Send requests to 127.0.0.1:``port`` from ``clients`` connections for ``seconds``."""
    return asyncio.run(_run(port, clients, seconds, next_request))
