"""The backend that trusts a connection in use, and statements that are planned once."""

from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.db.backends.postgresql.base import DatabaseWrapper as Plain
from django.test.utils import CaptureQueriesContext

from opinion_portal.database import base
from opinion_portal.prepared import Prepared

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A line for every time a connection is asked whether it lives."""
    found: list[bool] = []

    def is_usable(wrapper: Any) -> bool:
        found.append(Plain.is_usable(wrapper))
        return found[-1]

    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", is_usable)
    return found


def _request() -> None:
    close_old_connections()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 2")
    close_old_connections()


def test_a_connection_in_use_is_not_asked_and_one_that_rested_is(
    asked: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    _request()
    asked.clear()
    _request()
    assert asked == []
    monkeypatch.setattr(base, "RESTED", 0.0)
    _request()
    assert asked == [True]


def test_a_connection_that_died_while_it_rested_is_replaced(asked: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    _request()
    monkeypatch.setattr(base, "RESTED", 0.0)
    connection.connection.close()
    _request()
    assert False in asked


def test_a_statement_is_prepared_once_for_each_connection() -> None:
    doubled = Prepared("test_doubled", {"number": "integer"}, "SELECT number * 2 FROM %(given)s")
    with CaptureQueriesContext(connection) as queries:
        assert doubled.fetch_all([{"number": 4}]) == [(8,)]
        assert doubled.fetch_all([{"number": 5}, {"number": 6}]) == [(10,), (12,)]
    assert [query["sql"].split()[0] for query in queries] == ["PREPARE", "EXECUTE", "EXECUTE"]
    connection.close()
    assert doubled.fetch_all([{"number": 7}]) == [(14,)]
