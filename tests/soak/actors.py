"""How people act: many at once, some of them at the very same moment on the same thing."""

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from django.db import OperationalError, close_old_connections, connection, connections

from tests.soak.diary import Diary

THREADS = 4
# What rivals are told apart by in the diary.
RACE = "(race)"
Act = Callable[[], object]


@dataclass(frozen=True)
class Job:
    """One act, or several rival ones that begin at the same moment."""

    name: str
    acts: tuple[Act, ...]


def job(name: str, *acts: Act) -> Job:
    """An act by itself, or rivals."""
    return Job(name, acts)


def play(jobs: Iterable[Job], diary: Diary) -> None:
    """Do all of ``jobs``, a few at a time."""
    waiting: SimpleQueue[Job] = SimpleQueue()
    for one in jobs:
        waiting.put(one)
    threads = [threading.Thread(target=_work, args=(waiting, diary)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _work(waiting: "SimpleQueue[Job]", diary: Diary) -> None:
    try:
        while True:
            one = waiting.get_nowait()
            _do(one, diary)
    except Empty:
        connections.close_all()


def _do(one: Job, diary: Diary) -> None:
    mine, *others = one.acts
    if not others:
        _act(one.name, mine, diary)
        return
    start = threading.Barrier(len(one.acts))
    rivals = [threading.Thread(target=_stranger, args=(one.name, act, diary, start)) for act in others]
    for rival in rivals:
        rival.start()
    _rival(one.name, mine, diary, start)
    for rival in rivals:
        rival.join()


def _rival(name: str, act: Act, diary: Diary, start: threading.Barrier) -> None:
    with suppress(OperationalError):  # cut off right now; the act will tell
        connection.ensure_connection()
    start.wait()
    _act(f"{name} {RACE}", act, diary)


def _stranger(name: str, act: Act, diary: Diary, start: threading.Barrier) -> None:
    _rival(name, act, diary, start)
    connections.close_all()


def _act(name: str, act: Act, diary: Diary) -> None:
    with diary.noting(name):
        act()
    # As at the end of a request: a connection that was cut is not used again.
    close_old_connections()
