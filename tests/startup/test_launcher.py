"""`make run` with real processes: order, recovery, and what it says when something is in the way."""

import http.cookiejar
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from opinion_portal.startup import processes
from tests.followup.carriers import CarrierProgram
from tests.startup.launching import Launch, run
from tests.support import servers
from tests.support.programs import until
from tests.support.stack import prepared_folder

# Whole portals start several times in one test; other tests take their share of the processor.
pytestmark = pytest.mark.timeout(400)

LOGIN = re.compile(r"^  \w+ +\S{8,} +\S+$", re.MULTILINE)


@pytest.fixture
def empty_folder() -> Iterator[Path]:
    folder = servers.folder_make()
    yield folder
    servers.folder_remove(folder)


@pytest.fixture
def data(empty_folder: Path) -> Path:
    """A folder of an earlier run: migrated, with reference data."""
    subprocess.run(["cp", "-a", f"{prepared_folder()}/.", str(empty_folder)], check=True)
    return empty_folder


@pytest.fixture(scope="module")
def running() -> Iterator[Launch]:
    """One portal for the tests that only ask it something; the last of them kills it."""
    folder = servers.folder_make()
    subprocess.run(["cp", "-a", f"{prepared_folder()}/.", str(folder)], check=True)
    launch = Launch(folder, SMS_HOURS="00:00-24:00")
    launch.start()
    yield launch
    if launch.process and launch.process.poll() is None:
        launch.end()
    servers.folder_remove(folder)


def test_the_first_run_shows_logins_and_a_point_once_and_the_second_keeps_the_data(empty_folder: Path) -> None:
    stopped, first, second = Launch(empty_folder), Launch(empty_folder), Launch(empty_folder)
    stopped.begin()
    until(lambda: "Starting web" in stopped.text(), 120)  # the accounts are made, nobody has seen their passwords
    assert stopped.end(signal.SIGINT) == 0
    assert "READY" not in stopped.text()
    first.start()
    link = re.search(rf"{first.address}(/p/\w+/)", first.text())
    assert link
    assert first.status(link.group(1)) == 200
    assert len(LOGIN.findall(first.text())) == 9
    assert "█" in first.text()
    assert _logs_in(f"http://localhost:{first.port}", *LOGIN.findall(first.text())[0].split()[:2])
    phones = _phones(first)
    assert phones
    assert int(phones.rpartition(":")[2]) in range(first.port + 1, first.port + 10)
    assert _page(phones) == 200
    assert first.end(signal.SIGINT) == 0
    assert first.left_behind() == []
    assert first.status("/healthz/") == 0
    assert _page(phones) == 0
    kept = sorted(path.name for path in (empty_folder / "carrier").iterdir())

    assert second.start() < 15 * _busyness()
    assert link.group(1) in second.text()
    assert LOGIN.findall(second.text()) == []
    assert _page(_phones(second)) == 200
    assert set(kept) <= {path.name for path in (empty_folder / "carrier").iterdir()}
    assert second.end(signal.SIGTERM) == 0
    assert second.left_behind() == []


def _logs_in(address: str, username: str, password: str) -> bool:
    """Whether a browser at ``address`` gets from the login page into the office."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = browser.open(f"{address}/office/login/", timeout=10).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert token
    fields = {"csrfmiddlewaretoken": token[1], "username": username, "password": password}
    form = urllib.request.Request(  # noqa: S310 (our own address)
        f"{address}/office/login/", urllib.parse.urlencode(fields).encode(), {"Origin": address, "Referer": address}
    )
    answer = browser.open(form, timeout=30)
    return bool(answer.status == 200 and answer.url == f"{address}/office/password/")


def _phones(launch: Launch) -> str:
    """Where the simulated carrier shows its phones."""
    found = re.search(r"^Phones (http://127\.0\.0\.1:\d+)/ ", launch.text(), re.MULTILINE)
    return found[1] if found else ""


def _page(address: str) -> int:
    """What answers there; 0 when nobody does."""
    try:
        with urllib.request.urlopen(f"{address}/", timeout=10) as answer:  # noqa: S310 (our own address)
            return int(answer.status)
    except OSError:
        return 0


def test_a_reply_typed_into_the_simulated_phone_reaches_the_portal(running: Launch, tmp_path: Path) -> None:
    queued = run("-m", "tests.faults.outbox", "queue", "1", **running.values)
    (key,) = json.loads(queued.stdout)
    carrier = CarrierProgram(tmp_path)
    carrier.environment["CARRIER_PORT"] = _phones(running).rpartition(":")[2]
    until(lambda: bool(carrier.sent(key)), 60)
    assert carrier.reply(carrier.sent(key)[0]["phone"], "3 没人来") == 303
    told = [("reply", "done"), ("report", "done")]
    until(lambda: sorted((push["kind"], push["state"]) for push in carrier.known()["pushes"]) == told, 60)
    seen = Path(f"/proc/{running.pid_of('carrier')}/environ").read_text().split("\0")
    foreign = {line.partition("=")[0] for line in seen if line and not line.startswith("CARRIER_")}
    assert foreign <= {"PATH", "LC_ALL"}, "the carrier needs no secret of the portal"


def _busyness() -> float:
    """How much longer than on an idle machine things take just now."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


LOST = """
import io, signal
from opinion_portal.startup import launcher

class Answer(io.BufferedIOBase):
    def close(self):
        signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, launcher._stop_asked)
answer = Answer()
del answer
print("lost")
try:
    launcher._stop_if_asked()
except launcher.StopAsked:
    print("found")
"""


def test_a_stop_is_heard_even_where_python_drops_the_exception_that_tells_of_it() -> None:
    assert run("-c", LOST).stdout.split() == ["lost", "found"]


def test_what_dies_is_restarted(running: Launch) -> None:
    until(lambda: "'beat' with pid" in (running.folder / "logs" / "supervisord.log").read_text())
    victims = {name: running.pid_of(name) for name in ("postgres", "valkey", "carrier", "web", "worker", "beat")}
    for pid in victims.values():
        os.kill(pid, signal.SIGKILL)
    until(lambda: all(running.pid_of(name) != pid for name, pid in victims.items()), 60)
    until(lambda: running.status("/healthz/ready/") == 200, 60)


def test_a_running_portal_shares_its_servers_but_not_its_folder(running: Launch) -> None:
    shared = run("manage.py", "point_link", **running.values)
    assert (shared.returncode, shared.stderr) == (0, "")
    assert running.status("/healthz/ready/") == 200
    second = run("-m", "opinion_portal.startup", **running.values)
    assert second.returncode != 0
    assert second.stderr.startswith(f"A portal already runs on {running.folder} ({running.address}): ")
    assert second.stderr.count("\n") == 1


def test_after_a_kill_the_next_run_starts_and_tells_when_its_manager_is_killed(running: Launch) -> None:
    again = Launch(running.folder)
    again.port, again.values = running.port, running.values  # the port, too, has to be free again
    running.kill()
    again.start()
    os.kill(again.supervisord_pid, signal.SIGKILL)
    assert again.wait() != 0
    assert again.text().splitlines()[-1].startswith("The process manager was ended from outside")
    assert processes.until(lambda: not again.left_behind(), 30), again.left_behind()


def test_with_both_addresses_given_nothing_embedded_starts(empty_folder: Path) -> None:
    servers.database_clone("external", servers.TEMPLATE)
    given = servers.process_environment("external", 60)
    launch = Launch(empty_folder, DATABASE_URL=given["DATABASE_URL"], REDIS_URL=given["REDIS_URL"])
    launch.start()
    assert launch.status("/healthz/ready/") == 200
    assert not {"postgres", "valkey", "postgres.location"} & {path.name for path in empty_folder.iterdir()}
    assert not [command for command in launch.left_behind() if "valkey-server" in command or "postgres" in command]
    assert launch.end() == 0
    assert launch.left_behind() == []


def test_a_taken_port_is_said_in_one_sentence(empty_folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        answer = run("-m", "opinion_portal.startup", DATA_DIR=str(empty_folder), PORT=port)
    assert answer.returncode != 0
    assert answer.stderr == f"Port {port} is taken by another program: choose one, like `PORT=8001 make run`.\n"


def test_a_folder_that_cannot_be_used_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for program in (["-m", "opinion_portal.startup"], ["manage.py", "migrate"]):
        answer = run(*program, DATA_DIR=str(tmp_path / "file" / "data"))
        assert answer.returncode != 0
        assert answer.stderr.startswith(f"The data folder {tmp_path / 'file' / 'data'} cannot be used: ")
        assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize("port", ["web", "0", "65536"])
def test_a_port_that_is_none_is_said_in_one_sentence(empty_folder: Path, port: str) -> None:
    answer = run("-m", "opinion_portal.startup", DATA_DIR=str(empty_folder), PORT=port)
    assert answer.returncode != 0
    assert answer.stderr == f"PORT must be a number from 1 to 65535, not {port!r}.\n"


def test_an_unreachable_database_is_said_in_one_sentence(empty_folder: Path) -> None:
    where = {"DATABASE_URL": "postgres://portal:x@127.0.0.1:1/portal", "REDIS_URL": "redis://127.0.0.1:1/0"}
    answer = run(
        "-m", "opinion_portal.startup", DATA_DIR=str(empty_folder), PORT=str(Launch(empty_folder).port), **where
    )
    assert answer.returncode != 0
    assert answer.stderr.startswith("The database could not be prepared: The database cannot be used: ")
    assert answer.stderr.count("\n") == 1


def test_a_lost_secrets_file_beside_data_is_not_replaced(data: Path) -> None:
    (data / "secrets.json").unlink()
    answer = run("manage.py", "migrate", DATA_DIR=str(data))
    assert answer.returncode != 0
    assert answer.stderr.startswith(f"{data}/secrets.json is missing beside stored data")
    assert not (data / "secrets.json").exists()
    shutil.rmtree(data / "postgres")
