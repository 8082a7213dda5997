"""`make run`: one portal on one machine, from a folder of data to an address that answers, and back.

Order: PostgreSQL and Valkey, then migrations and reference data, then the simulated SMS carrier, web, worker and beat.
It stops in the reverse order. Whatever a killed run left behind is ended first.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Any

from opinion_portal.startup import processes
from opinion_portal.startup.address import Address, address_check, address_wanted, names_answered, port_is_free
from opinion_portal.startup.announcement import Ready, ready_text, say
from opinion_portal.startup.answering import web_answers
from opinion_portal.startup.carrier import Carrier
from opinion_portal.startup.embedded import Servers, servers_for, stop_all, value_of
from opinion_portal.startup.manager import Manager
from opinion_portal.startup.places import CHECKOUT, DataFolder, data_folder, lock_leave, lock_open, lock_try
from opinion_portal.startup.problem import StartupProblem

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SERVER_SECONDS = 120.0
WEB_SECONDS = 120.0
CARRIER_SECONDS = 60.0
HOPELESS_SECONDS = 12.0
LEFTOVER_SECONDS = 20.0
COMMAND_SECONDS = 60.0
LOOK_SECONDS = 0.5
WATCH_SECONDS = 5.0

SHARED_WITH_CARRIER = ("SMS_WEBHOOK_TOKEN", "SMS_CARRIER_KEY_ID", "SMS_CARRIER_KEY_SECRET")


# Ctrl-C, SIGTERM or a closed terminal has come. The handler raises as well, but what it raises can get lost: Python
# drops an exception that comes up while a finished answer is being closed.
_stop_was_asked = Event()


class StopAsked(BaseException):
    """Whoever runs this wants it to end."""


def portal_run() -> None:
    """Run until asked to stop. Raises StartupProblem when something has to be put right by a person."""
    data = data_folder()
    address = address_wanted()
    address_check(address)
    for signal_number in STOP_SIGNALS:
        signal.signal(signal_number, _stop_asked)
    with _folder_held(data):
        manager = Manager(data)
        _leftovers_end(data, manager, address)
        try:
            _portal_start(data, manager, address)
            _watch(manager)
        except StopAsked:
            say("\nStopping: beat, web, worker, servers …")
        finally:
            _quiet()
            _everything_stop(data, manager, address)
        say(f"Stopped. The data stays in {data.path}")


def _everything_stop(data: DataFolder, manager: Manager, address: Address) -> None:
    manager.stop()
    # Nothing is left to do here unless supervisord was killed: its children are on their way out then.
    if manager.servers:
        stop_all(manager.servers)
    processes.until(lambda: port_is_free(address), LEFTOVER_SECONDS)
    data.portal_lock.write_text("")


def _stop_asked(_number: int, _frame: FrameType | None) -> None:
    _stop_was_asked.set()
    _quiet()
    raise StopAsked


def _stop_if_asked() -> None:
    if _stop_was_asked.is_set():
        raise StopAsked


def _quiet() -> None:
    # A second Ctrl-C would leave half of it running.
    for signal_number in STOP_SIGNALS:
        signal.signal(signal_number, signal.SIG_IGN)


@contextmanager
def _folder_held(data: DataFolder) -> Iterator[None]:
    """Keep a second `make run` away from this folder."""
    descriptor = lock_open(data.portal_lock)
    try:
        # A command that looks whether a portal runs has the lock for a moment.
        if not processes.until(lambda: lock_try(descriptor, exclusive=True), LOOK_SECONDS):
            raise StartupProblem(
                f"A portal already runs on {data.path}{_where(data)}: stop it first, or choose another DATA_DIR."
            )
        yield
    finally:
        os.close(descriptor)


def _where(data: DataFolder) -> str:
    address = data.portal_lock.read_text().strip()
    return f" ({address})" if address else ""


def _leftovers_end(data: DataFolder, manager: Manager, address: Address) -> None:
    # Every way out but a kill leaves the file of the lock empty.
    killed = bool(data.portal_lock.read_text().strip())
    if killed:
        say("The last run was killed: ending what is left of it …")
        manager.leftover_stop()
    if not processes.until(lambda: port_is_free(address), LEFTOVER_SECONDS if killed else 0):
        raise StartupProblem(f"Port {address.port} is taken by another program: choose one, like `PORT=8001 make run`.")
    data.portal_lock.write_text(f"{address}\n")


def _portal_start(data: DataFolder, manager: Manager, address: Address) -> None:
    # The servers' lock is held until they answer: a command started now waits and then shares them.
    # The users' lock is shared and kept until this process ends: no command stops the servers under the portal.
    users, starting = lock_open(data.users_lock), lock_open(data.servers_lock)
    try:
        _alone(users, starting)
        servers = servers_for(data, make_secrets=True)
        _servers_start(servers, manager, address)
        lock_try(users, exclusive=False)
    finally:
        os.close(starting)
    say("Migrations and reference data …")
    first = _first_steps(data)
    _web_start(manager, address, servers.carrier)
    ready = Ready(
        address=address, public=value_of("PUBLIC_BASE_URL"), data=data, logins=first["logins"], link=first["link"],
        phones=servers.carrier.url() if servers.carrier else "",
    )  # fmt: skip
    if say(ready_text(ready)):
        data.first_logins.unlink(missing_ok=True)


def _alone(users: int, starting: int) -> None:
    """Wait for commands that still use the servers: supervisord is to own them."""

    def free() -> bool:
        if lock_try(starting, exclusive=True) and lock_try(users, exclusive=True):
            return True
        lock_leave(starting)  # whoever is about to leave needs it
        return False

    if free():
        return
    say("A manage.py command is at work on this data; waiting for it to finish …")
    if not processes.until(free, COMMAND_SECONDS):
        raise StartupProblem("A manage.py command is still at work on this data: let it finish, then start again.")


def _servers_start(servers: Servers, manager: Manager, address: Address) -> None:
    stop_all(servers)  # nobody uses them: a killed run left them
    if servers.postgres and not servers.postgres.cluster.exists():
        say("Making the database (first run) …")
    for server in servers.all():
        server.prepare()
    if servers.carrier:
        servers.carrier.prepare()
    os.environ.update(servers.environment())
    os.environ["ALLOWED_HOSTS"] = names_answered(address, value_of("ALLOWED_HOSTS"))
    os.environ.pop("ALLOWED_HOSTS_FILE", None)  # the settings would read it in place of what stands here
    if servers.carrier:
        shared = {name: value_of(name) for name in SHARED_WITH_CARRIER}
        os.environ.update(servers.carrier.environment(shared, _portal_for_carrier(address)))
    say(f"Starting {' and '.join(server.title for server in servers.all()) or 'the process manager'} …")
    manager.start(servers)
    for server in servers.all():
        manager.program_start(server.program)
    for server in servers.all():
        _wait(manager, server.program, server.answers, SERVER_SECONDS)


def _portal_for_carrier(address: Address) -> str:
    """Next door, unless a TLS proxy stands in front: the portal would only send the carrier there."""
    public = value_of("PUBLIC_BASE_URL")
    return public if public.startswith("https:") else str(address)


def _wait(manager: Manager, name: str, ready: Callable[[], bool], seconds: float) -> None:
    """Wait until program ``name`` works; raise StartupProblem with where to look when it does not."""
    started = time.monotonic()
    patience = seconds
    while time.monotonic() - started < patience:
        _stop_if_asked()
        state = manager.state(name)
        if state in {"STARTING", "RUNNING"} and ready():
            return
        if state == "BACKOFF":  # it ended at once and is tried again: worth a few times, not a minute
            patience = HOPELESS_SECONDS
        time.sleep(0.05)
    log = manager.data.logs / f"{name}.log"
    raise StartupProblem(f"{name} does not start: {_last_line(log)} (see {log})")


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else "it said nothing"


def _first_steps(data: DataFolder) -> dict[str, Any]:
    log = data.logs / "first_steps.log"
    program = [sys.executable, "-m", "opinion_portal.startup.first_steps", str(data.first_logins)]
    with log.open("w") as errors:
        done = subprocess.run(
            processes.child_command(program),
            cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True, check=False,
        )  # fmt: skip
    if done.returncode != 0:
        raise StartupProblem(f"The database could not be prepared: {_last_line(log)} (see {log})")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _web_start(manager: Manager, address: Address, carrier: Carrier | None) -> None:
    say("Starting web, worker and beat …")
    public = value_of("PUBLIC_BASE_URL")
    if carrier:
        manager.program_start(carrier.program)
    manager.program_start("web")
    _wait(manager, "web", lambda: web_answers(address, public), WEB_SECONDS)
    if carrier:
        _wait(manager, carrier.program, carrier.answers, CARRIER_SECONDS)
    # After the web, which the person waits for: all of them want the processor at their start.
    manager.program_start("worker")
    manager.program_start("beat")


def _watch(manager: Manager) -> None:
    """Wait for a signal; supervisord does the rest. Names what does not stay up, once."""
    told: set[str] = set()
    while manager.is_alive(WATCH_SECONDS):
        _stop_if_asked()
        failing = manager.failing()
        for name in sorted(failing - told):
            say(f"{name} ends again and again: see {manager.data.logs}/{name}.log")
        told |= failing
    raise StartupProblem("The process manager was ended from outside, and everything with it: run `make run` again.")
