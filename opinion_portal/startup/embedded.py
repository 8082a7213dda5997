"""The environment the settings read, with embedded servers behind it where no others are named.

``DATABASE_URL`` and ``REDIS_URL`` (or ``…_FILE``) each keep their embedded server from starting. Many commands may
run at once: the first starts the servers, the last one stops them; a server that a killed run left is taken over.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from opinion_portal.startup.address import address_wanted, public_url
from opinion_portal.startup.carrier import PROVIDER, Carrier
from opinion_portal.startup.places import DataFolder, data_folder, folder_path, lock_open, lock_try, locked
from opinion_portal.startup.postgres import Postgres, postgres_for
from opinion_portal.startup.problem import StartupProblem
from opinion_portal.startup.secrets import Secrets, secrets_load_or_make, secrets_new
from opinion_portal.startup.valkey import Valkey, valkey_for

# They read the code alone. Without servers they work on a machine that has none, and leave nothing behind.
COMMANDS_WITHOUT_SERVERS = {
    "help", "version", "check", "diffsettings", "collectstatic", "findstatic", "makemigrations", "makemessages",
    "compilemessages", "sync_messages", "spectacular",
}  # fmt: skip


def given(name: str) -> bool:
    """Whether the settings will find the variable, itself or as a file."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def value_of(name: str) -> str:
    """The variable as the settings will read it; empty when it is not given."""
    path = os.environ.get(f"{name}_FILE")
    try:
        return Path(path).read_text().strip() if path else os.environ.get(name, "")
    except OSError as error:
        raise StartupProblem(f"{name}_FILE cannot be read: {error.strerror} ({path}).") from error


def needs_servers(arguments: list[str]) -> bool:
    """Whether the command line ``manage.py …`` (without the program's name) works on stored data."""
    words = [word for word in arguments if not word.startswith("-")]
    return (
        bool(words) and words[0] not in COMMANDS_WITHOUT_SERVERS and "--help" not in arguments and "-h" not in arguments
    )


@dataclass(frozen=True)
class Servers:
    """What the portal of one data folder brings along; a server that is named elsewhere is None here."""

    data: DataFolder
    secrets: Secrets | None
    postgres: Postgres | None
    valkey: Valkey | None
    # Started by `make run` alone: a command sends nothing.
    carrier: Carrier | None = None
    settings: dict[str, str] = field(default_factory=dict)

    def all(self) -> list[Postgres | Valkey]:
        """Those that are ours, in the order of their start."""
        return [server for server in (self.postgres, self.valkey) if server]

    def environment(self) -> dict[str, str]:
        """Every variable that is still missing, by name; known once the servers are prepared."""
        found = public_address()
        found |= self.secrets.environment() if self.secrets else {}
        found |= {"DATABASE_URL": self.postgres.url()} if self.postgres else {}
        found |= {"REDIS_URL": self.valkey.url()} if self.valkey else {}
        found |= self.carrier.settings() if self.carrier else {}
        missing = {name: value for name, value in found.items() if not given(name)}
        return missing | {"DATA_DIR": str(self.data.path)}


def public_address() -> dict[str, str]:
    """Where a portal on one machine is reached when nothing else is said."""
    return {"PUBLIC_BASE_URL": public_url(address_wanted())}


def servers_for(
    data: DataFolder, *, make_secrets: bool = False, postgres_settings: dict[str, str] | None = None
) -> Servers:
    """The servers that ``data`` has to run itself; nothing is started or prepared.

    Secrets are made where one of the servers is embedded, or when ``make_secrets`` says so; they stay in the folder.
    With both elsewhere a missing key is a mistake: made up in passing, it would seal what nobody could open again.
    """
    own_database, own_valkey = not given("DATABASE_URL"), not given("REDIS_URL")
    if own_database and not data.secrets.exists() and _holds_data(data):
        raise StartupProblem(
            f"{data.secrets} is missing beside stored data: put it back from a backup, or move the folder away."
        )
    wanted = own_database or own_valkey or make_secrets or data.secrets.exists()
    secrets = secrets_load_or_make(data.secrets) if wanted else None
    return Servers(
        data=data,
        secrets=secrets,
        postgres=postgres_for(data, secrets, extra=postgres_settings) if secrets and own_database else None,
        valkey=valkey_for(data, secrets) if secrets and own_valkey else None,
        carrier=_carrier_for(data, secrets) if secrets else None,
    )


def _carrier_for(data: DataFolder, secrets: Secrets) -> Carrier | None:
    """The simulated SMS carrier, unless another provider, none, or a carrier elsewhere is named."""
    if given("SMS_CARRIER_URL") or (value_of("SMS_PROVIDER") or PROVIDER) != PROVIDER:
        return None
    return Carrier(folder=data.carrier, secrets=secrets, portal_port=address_wanted().port)


def _holds_data(data: DataFolder) -> bool:
    return (data.path / "postgres").exists() or (data.path / "postgres.location").exists()


@contextmanager
def servers_running(data: DataFolder) -> Iterator[Servers]:
    """Share the running servers of ``data`` or start them; stop them when nobody else uses them."""
    users = lock_open(data.users_lock)
    try:
        with locked(data.servers_lock):
            servers = servers_for(data)
            lock_try(users, exclusive=False)
        try:
            with locked(data.servers_lock):
                _start_missing(servers)
            yield servers
        finally:
            with locked(data.servers_lock):
                if lock_try(users, exclusive=True):
                    stop_all(servers)
    finally:
        os.close(users)


def _start_missing(servers: Servers) -> None:
    for server in servers.all():
        if server.running_pid() is None and not portal_is_running(servers.data):
            server.prepare()
            server.start(outlives=True)
        else:
            server.wait_ready()


def portal_is_running(data: DataFolder) -> bool:
    """Whether `make run` holds this folder; it alone starts and stops the servers then."""
    descriptor = lock_open(data.portal_lock)
    try:
        return not lock_try(descriptor, exclusive=True)
    finally:
        os.close(descriptor)


def stop_all(servers: Servers) -> None:
    """Stop in the reverse order of the start."""
    for server in reversed(servers.all()):
        server.stop()


@contextmanager
def embedded_servers(data_dir: str | Path | None = None, arguments: list[str] | None = None) -> Iterator[None]:
    """Everything the settings read is in ``os.environ`` inside this context; see the module's text.

    ``arguments`` is the command line (default: this program's); a command that needs no stored data gets keys for
    the moment, starts no server and writes no file. Raises StartupProblem.
    """
    if not needs_servers(sys.argv[1:] if arguments is None else arguments):
        with environment_set(environment_without_servers()):
            yield
    elif given("DATABASE_URL") and given("REDIS_URL"):
        with environment_set(_environment_elsewhere(data_dir)):
            yield
    else:
        with servers_running(data_folder(data_dir)) as servers, environment_set(servers.environment()):
            yield


def _environment_elsewhere(data_dir: str | Path | None) -> dict[str, str]:
    """With both servers elsewhere nothing is written; keys that `make run` has made are used, none are made up."""
    data = DataFolder(folder_path(data_dir))
    return servers_for(data).environment() if os.access(data.secrets, os.R_OK) else {}


def environment_without_servers() -> dict[str, str]:
    """Enough for the settings to be read: keys for the moment, and addresses where nobody answers."""
    unused = {"DATABASE_URL": "postgres://unused@localhost/unused", "REDIS_URL": "redis://localhost:1/0"}
    found = {**unused, **public_address(), **secrets_new().environment()}
    return {name: value for name, value in found.items() if not given(name)}


@contextmanager
def environment_set(values: dict[str, str]) -> Iterator[None]:
    """Have ``values`` in ``os.environ`` for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
