"""A whole portal of its own for one test: servers, web, worker, as real processes on free ports.

Every stack starts from a copy of the data folder that was migrated and filled before the first test.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from opinion_portal.database.base import RESTED
from opinion_portal.startup import programs
from opinion_portal.startup.embedded import Servers, stop_all
from opinion_portal.startup.places import CHECKOUT
from opinion_portal.startup.postgres import Postgres
from opinion_portal.startup.valkey import Valkey
from tests.support import servers
from tests.support.programs import Program, WebProgram, WorkerProgram


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP; errors too."""

    status: int
    text: str


class PortalStack:
    """A running portal. ``url`` is where it answers; each part can be stopped, killed and started by itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.servers = _own_servers(folder)
        # What else the settings are to read.
        self.settings: dict[str, str] = {}
        self.web = WebProgram(programs.web(), {}, self._log("web"))
        self.worker = WorkerProgram(programs.worker(), {}, self._log("worker"))
        self.beat = Program(programs.beat(folder / "run" / "beat"), {}, self._log("beat"))

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"

    # Parts -------------------------------------------------------------------------------------------------------
    def start(self, *, worker: bool = True, beat: bool = False) -> None:
        """Servers and web; the worker and beat where wanted."""
        servers.servers_start(self.servers)
        environment = self.environment()
        for program, wanted in ((self.web, True), (self.worker, worker), (self.beat, beat)):
            program.environment = environment
            if wanted:
                program.start()

    def mend(self) -> None:
        """Start again what a test has left dead: the next one finds the stack whole."""
        for server in self.servers.all():
            if server.running_pid() is None:
                server.prepare()
                server.start()
        for program in (self.web, self.worker, self.beat):
            if program.process is not None:
                program.mend()
        # From now on the web asks each connection to a database that was restarted whether it lives (decision 4).
        time.sleep(RESTED)

    def stop(self) -> None:
        """Stop everything in the order of `make run`."""
        with ExitStack() as steps:
            steps.callback(stop_all, self.servers)
            for program in (self.web, self.worker, self.beat):
                steps.callback(program.stop)

    def environment(self) -> dict[str, str]:
        """What the settings of this portal read."""
        return self._known() | {
            "DJANGO_SETTINGS_MODULE": "opinion_portal.settings",
            "PUBLIC_BASE_URL": self.url,
            "PORT": str(self.port),
            "DATABASE_URL": self.postgres.url(),
            "REDIS_URL": self.valkey.url(),
            "DATA_DIR": str(self.folder),
            **self.settings,
        }

    def _known(self) -> dict[str, str]:
        assert self.servers.secrets
        return self.servers.secrets.environment()

    @property
    def postgres(self) -> Postgres:
        assert self.servers.postgres
        return self.servers.postgres

    @property
    def valkey(self) -> Valkey:
        assert self.servers.valkey
        return self.servers.valkey

    def postgres_start(self) -> None:
        self.postgres.prepare()
        self.postgres.start()

    def valkey_start(self) -> None:
        """On the port it had before: the others go on looking for it there."""
        self.valkey.prepare()
        self.valkey.start()

    def server_kill(self, server: Postgres | Valkey) -> None:
        """kill -9 of a database server."""
        pid = server.running_pid()
        assert pid, "it is not running"
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    # Asking it ---------------------------------------------------------------------------------------------------
    def ask(
        self, path: str, fields: dict[str, str] | None = None, *, body: bytes | None = None, **headers: str
    ) -> Answer:
        """GET ``path``, or POST ``fields`` as a form, or POST ``body`` as it is (name headers like Content_Type)."""
        data = urllib.parse.urlencode(fields).encode() if fields is not None else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"{self.url}{path}", data=data, headers=named)  # noqa: S310 (our own address)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 (our own address)
                return Answer(answer.status, answer.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read().decode())

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement in the portal's database, on a connection of its own; what it returned."""
        connection = psycopg2.connect(self.postgres.url())
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run ``manage.py`` on this portal's data; fails the test when the command fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], env=os.environ | self.environment(), cwd=CHECKOUT,
            text=True, capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def log_text(self) -> str:
        """Everything that any part has logged."""
        return "\n".join(path.read_text(errors="replace") for path in sorted((self.folder / "logs").iterdir()))


def free_port() -> int:
    """A loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _own_servers(folder: Path) -> Servers:
    # The session's own servers are in the environment of this process: the stack has others.
    with servers.environment_kept():
        return servers.quick_servers(folder)


def prepared_folder() -> Path:
    """A stopped data folder, migrated and filled: what this run's own servers had stored before the first test."""
    return servers.session_servers().data.path / servers.PREPARED


@contextmanager
def running_stack(
    *, worker: bool = True, beat: bool = False, prepare: Callable[[PortalStack], None] = lambda _stack: None
) -> Iterator[PortalStack]:
    """A portal of its own, gone afterwards with everything it wrote; ``prepare`` sees it before it starts."""
    folder = servers.folder_make()
    subprocess.run(["cp", "-a", f"{prepared_folder()}/.", str(folder)], check=True)
    stack = PortalStack(folder)
    try:
        prepare(stack)
        stack.start(worker=worker, beat=beat)
        yield stack
    finally:
        stack.stop()
        servers.folder_remove(folder)
