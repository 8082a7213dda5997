"""Wake-ups for workers, sent from a thread of their own: no request waits for the broker or learns that it is away."""

import threading
import time
from collections.abc import Callable

import structlog
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

log = structlog.get_logger("portal.waking")

# What happens within one window shares one message to the broker: the task takes whatever is due.
WINDOW = 1.0
# After a failed send the broker is left alone for a while; the beat sweep finds the rows meanwhile.
PAUSE = 5.0


class Waker:
    """``send`` hands one task to the broker; ``wake`` returns at once and never fails."""

    def __init__(self, name: str, send: Callable[[], object]) -> None:
        self._name, self._send = name, send
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pending = threading.Event()
        self._urgent = threading.Event()

    def wake(self, *, urgent: bool = False) -> None:
        """Have the task sent within a second, or at once where it is ``urgent``."""
        if urgent:
            self._urgent.set()
        self._pending.set()
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._pending.wait()
            self._urgent.wait(WINDOW)
            self._pending.clear()
            self._urgent.clear()
            try:
                self._send()
            except (BrokerError, RedisError, OSError) as error:
                log.warning("broker.unreachable", error=type(error).__name__)
                time.sleep(PAUSE)
