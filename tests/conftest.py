"""The tests' ground: see ``tests/support/servers.py`` for the servers, ``tests/support/stack.py`` for whole portals."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
import hypothesis
import pytest
from django.core.cache import cache
from django.db import connections
from django.test import TransactionTestCase

from opinion_portal.startup import programs
from tests.support import browser, quick, servers
from tests.support.programs import WorkerProgram
from tests.support.stack import PortalStack, running_stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
# This process's own database, and its own numbered database in Valkey.
DATABASE = f"test_portal_{WORKER or 'alone'}"
VALKEY_NUMBER = 1 + int(WORKER.removeprefix("gw") or 0)

# The settings are read from here on: other conftest files and the tests import models at their top.
quick.children_keep_bytecode()
if not WORKER:
    servers.session_plan()
os.environ.update(servers.process_environment(DATABASE, VALKEY_NUMBER))
django.setup()
# An xdist worker inherits this environment, and pytest-django reads the settings named in it before a worker gets here.
del os.environ["DJANGO_SETTINGS_MODULE"]

quick.passwords_hash_cheaply()
quick.static_files_read_once()

# How busy the machine is says nothing about the code: no example fails for the time it took.
# Each run tries other examples.
hypothesis.settings.register_profile(
    "portal", max_examples=50, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("portal")


@pytest.hookimpl(wrapper=True)
def pytest_sessionstart(session: pytest.Session) -> Iterator[None]:
    yield
    # By now xdist has started its processes: they read the tests while the servers are made ready.
    if not WORKER and not session.config.option.collectonly:
        servers.session_start()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not WORKER and not config.option.collectonly:
        servers.session_stop()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    return quick.processes()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> quick.FilesTogether:
    return quick.FilesTogether(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items[:] = quick.slow_first(items)
    left_out = browser.left_out(items)
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def pytest_collection_finish(session: pytest.Session) -> None:
    quick.garbage_set_aside()
    if WORKER:
        servers.session_wait()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None) -> None:
    """This process's database: a copy of the one that was migrated and filled with reference data."""
    servers.database_clone(DATABASE, servers.TEMPLATE)
    # Emptying the tables would lose the reference data, and the audit log refuses it.
    TransactionTestCase._fixture_teardown = _database_renew  # type: ignore[attr-defined]


def _database_renew(_case: object) -> None:
    connections.close_all()
    servers.database_clone(DATABASE, servers.TEMPLATE)


@pytest.fixture(autouse=True)
def _empty_valkey() -> Iterator[None]:
    """No test sees what another one left in the cache or in the queue."""
    yield
    cache.clear()


@pytest.fixture
def celery_worker_process(transactional_db: None, tmp_path: Path) -> Iterator[WorkerProgram]:
    """A real Celery worker on this test's own database and queue; the test may kill and start it."""
    worker = WorkerProgram(programs.worker(), dict(os.environ), tmp_path / "worker.log")
    worker.start()
    yield worker
    worker.stop()


@pytest.fixture(scope="module")
def _portal_stack() -> Iterator[PortalStack]:
    with running_stack(beat=True) as stack:
        yield stack


@pytest.fixture
def portal_stack(_portal_stack: PortalStack) -> Iterator[PortalStack]:
    """A whole portal (servers, web, worker, beat): a test may break any part of it, but what it stored stays.

    One for each module, since its start takes longer than most tests: look at the rows that your test has added.
    """
    yield _portal_stack
    _portal_stack.mend()


@pytest.fixture(scope="session")
def shared_portal_stack() -> Iterator[PortalStack]:
    """A whole portal (servers, web, worker, beat) for all tests of this process: leave it running."""
    with running_stack(beat=True) as stack:
        yield stack


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """Debian's Chromium, driven by playwright; for tests marked ``browser``."""
    with browser.chromium_running() as running:
        yield running
