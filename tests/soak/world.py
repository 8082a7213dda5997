"""The world of a soak: who plays in it, and the dice that decide what they do.

Every choice is thrown with the seed and the name of what is chosen about, so one seed makes one plan; who wins a race
is up to the processes, and what follows from that too.
"""

from dataclasses import dataclass, field
from random import Random

from accounts.models import Officer, Role, Unit
from tests.soak.diary import Diary
from tests.soak.ground import Ground
from tests.soak.net import Net

UNITS = (
    "public-order", "traffic", "criminal", "household", "station-huangcheng", "station-danan", "station-daxi",
    "station-binhe", "station-nanta",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """Somebody who lives in the district; ``phone`` is empty for who leaves none."""

    number: int
    phone: str
    no_call: bool


@dataclass
class Cast:
    """Everybody with a post. ``heads`` are by unit, some with a duty phone."""

    centre: list[Officer]
    discipline: list[Officer]
    leaders: list[Officer]
    custodians: list[Officer]
    units: list[Unit]
    heads: dict[int, list[Officer]]
    officers: dict[int, Officer]


@dataclass
class World:
    """What all actors share. ``receipts`` are the digits by voice; ``matters`` is how many are to be dispatched."""

    ground: Ground
    net: Net
    seed: int
    matters: int
    diary: Diary
    cast: Cast
    people: list[Person]
    receipts: dict[int, str] = field(default_factory=dict)
    round: int = 0

    def dice(self, *what: object) -> Random:
        """The dice for one choice."""
        return Random("/".join(map(str, (self.seed, *what))))

    @property
    def phones(self) -> set[str]:
        """Every number that must stay sealed."""
        return {person.phone for person in self.people if person.phone}


def people_made(seed: int, number: int) -> list[Person]:
    """``number`` residents: most leave a phone number, some of them want no call."""
    made = []
    for index in range(number):
        dice = Random(f"{seed}/person/{index}")
        phone = f"139{seed % 100:02d}{index:06d}" if dice.random() < 0.8 else ""
        made.append(Person(index, phone, no_call=dice.random() < 0.15))
    return made


def cast_made(seed: int) -> Cast:
    """Officers of every post."""
    units = [Unit.objects.get(code=code) for code in UNITS]
    centre, discipline = (Unit.objects.get(code=code) for code in ("centre", "discipline"))
    bureau = Unit.objects.get(kind=Unit.Kind.BUREAU)
    return Cast(
        centre=[_officer(Role.CENTRE, centre, number, phone) for number, phone in enumerate(_duty_phones(seed))],
        discipline=[_officer(Role.DISCIPLINE, discipline, number) for number in range(3)],
        leaders=[_officer(Role.LEADER, bureau, number) for number in range(3)],
        custodians=[_officer(Role.CUSTODIAN, bureau, number) for number in range(2)],
        units=units,
        heads={unit.pk: _heads(seed, unit, index) for index, unit in enumerate(units)},
        officers={unit.pk: _officer(Role.STATION_OFFICER, unit, 0) for unit in units},
    )


def _duty_phones(seed: int) -> list[str]:
    """Of the centre's four; two have none."""
    return [f"136{seed % 100:02d}000000", f"136{seed % 100:02d}000001", "", ""]


def _heads(seed: int, unit: Unit, index: int) -> list[Officer]:
    """Two heads of a unit; every third unit has a head without a duty phone."""
    phones = [f"137{seed % 100:02d}{index:05d}{number}" if (index + number) % 3 else "" for number in range(2)]
    return [_officer(Role.UNIT_HEAD, unit, number, phone) for number, phone in enumerate(phones)]


def _officer(role: Role, unit: Unit, number: int, phone: str = "") -> Officer:
    username = f"{role}-{unit.code}-{number}"[:32]
    return Officer.objects.create(
        username=username, name=f"Officer {username}", role=role, unit=unit, phone=phone, must_change_password=False
    )
