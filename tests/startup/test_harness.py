"""The ground that the other tests stand on."""

import os

import pytest
from django.core.cache import cache
from django.db import connection

from opinion_portal.startup.places import CHECKOUT
from tests.support import quick
from tests.support.programs import WorkerProgram


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_committed_row_is_gone_in_the_next_test(turn: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_unit WHERE code = 'harness'")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT setting FROM pg_settings WHERE name = 'fsync'")
        assert cursor.fetchone() == ("off",)


@pytest.mark.parametrize("turn", [1, 2])
def test_nothing_stays_in_the_cache_for_the_next_test(turn: int) -> None:
    assert cache.get("harness") is None
    cache.set("harness", turn)


@pytest.mark.django_db
def test_the_environment_names_the_database_of_this_process() -> None:
    assert os.environ["DATABASE_URL"].endswith(f"/{connection.settings_dict['NAME']}")


def test_a_killed_worker_can_be_started_again(celery_worker_process: WorkerProgram) -> None:
    celery_worker_process.kill()
    assert not celery_worker_process.works()
    celery_worker_process.start()
    assert celery_worker_process.is_running()


def test_every_file_that_begins_first_is_there() -> None:
    assert [file for file in quick.SLOW if not (CHECKOUT / file).is_file()] == []
