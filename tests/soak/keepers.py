"""Processes that may be killed at any moment: each keeper forks one child after the other and says how it ended.

Keepers are forked from the driver before it has a thread or a connection, so no child inherits a lock that somebody
holds. A child that is killed leaves what it had half done, as a worker or a web process would.
"""

import json
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from opinion_portal.startup.child import end_with_parent
from tests.soak.deaths import Say, die_at
from tests.soak.diary import is_cut, is_late

Child = Callable[[Mapping[str, Any], Say], None]
_POLL = 0.002


@dataclass(frozen=True)
class Ending:
    """How a child ended, and what it had said until then."""

    was_killed: bool
    said: list[dict[str, Any]] = field(default_factory=list)

    @property
    def died(self) -> str:
        """The step at which it was killed; empty where that was at any moment."""
        return next((str(line["died"]) for line in self.said if "died" in line), "")


class Keeper:
    """``child`` does what an order says, in a process of its own, with its output in ``log``."""

    def __init__(self, child: Child, log: Path) -> None:
        self._here, there = socket.socketpair()
        self._file = self._here.makefile("rw")
        sys.stdout.flush()
        driver, self.pid = os.getpid(), os.fork()
        if self.pid == 0:
            end_with_parent(signal.SIGKILL, driver)
            self._here.close()
            _keep(child, there, log)
        there.close()

    def run(self, order: Mapping[str, object], *, kill_after: float | None) -> Ending:
        """Have a child do ``order``; kill -9 it after so many seconds unless it has ended before."""
        try:
            self._file.write(json.dumps({"order": order, "kill_after": kill_after}) + "\n")
            self._file.flush()
            answer = self._file.readline()
        except OSError:  # the keeper was stopped
            answer = ""
        return Ending(**json.loads(answer)) if answer else Ending(was_killed=True)

    def stop(self) -> None:
        """The keeper goes, and its child with it."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def _keep(child: Child, orders: socket.socket, log: Path) -> None:
    """The keeper's whole life."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    with orders.makefile("rw") as file:
        for line in file:
            asked = json.loads(line)
            file.write(json.dumps(vars(_once(child, asked["order"], asked["kill_after"]))) + "\n")
            file.flush()
    os._exit(0)


def _once(child: Child, order: Mapping[str, Any], kill_after: float | None) -> Ending:
    reads, writes = os.pipe()
    keeper, pid = os.getpid(), os.fork()
    if pid == 0:
        os.close(reads)
        end_with_parent(signal.SIGKILL, keeper)
        _live(child, order, writes)
    os.close(writes)
    was_killed = not _ends(pid, kill_after)
    with os.fdopen(reads) as pipe:
        # A kill in the middle of a line leaves half of it.
        said = [json.loads(line) for line in pipe if line.endswith("\n")]
    return Ending(was_killed, said)


def _ends(pid: int, kill_after: float | None) -> bool:
    """Wait for the child, and kill it when its time is over; whether it ended in peace."""
    if kill_after is None:
        return os.waitpid(pid, 0)[1] == 0
    end = time.monotonic() + kill_after
    while time.monotonic() < end:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status == 0
        time.sleep(_POLL)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return False


def _live(child: Child, order: Mapping[str, Any], writes: int) -> None:
    """The child's whole life."""

    def say(line: Mapping[str, object]) -> None:
        os.write(writes, json.dumps(line).encode() + b"\n")

    try:
        child(order, say)
    except BaseException:  # noqa: BLE001 (a process has nobody above it to tell)
        say({"error": traceback.format_exc(limit=-6)})
    os._exit(0)


# What the beat has the worker do --------------------------------------------------------------------------------------
def tick(order: Mapping[str, Any], say: Say) -> None:
    """Run the beat's tasks that are named, and die where the order says; one that fails keeps none from the rest."""
    from django.db import connection

    from opinion_portal.celery import app

    if order["death"]:
        die_at(order["death"], say)
    for name in order["tasks"]:
        try:
            app.tasks[name].run()
        except Exception as error:  # noqa: BLE001 (the driver judges it)
            connection.close()
            known = {"task": name, "cut": is_cut(error), "late": is_late(error)}
            say(known if known["cut"] or known["late"] else {"error": traceback.format_exc(limit=-8)})
        else:
            say({"task": name})
