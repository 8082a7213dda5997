"""supervisord as the keeper of the portal's processes: it restarts what dies and stops everything in order.

The environment, secrets included, is inherited and never written into its configuration.
"""

import http.client
import os
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from xmlrpc.client import Error, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from opinion_portal.startup import processes, programs
from opinion_portal.startup.embedded import Servers
from opinion_portal.startup.places import CHECKOUT, DataFolder
from opinion_portal.startup.postgres import LONGEST_SOCKET
from opinion_portal.startup.problem import StartupProblem

STOP_SECONDS = 200.0

MANAGER = """\
[supervisord]
nodaemon=true
silent=true
identifier=opinion-portal
directory={checkout}
logfile={logs}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=2
pidfile={pidfile}
{user}
[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

PROGRAM = """
[program:{name}]
command={command}
directory={directory}
priority={priority}
autostart=false
autorestart=true
startsecs={steady_seconds}
startretries=1000
stopsignal={stop_signal}
stopwaitsecs={stop_seconds}
killasgroup=true
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""


@dataclass(frozen=True)
class Kept:
    """One program under supervisord. They start by rising and stop by falling priority."""

    name: str
    command: list[str]
    priority: int
    stop_signal: str = "TERM"
    stop_seconds: int = 20
    # Ended sooner than this after a start, it waits a little longer each time before the next one.
    steady_seconds: int = 5
    directory: Path = CHECKOUT


def programs_kept(servers: Servers) -> list[Kept]:
    """Everything this portal runs: its own servers and carrier, then worker, web and beat."""
    kept = []
    if servers.postgres:
        command = servers.postgres.command()
        kept.append(
            Kept(servers.postgres.program, command, 10, stop_signal="INT", stop_seconds=60, directory=Path("/"))
        )
    if servers.valkey:
        kept.append(Kept(servers.valkey.program, servers.valkey.command(), 20, directory=Path("/"), steady_seconds=1))
    if servers.carrier:
        # Stopped after the worker, which may still be handing a message over.
        kept.append(Kept(servers.carrier.program, servers.carrier.command(), 25, steady_seconds=1))
    # A task under way may finish: Celery's warm shutdown.
    kept.append(Kept("worker", processes.child_command(programs.worker()), 30, stop_seconds=60))
    kept.append(Kept("web", processes.child_command(programs.web()), 40))
    kept.append(Kept("beat", processes.child_command(programs.beat(servers.data.run / "beat")), 50))
    return kept


class Manager:
    """The supervisord of one data folder."""

    def __init__(self, data: DataFolder) -> None:
        self.data = data
        self.configuration = data.run / "supervisord.conf"
        self.pidfile = data.run / "supervisord.pid"
        self.process: subprocess.Popen[bytes] | None = None
        self.servers: Servers | None = None

    @property
    def socket(self) -> Path:
        """In the data folder, or in a short stand-in when that path is too long for a socket."""
        path = self.data.run / "supervisord.sock"
        # supervisord binds to the name with its own number added, then renames.
        if len(os.fsencode(path)) + 8 <= LONGEST_SOCKET:
            return path
        return Path("/tmp") / f"opinion-portal-{sha256(os.fsencode(path)).hexdigest()[:16]}.sock"  # noqa: S108 (mode 0700)

    def start(self, servers: Servers) -> None:
        """Start supervisord; no program runs yet. It ends with this process, and stops everything on the way."""
        self.servers = servers
        self.socket.unlink(missing_ok=True)
        self.configuration.write_text(self._text(programs_kept(servers)))
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self.configuration)]
        self.process = processes.detached(processes.child_command(command), self.data.logs / "supervisord.err")
        if not processes.becomes(self._answers, self.process, 20):
            raise StartupProblem(f"The process manager did not start: see {self.data.logs}/supervisord.log.")

    def _text(self, kept: list[Kept]) -> str:
        head = MANAGER.format(
            checkout=_value(CHECKOUT), logs=_value(self.data.logs), pidfile=_value(self.pidfile),
            socket=_value(self.socket), user="user=root\n" if os.geteuid() == 0 else "",
        )  # fmt: skip
        return head + "".join(self._program_text(program) for program in kept)

    def _program_text(self, program: Kept) -> str:
        command = processes.led(program.command)
        return PROGRAM.format(
            name=program.name, command=_value(shlex.join(command)), directory=_value(program.directory),
            priority=program.priority, steady_seconds=program.steady_seconds,
            stop_signal=program.stop_signal, stop_seconds=program.stop_seconds,
            log=_value(self.data.logs / f"{program.name}.log"),
        )  # fmt: skip

    def _call(self, method: str, *arguments: Any) -> Any:
        transport = SupervisorTransport(None, None, serverurl=f"unix://{self.socket}")
        # The address is not used: the transport has the socket.
        supervisor = ServerProxy("http://127.0.0.1", transport=transport).supervisor
        try:
            return getattr(supervisor, method)(*arguments)
        except (OSError, Error, http.client.HTTPException) as error:
            raise StartupProblem(
                f"The process manager does not answer: see {self.data.logs}/supervisord.log."
            ) from error

    def _answers(self) -> bool:
        try:
            return bool(self._call("getState")["statename"] == "RUNNING")
        except StartupProblem:
            return False

    def program_start(self, name: str) -> None:
        """Have it started; does not wait."""
        self._call("startProcess", name, False)

    def state(self, name: str) -> str:
        """STOPPED, STARTING, RUNNING, BACKOFF (ended at once, will be tried again), …"""
        return str(self._call("getProcessInfo", name)["statename"])

    def failing(self) -> set[str]:
        """The programs that ended soon after their last start and wait for another."""
        try:
            return {info["name"] for info in self._call("getAllProcessInfo") if info["statename"] == "BACKOFF"}
        except StartupProblem:  # on its way out, as the next look at it will show
            return set()

    def is_alive(self, seconds: float = 0) -> bool:
        """Whether supervisord runs, and still does after ``seconds``."""
        return self.process is not None and not processes.until(self._has_ended, seconds)

    def _has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        """Stop every program in the reverse order of the start, then supervisord itself."""
        if self.process and self.is_alive():
            processes.stop(self.process.pid, signal.SIGTERM, signal.SIGKILL, STOP_SECONDS)

    def leftover_stop(self) -> None:
        """End the supervisord that a killed run left behind; it is on its way out already."""
        pid = self._leftover_pid()
        if pid:
            processes.stop(pid, signal.SIGTERM, signal.SIGKILL, STOP_SECONDS)

    def _leftover_pid(self) -> int | None:
        try:
            pid = int(self.pidfile.read_text())
            ours = str(self.configuration).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if ours and processes.is_running(pid) else None


def _value(text: object) -> str:
    """A value as supervisord's configuration reads it."""
    return str(text).replace("%", "%%")
