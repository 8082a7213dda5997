"""The schematic map (示意图) of the points: where things lie to each other, not to scale, not for finding the way."""

from collections.abc import Iterable
from dataclasses import dataclass

from stations.models import SensingPoint

WIDTH, HEIGHT, RADIUS = 1000.0, 620.0, 12.0
_WEST, _BREAK, _EAST = 123.418, 123.512, 123.586
_SOUTH, _NORTH = 41.745, 41.851
# Five sixths of the points lie west of the break: the east is drawn narrower so that the west has room.
_BREAK_AT = 0.8
# The district's shape in broad strokes, degrees (GCJ-02).
_OUTLINE = [
    (123.456, 41.827), (123.451, 41.817), (123.449, 41.806), (123.465, 41.806), (123.466, 41.794), (123.476, 41.785),
    (123.483, 41.789), (123.489, 41.777), (123.512, 41.784), (123.520, 41.801), (123.513, 41.820), (123.541, 41.838),
    (123.571, 41.848), (123.579, 41.828), (123.581, 41.811), (123.560, 41.794), (123.520, 41.776), (123.513, 41.761),
    (123.486, 41.753), (123.446, 41.748), (123.435, 41.758), (123.434, 41.778), (123.428, 41.778), (123.423, 41.790),
    (123.430, 41.811), (123.429, 41.818),
]  # fmt: skip
_STREETS = [
    ("皇城", 123.4495, 41.8005), ("北站", 123.438, 41.814), ("朱剪炉", 123.4455, 41.8073), ("风雨坛", 123.4275, 41.786),
    ("滨河", 123.4515, 41.7805), ("万莲", 123.4835, 41.769), ("五里河", 123.4425, 41.763), ("南塔", 123.4635, 41.764),
    ("泉园", 123.4985, 41.7705), ("东陵", 123.543, 41.8085), ("马官桥", 123.5635, 41.8305),
]  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A thing on the map: what it is and where, in units of the drawing (``WIDTH`` × ``HEIGHT``)."""

    subject: str | SensingPoint
    x: float
    y: float


@dataclass(frozen=True)
class Map:
    """What the template draws: the outline as an SVG polygon, street names, points."""

    outline: str
    streets: list[Place]
    points: list[Place]
    width: float = WIDTH
    height: float = HEIGHT
    radius: float = RADIUS


def projected(longitude: float, latitude: float) -> tuple[float, float]:
    """Degrees to units of the drawing, from its top left corner."""
    if longitude <= _BREAK:
        across = (longitude - _WEST) / (_BREAK - _WEST) * _BREAK_AT
    else:
        across = _BREAK_AT + (longitude - _BREAK) / (_EAST - _BREAK) * (1 - _BREAK_AT)
    return round(across * WIDTH, 1), round((_NORTH - latitude) / (_NORTH - _SOUTH) * HEIGHT, 1)


def point_map(points: Iterable[SensingPoint]) -> Map:
    """The map with ``points`` on it."""
    return Map(
        outline=" ".join(f"{x},{y}" for x, y in (projected(*corner) for corner in _OUTLINE)),
        streets=[Place(name, *projected(*where)) for name, *where in _STREETS],
        points=[Place(point, *projected(float(point.longitude), float(point.latitude))) for point in points],
    )
