"""The tests' ground: see ``tests/support/servers.py`` for the servers, ``tests/support/stack.py`` for whole portals."""

import os
from collections.abc import Iterator

import pytest

from tests.support import servers

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
