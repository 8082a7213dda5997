"""The embedded servers and the environment they are found through, without a portal around them."""

import base64
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from pwd import struct_passwd

import psycopg2
import pytest
from environs import FileAwareEnv

from opinion_portal.startup import processes, unprivileged
from opinion_portal.startup.carrier import Carrier
from opinion_portal.startup.embedded import (
    embedded_servers,
    environment_without_servers,
    needs_servers,
    portal_is_running,
    servers_for,
    servers_running,
    stop_all,
    value_of,
)
from opinion_portal.startup.places import data_folder
from opinion_portal.startup.postgres import Postgres, postgres_for
from opinion_portal.startup.problem import StartupProblem
from opinion_portal.startup.secrets import secrets_load_or_make, secrets_new
from opinion_portal.startup.valkey import Valkey
from tests.startup.launching import run
from tests.support import servers
from tests.support.stack import free_port


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty data folder, and an environment that names no servers."""
    made = servers.folder_make()
    with servers.environment_kept():
        servers.environment_clear()
        yield made
        _rest_stop(made)
    servers.folder_remove(made)


def _rest_stop(folder: Path) -> None:
    """Stop what a test that failed left running."""
    servers.environment_clear()
    if (folder / "postgres").exists():
        stop_all(servers_for(data_folder(folder)))


def _postgres(folder: Path) -> Postgres:
    found = servers_for(data_folder(folder)).postgres
    assert found
    return found


def _valkey(folder: Path) -> Valkey:
    found = servers_for(data_folder(folder)).valkey
    assert found
    return found


def test_commands_share_the_servers_and_the_last_one_stops_them(folder: Path) -> None:
    data = data_folder(folder)
    with servers_running(data):
        with servers_running(data) as shared:
            assert all(server.answers() for server in shared.all())
        assert _postgres(folder).answers()
        assert _valkey(folder).answers()
    assert _postgres(folder).running_pid() is None
    assert _valkey(folder).running_pid() is None


def test_what_a_killed_command_left_running_is_taken_over_and_stopped(folder: Path) -> None:
    program = "import os, signal; from opinion_portal.startup.embedded import *\nwith embedded_servers(): "
    killed = subprocess.run(
        [sys.executable, "-c", f"{program} os.kill(os.getpid(), signal.SIGKILL)", "migrate"],
        env=os.environ | {"DATA_DIR": str(folder)}, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL
    orphan = _postgres(folder).running_pid()
    assert orphan
    with servers_running(data_folder(folder)):
        assert _postgres(folder).running_pid() == orphan
    assert not processes.is_running(orphan)
    assert _valkey(folder).running_pid() is None


def test_a_command_interrupted_while_its_servers_start_leaves_none_running(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ctrl_c(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Valkey, "wait_ready", ctrl_c)
    with pytest.raises(KeyboardInterrupt), servers_running(data_folder(folder)):
        pass
    assert _postgres(folder).running_pid() is None
    assert processes.until(lambda: _valkey(folder).running_pid() is None, 10)


def test_a_portal_waits_for_a_command_and_leaves_its_servers_alone_when_it_gives_up(folder: Path) -> None:
    impatient = "from opinion_portal.startup import __main__, launcher\nlauncher.COMMAND_SECONDS = 0.3\n__main__.main()"
    with servers_running(data_folder(folder)) as started:
        answer = run("-c", impatient, DATA_DIR=str(folder), PORT=str(free_port()))
        assert all(server.answers() for server in started.all())
    assert answer.returncode != 0
    assert answer.stdout == "A manage.py command is at work on this data; waiting for it to finish …\n"
    assert answer.stderr.startswith("A manage.py command is still at work")


def test_a_pid_file_whose_number_belongs_to_somebody_else_does_not_block(folder: Path) -> None:
    postgres = _postgres(folder)
    postgres.prepare()
    (postgres.cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.cluster}\n")
    (folder / "valkey").mkdir()
    (folder / "valkey" / "valkey.pid").write_text(f"{os.getpid()}\n")
    with servers_running(data_folder(folder)) as started:
        assert all(server.answers() for server in started.all())


def test_a_server_starts_although_the_killed_one_before_has_not_ended_in_full(folder: Path) -> None:
    with servers_running(data_folder(folder)):
        postgres = _postgres(folder)
        connection = psycopg2.connect(postgres.url())
        serving = connection.info.backend_pid
        os.kill(serving, signal.SIGSTOP)  # it cannot notice yet, like one that waits for the processor
        postmaster = postgres.running_pid()
        assert postmaster
        os.kill(postmaster, signal.SIGKILL)
        assert processes.until(lambda: postgres.running_pid() is None, 10)
        notices = threading.Timer(1, os.kill, (serving, signal.SIGCONT))
        notices.start()
        postgres.prepare()
        postgres.start()
        notices.join()
        connection.close()
        assert postgres.answers()


def test_a_half_made_cluster_is_made_again(folder: Path) -> None:
    (folder / "postgres.new").mkdir()
    (folder / "postgres.new" / "rest").write_text("of a killed run")
    _postgres(folder).prepare()
    assert not (_postgres(folder).cluster / "rest").exists()


def test_the_database_belongs_to_no_superuser_and_nobody_gets_in_without_a_password(
    folder: Path,
) -> None:
    with servers_running(data_folder(folder)) as started:
        postgres = started.postgres
        assert postgres
        with psycopg2.connect(postgres.url()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            assert cursor.fetchone() == (False,)
            cursor.execute(
                "SELECT name, setting FROM pg_settings WHERE name IN "
                "('listen_addresses', 'fsync', 'synchronous_commit', 'password_encryption', 'log_min_error_statement')"
            )
            assert dict(cursor.fetchall()) == {
                "listen_addresses": "", "fsync": "on", "synchronous_commit": "on",
                "password_encryption": "scram-sha-256", "log_min_error_statement": "panic",
            }  # fmt: skip
            cursor.execute("SELECT datlocprovider, datlocale FROM pg_database WHERE datname = current_database()")
            assert cursor.fetchone() == ("b", "C.UTF-8")
        connection.close()
        with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
            psycopg2.connect(postgres.url().replace(postgres.secrets.database_password, "wrong"))


def test_what_a_resident_wrote_never_reaches_the_log_of_the_database(folder: Path) -> None:
    with servers_running(data_folder(folder)) as started:
        assert started.postgres
        connection = psycopg2.connect(started.postgres.url())
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE said (words text CHECK (words = ''))")
            with pytest.raises(psycopg2.errors.CheckViolation):
                cursor.execute("INSERT INTO said VALUES ('quite a secret')")
        connection.close()
        assert "said" in started.postgres.log.read_text()
        assert "quite a secret" not in started.postgres.log.read_text()


def test_a_path_too_long_for_a_socket_gets_a_short_stand_in(folder: Path) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    with servers_running(data_folder(deep)) as started:
        assert all(server.answers() for server in started.all())
        assert started.postgres
        stand_in = started.postgres.socket_folder
        assert stand_in != started.postgres.cluster
        assert stat.S_IMODE(stand_in.stat().st_mode) == 0o700
    stand_in.rmdir()


def test_valkey_listens_on_the_loopback_address_alone_and_wants_a_password(folder: Path) -> None:
    valkey = _valkey(folder)
    valkey.prepare()
    lines = valkey.configuration.read_text().splitlines()
    assert {"bind 127.0.0.1", "appendonly yes", "maxmemory-policy noeviction"} <= set(lines)
    assert f"requirepass {valkey.password}" in lines
    assert stat.S_IMODE(valkey.configuration.stat().st_mode) == 0o600


def test_secrets_are_made_once_and_only_their_owner_may_read_them(folder: Path) -> None:
    made = secrets_load_or_make(folder / "secrets.json")
    assert secrets_load_or_make(folder / "secrets.json") == made
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600
    key_id, _, key = made.sealing_keys.partition(":")
    assert key_id
    assert {len(base64.b64decode(text)) for text in (key, made.receipt_key)} == {32}
    assert len({*json.loads((folder / "secrets.json").read_text()).values()}) == 6


def test_data_of_another_user_is_left_to_that_user(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets_load_or_make(folder / "secrets.json")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(StartupProblem, match=f"belongs to the user with number {os.getuid()}: run as that user"):
        data_folder(folder)


def test_broken_secrets_are_said_in_one_sentence_and_stay(folder: Path) -> None:
    (folder / "secrets.json").write_text("{")
    with pytest.raises(StartupProblem, match="put the file back from a backup"):
        secrets_load_or_make(folder / "secrets.json")
    assert (folder / "secrets.json").read_text() == "{"


def test_a_given_variable_is_left_as_it_is(folder: Path) -> None:
    (folder / "key").write_text("from a file")
    os.environ |= {"PUBLIC_BASE_URL": "https://portal.example", "SECRET_KEY_FILE": str(folder / "key")}
    servers_for(data_folder(folder)).all()[1].prepare()
    missing = servers_for(data_folder(folder)).environment()
    assert {"PUBLIC_BASE_URL", "SECRET_KEY"} & missing.keys() == set()
    made = {"RECEIPT_KEY", "SEALING_KEYS", "DATABASE_URL", "REDIS_URL", "DATA_DIR"}
    carrier = {"SMS_PROVIDER", "SMS_CARRIER_URL", "SMS_CARRIER_KEY_ID", "SMS_CARRIER_KEY_SECRET", "SMS_WEBHOOK_TOKEN"}
    assert missing.keys() == made | carrier


def test_the_carriers_port_is_given_to_nobody_else_before_the_carrier_starts(folder: Path) -> None:
    carrier = Carrier(folder / "carrier", secrets_new(), portal_port=free_port())
    carrier.prepare()
    # What takes a port by chance does so without a word; a server says that the address may be used again.
    with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
        stranger.bind(("127.0.0.1", carrier.port()))
    with ThreadingHTTPServer(("127.0.0.1", carrier.port()), BaseHTTPRequestHandler) as server:
        assert server.server_port == carrier.port()


def test_of_a_variable_and_its_file_the_file_counts_as_in_the_settings(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "address").write_text("https://file.example\n")
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://variable.example")
    monkeypatch.setenv("PUBLIC_BASE_URL_FILE", str(folder / "address"))
    assert (
        value_of("PUBLIC_BASE_URL")
        == FileAwareEnv(strip_whitespace=True).str("PUBLIC_BASE_URL")
        == "https://file.example"
    )


def test_beside_a_database_elsewhere_no_key_is_made_up(folder: Path) -> None:
    os.environ |= {"DATABASE_URL": "postgres://portal@db/portal", "REDIS_URL": "redis://cache/0"}
    with embedded_servers(folder, ["migrate"]):
        assert "SEALING_KEYS" not in os.environ
    assert list(folder.iterdir()) == []


def test_only_one_of_the_two_servers_may_be_elsewhere(folder: Path) -> None:
    os.environ["DATABASE_URL_FILE"] = "/run/secrets/database_url"
    found = servers_for(data_folder(folder))
    assert found.postgres is None
    assert found.valkey


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [("migrate", True), ("runserver 9000", True), ("check --deploy", False), ("makemigrations --check", False),
     ("", False), ("--help", False), ("migrate --help", False), ("help migrate", False)],
)  # fmt: skip
def test_only_commands_that_work_on_data_start_servers(arguments: str, needed: bool) -> None:
    assert needs_servers(arguments.split()) is needed


def test_a_command_without_data_leaves_nothing_behind(folder: Path) -> None:
    with embedded_servers(folder, ["collectstatic"]):
        assert {"SECRET_KEY", "DATABASE_URL", "REDIS_URL"} <= os.environ.keys()
    assert "SECRET_KEY" not in os.environ
    assert list(folder.iterdir()) == []
    assert set(environment_without_servers()) == set(servers.REQUIRED)


def test_nobody_runs_a_portal_on_a_new_folder(folder: Path) -> None:
    assert not portal_is_running(data_folder(folder))


def _account(uid: int) -> struct_passwd:
    return struct_passwd(("opinion-portal", "x", uid, uid, "", "/nonexistent", "/usr/sbin/nologin"))


def test_a_folder_below_a_closed_home_is_not_reachable_for_another_user(folder: Path) -> None:
    home, other = folder / "home", _account(os.getuid() + 4321)
    inside = home / "portal"
    inside.mkdir(parents=True)
    folder.chmod(0o755)
    inside.chmod(0o755)
    home.chmod(0o711)
    assert unprivileged.reachable(inside, other)
    home.chmod(0o700)
    assert not unprivileged.reachable(inside, other)


def test_an_unreachable_cluster_moves_to_a_shared_place_and_is_found_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unprivileged, "SHARED", folder / "shared")
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    home = unprivileged.home_for(closed, _account(os.getuid() + 4321))
    assert home.parent == folder / "shared"
    assert unprivileged.home_for(closed, _account(os.getuid() + 4321)) == home
    assert (closed / "postgres.location").read_text() == f"{home}\n"


def test_the_programs_are_copied_where_their_user_cannot_reach_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unprivileged, "SHARED", folder / "shared")
    monkeypatch.setattr(unprivileged, "reachable", lambda *_: False)
    programs = unprivileged.postgres_programs(_account(os.getuid() + 4321))
    assert programs.is_relative_to(folder / "shared")
    monkeypatch.undo()
    draft = postgres_for(data_folder(folder), secrets_new())
    answer = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True)
    assert answer.stdout.startswith("postgres (PostgreSQL)")
    assert (programs / "initdb").stat().st_mode & stat.S_IXOTH
    assert draft.programs != programs
