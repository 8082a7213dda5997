"""Real processes of the portal that a test starts, kills and starts again."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from celery import Celery
from redis.exceptions import ConnectionError as Gone

from opinion_portal.startup import processes
from opinion_portal.startup.places import CHECKOUT

READY_SECONDS = 40.0
STOP_SECONDS = 30.0
MEND_SECONDS = 20.0


class Program:
    """One program with its environment and its log; it ends with the test process."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.command, self.environment, self.log = command, environment, log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it works."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                processes.child_command(self.command), env=os.environ | self.environment, cwd=CHECKOUT,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        if not processes.until(lambda: self.works() or not self.is_running(), READY_SECONDS) or not self.is_running():
            raise AssertionError(f"{self.command} did not start:\n{self.log_text()}")

    def works(self) -> bool:
        return self.is_running()

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """kill -9 of the program with its children, as when the machine runs out of memory."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ask it to stop and wait for it; afterwards nothing of it is left."""
        if self.process is None or not self.is_running():
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise AssertionError(f"{self.command} did not stop:\n{self.log_text()}") from None

    def restart(self) -> None:
        self.stop()
        self.start()

    def mend(self) -> None:
        """Start it when a test has left it dead; anew when it does not find back by itself.

        How long it may take to find back is for the tests to say; here the next one only needs it whole.
        """
        if self.is_running() and not processes.until(self.works, MEND_SECONDS):
            self.kill()
        if not self.is_running():
            self.start()

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")


class WebProgram(Program):
    """The web server; works when it answers its health check."""

    def works(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.environment['PORT']}/healthz/", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


class WorkerProgram(Program):
    """A Celery worker; works when it answers a ping over its broker."""

    def works(self) -> bool:
        # A broker that was killed has left dead connections in the pool of this process.
        with Celery("probe", broker=self.environment["REDIS_URL"], set_as_current=False) as probe, suppress(Gone):
            return bool(probe.control.ping(timeout=1.0, limit=1))
        return False


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something that another process is about to do; fail the test when it does not happen."""
    started = time.monotonic()
    if not processes.until(condition, seconds):
        raise AssertionError(f"it did not happen within {time.monotonic() - started:.0f} s")
