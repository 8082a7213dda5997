"""A small world for the tests of this room: one bureau, two stations, three points, and voices at will."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from accounts.models import Officer, Role, Unit
from feedback.models import Channel, Feedback
from feedback.services import Voice, feedback_submit
from opinion_portal import clock
from stations.models import Community, SensingPoint

_numbers = count(1)


@dataclass(frozen=True)
class World:
    """What the tests speak of."""

    bureau: Unit
    north: Unit
    south: Unit
    school: SensingPoint  # north
    hotel: SensingPoint  # north
    park: SensingPoint  # south


def world_make() -> World:
    """Build the world beside whatever reference data there is."""
    mark = uuid4().hex[:6]
    bureau = Unit.objects.create(code=f"b-{mark}", name="测试分局", name_en="Test bureau", kind=Unit.Kind.BUREAU)
    north, south = (
        Unit.objects.create(
            code=f"{name}-{mark}", name=f"{name}派出所", name_en=name, kind=Unit.Kind.STATION, parent=bureau
        )
        for name in ("north", "south")
    )
    return World(bureau, north, south, point_make(north), point_make(north), point_make(south))


def point_make(station: Unit) -> SensingPoint:
    """One more point of ``station``."""
    mark = f"{uuid4().hex[:4]}{next(_numbers)}"
    community = Community.objects.create(
        code=f"C{mark}", name=f"社区{mark}", street_code="0", street="街道", station=station
    )
    return SensingPoint.objects.create(
        code=f"X{mark}",
        name=f"感知点{mark}",
        name_en=f"Point {mark}",
        kind=SensingPoint.Kind.SCHOOL,
        community=community,
        station=station,
        address="某路 1 号",
        longitude="123.44",
        latitude="41.80",
    )


def officer_make(role: Role, unit: Unit) -> Officer:
    """An officer with this post who is past the first log-in."""
    return Officer.objects.create(
        username=f"o{uuid4().hex[:8]}", name="测试员", unit=unit, role=role, must_change_password=False
    )


def voice(point: SensingPoint | None = None, *, days_ago: float = 0, **fields: Any) -> Feedback:
    """Submit one voice, said ``days_ago``; a rating of 5 unless the test says otherwise."""
    fields.setdefault("channel", Channel.QR)
    if not fields.keys() & {"content", "service_rating", "safety_rating"}:
        fields["service_rating"] = 5
    said_at: datetime = fields.pop("said_at", None) or clock.now() - timedelta(days=days_ago)
    submitted = feedback_submit(
        voice=Voice(client_id=uuid4().hex, point_id=point.pk if point else None, said_at=said_at, **fields)
    )
    return Feedback.objects.get(pk=submitted.feedback_id)
