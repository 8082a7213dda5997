"""The tests' ground: see ``tests/support/servers.py`` for the servers, ``tests/support/stack.py`` for whole portals."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from opinion_portal.startup import programs
from tests.support import servers
from tests.support.programs import WorkerProgram
from tests.support.stack import PortalStack, running_stack

CONTROLLER_DATABASE = "test_portal"


def _database() -> str:
    """This process's own database, by the name of its xdist worker."""
    return f"{CONTROLLER_DATABASE}_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


def _valkey_number() -> int:
    return 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    # Before Django reads its settings. An xdist worker finds the servers of the process that started it.
    if config.getoption("collectonly") or config.getoption("help"):
        return
    if not hasattr(config, "workerinput"):
        servers.session_start()
    os.environ.update(servers.process_environment(_database(), _valkey_number()))
    import django

    django.setup()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and servers.FOLDER_VARIABLE in os.environ:
        servers.session_stop()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None) -> None:
    """This process's database: a copy of the one that was migrated and filled with reference data."""
    from django.test import TransactionTestCase

    servers.database_clone(_database(), servers.TEMPLATE)
    # Emptying the tables would lose the reference data, and the audit log refuses it.
    TransactionTestCase._fixture_teardown = _database_renew  # type: ignore[attr-defined]


def _database_renew(_case: object) -> None:
    from django.db import connections

    connections.close_all()
    servers.database_clone(_database(), servers.TEMPLATE)


@pytest.fixture(autouse=True)
def _empty_valkey() -> Iterator[None]:
    """No test sees what another one left in the cache or in the queue."""
    from django.core.cache import cache

    yield
    cache.clear()


@pytest.fixture
def celery_worker_process(transactional_db: None, tmp_path: Path) -> Iterator[WorkerProgram]:
    """A real Celery worker on this test's own database and queue; the test may kill and start it."""
    worker = WorkerProgram(programs.worker(), dict(os.environ), tmp_path / "worker.log")
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture
def portal_stack() -> Iterator[PortalStack]:
    """A whole portal (servers, web, worker) for one test, which may break any part of it."""
    with running_stack() as stack:
        yield stack


@pytest.fixture(scope="session")
def shared_portal_stack() -> Iterator[PortalStack]:
    """A whole portal (servers, web, worker, beat) for all tests of this process: leave it running."""
    with running_stack(beat=True) as stack:
        yield stack
