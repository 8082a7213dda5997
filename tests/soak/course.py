"""One soak with Django set up: its processes, its play, the check, and what is told at the end."""

import time
from pathlib import Path

from django.core.wsgi import get_wsgi_application
from django.db import connections
from django.test import Client
from django.urls import get_resolver

from feedback.emergency import emergency_words
from opinion_portal.celery import app
from tests.soak.diary import Diary
from tests.soak.faults import Web, Workers, deadlocks
from tests.soak.ground import Ground
from tests.soak.invariants import Evidence, violations
from tests.soak.keepers import Keeper, tick
from tests.soak.net import Net
from tests.soak.play import Play
from tests.soak.telling import tell
from tests.soak.web import web
from tests.soak.world import World, cast_made, people_made

# So many residents for each matter: some speak more than once.
PEOPLE = 0.9
# So many acts may wait in vain for somebody else's row.
LATE_AT_MOST = 1 / 500
_UNAVAILABLE = ('"event": "database.unavailable"', '"event": "Service Unavailable')


def run(ground: Ground, matters: int, seed: int, began: float) -> int:
    """Play, check, tell; 0 when every invariant holds."""
    keepers, web_keeper = _keepers(ground)
    try:
        diary = Diary()
        world = World(
            ground=ground,
            net=Net(ground, diary),
            seed=seed,
            matters=matters,
            diary=diary,
            cast=cast_made(seed),
            people=people_made(seed, max(20, int(matters * PEOPLE))),
        )
        Play(world, Workers(world, keepers), Web(world, web_keeper)).run()
        found = violations(evidence_of(world))
    finally:
        for keeper in (*keepers, web_keeper):
            keeper.stop()
    tell(world, found, time.monotonic() - began)
    return 1 if any(found.values()) else 0


def _keepers(ground: Ground) -> tuple[list[Keeper], Keeper]:
    """Forked while this process has one thread and no connection, with everything imported that they need."""
    application = get_wsgi_application()
    assert get_resolver().url_patterns
    app.loader.import_default_modules()
    _warm()
    workers = [Keeper(tick, ground.folder / "worker.log") for _ in range(2)]
    return workers, Keeper(web(ground.web, application), ground.folder / "web.log")


def _warm() -> None:
    """Do once what each process does at its first use: rules and templates compiled, catalogues read."""
    emergency_words("")
    client = Client(headers={"host": "127.0.0.1"})
    client.post("/r/rate/", {"receipt": "0000 0000 0000 0000", "answer": "satisfied"})
    client.post("/api/v1/feedback/", {}, content_type="application/json")
    connections.close_all()


def evidence_of(world: World) -> Evidence:
    """What the carrier knows, and what was noted on the way."""
    known = world.ground.carrier.known()
    logged = logged_errors(world.ground.folder)
    surprises = (*world.diary.unexpected, *logged, *unavailable_too_often(world), *late_too_often(world))
    return Evidence(**known, phones=frozenset(world.phones), surprises=surprises, deadlocks=deadlocks(world))


def logged_errors(folder: Path) -> list[str]:
    """What workers and web have logged as errors, but for 503s: those are told apart by ``unavailable_too_often``."""
    found = []
    for log in (folder / "worker.log", folder / "web.log"):
        errors = (line for line in log.read_text(errors="replace").splitlines() if '"level": "error"' in line)
        found += [f"{log.stem}: {line[:1500]}" for line in errors if not any(event in line for event in _UNAVAILABLE)]
    return found


def unavailable_too_often(world: World) -> list[str]:
    """A connection that is cut costs one request at most; more 503s than that have another cause."""
    answered = (world.ground.folder / "web.log").read_text(errors="replace").count(_UNAVAILABLE[0])
    cut = world.diary.faults["connections cut"]
    return [f"the web answered 503 {answered} times, {cut} connections were cut"] if answered > cut else []


def late_too_often(world: World) -> list[str]:
    """Whoever waits in vain for a row asks again; that this is rare shows that nobody keeps rows for long."""
    late, done = sum(world.diary.late.values()), sum(world.diary.done.values())
    return [f"{late} acts of {done} waited in vain for a row"] if late > max(1, done * LATE_AT_MOST) else []
