"""A real `make run` (its last step) that a test watches, interrupts and kills."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from opinion_portal.startup import processes
from opinion_portal.startup.places import CHECKOUT
from tests.support import servers
from tests.support.stack import free_port

READY_SECONDS = 150.0
STOP_SECONDS = 100.0


def environment(**values: str) -> dict[str, str]:
    """This process's environment without any variable of the portal, but with ``values``."""
    foreign = {name for plain in (*servers.REQUIRED, *servers.OPTIONAL) for name in (plain, f"{plain}_FILE")}
    kept = {name: value for name, value in os.environ.items() if name not in foreign}
    return kept | values


def run(*command: str, **values: str) -> "subprocess.CompletedProcess[str]":
    """Run a program of the checkout to its end."""
    return subprocess.run(
        [sys.executable, *command], env=environment(**values), cwd=CHECKOUT,
        text=True, capture_output=True, check=False, timeout=60,
    )  # fmt: skip


class Launch:
    """One launcher on one data folder."""

    def __init__(self, folder: Path, **values: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.output = servers.session_servers().data.path / f"{folder.name}.{self.port}.out"
        self.values = {"DATA_DIR": str(folder), "PORT": str(self.port), **values}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it; seconds until READY. Fails when it ends before."""
        begun = time.monotonic()
        self.begin()
        ready = processes.becomes(lambda: f"READY {self.address}" in self.text(), self.process, READY_SECONDS)
        assert ready, self.text()
        return time.monotonic() - begun

    def begin(self) -> None:
        """Start it and wait for nothing."""
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                processes.child_command([sys.executable, "-m", "opinion_portal.startup"]),
                env=environment(**self.values), cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def text(self) -> str:
        return self.output.read_text()

    def pid_of(self, name: str) -> int:
        """The process that supervisord keeps under ``name``."""
        text = (self.folder / "logs" / "supervisord.log").read_text()
        return int(text.rpartition(f"spawned: '{name}' with pid ")[2].split()[0])

    @property
    def supervisord_pid(self) -> int:
        return int((self.folder / "run" / "supervisord.pid").read_text())

    def kill(self) -> None:
        """kill -9 of the launcher alone."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def end(self, signal_number: signal.Signals = signal.SIGINT) -> int:
        """Send it a signal and wait for it; its exit code."""
        assert self.process is not None
        self.process.send_signal(signal_number)
        return self.process.wait(STOP_SECONDS)

    def wait(self) -> int:
        """Wait until it ends by itself; its exit code."""
        assert self.process is not None
        return self.process.wait(STOP_SECONDS)

    def status(self, path: str) -> int:
        """What the web answers; 0 when nobody does."""
        try:
            with urllib.request.urlopen(f"{self.address}{path}", timeout=10) as answer:  # noqa: S310 (our own address)
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def left_behind(self) -> list[str]:
        """The command lines of everything that still runs for this folder."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command, variables = (entry / "cmdline").read_bytes(), (entry / "environ").read_bytes()
            except OSError:
                continue
            if command and any(os.fsencode(self.folder) + end in command + b"\0" + variables for end in (b"/", b"\0")):
                found.append(command.replace(b"\0", b" ").decode(errors="replace"))
        return found
