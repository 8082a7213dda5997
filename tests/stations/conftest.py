"""The people of these tests: one of the centre, an officer of Danan station, others as needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.test import Client

if TYPE_CHECKING:  # this file is read before the settings are there
    from accounts.models import Officer
    from stations.models import SensingPoint


@pytest.fixture
def officer(db: None) -> Callable[..., Officer]:
    """Make an officer: ``officer("centre", "li")``, ``officer("station_officer", "wang", "station-danan")``."""
    from accounts.models import Officer, Role, Unit

    def make(role: str, username: str, unit: str = "centre") -> Officer:
        return Officer.objects.create(
            username=username,
            name=username.title(),
            role=Role(role),
            unit=Unit.objects.get(code=unit),
            must_change_password=False,
        )

    return make


@pytest.fixture
def at_screen() -> Callable[[Officer], Client]:
    """A browser in which the officer is logged in."""

    def log_in(officer: Officer) -> Client:
        client = Client()
        client.force_login(officer)
        return client

    return log_in


@pytest.fixture
def centre(officer: Callable[..., Officer]) -> Officer:
    return officer("centre", "li")


@pytest.fixture
def danan(officer: Callable[..., Officer]) -> Officer:
    """An officer of Danan station, which has SH-014 and SH-016."""
    return officer("station_officer", "wang", "station-danan")


@pytest.fixture
def point(db: None) -> SensingPoint:
    """SH-014, a point of Danan station, with the live code it got when the data was loaded."""
    from stations.models import SensingPoint

    return SensingPoint.objects.get(code="SH-014")
