"""A believable half-month, told by one seed: pure, so that the same seed always tells the same story."""

import csv
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

from opinion_portal.clock import BUREAU_ZONE

TEXTS = Path(__file__).with_name("texts.csv")
DAYS = 15
# What the bureau of DOMAIN 1 reported: ratings of its first weeks, and how many of them carried a usable opinion.
RATINGS = 4_216
OPINIONS = 137
VISITS = 42
# The first visits were made before the posters hung: what was heard then is under way longest.
EARLY_VISITS = 8
NAMESPACE = uuid.UUID("5f0c1d6e-3f7c-5a55-9d0e-6f2f1f4f3a10")
# Share of people who scan per hour of the day, 0 … 23.
_HOURS = (1, 0, 0, 0, 0, 1, 4, 9, 10, 9, 8, 9, 10, 6, 6, 7, 9, 12, 12, 10, 9, 7, 4, 2)
# Grades 1 … 5 as residents give them; a complaint is graded by another hand than a passing tap.
_GRADES = (1, 2, 8, 34, 55)
_GRADES_COMPLAINING = (22, 33, 28, 12, 5)


@dataclass(frozen=True)
class Text:
    """One thing residents say, with the item and kind it belongs to."""

    item: str
    kind: str
    content: str


@dataclass(frozen=True)
class Told:
    """One voice by QR code. ``point`` counts from 0; grades are 1 … 5 or ``None``."""

    client_id: str
    point: int
    said_at: datetime
    service_rating: int | None
    safety_rating: int | None
    text: Text | None
    wants_answer: bool


@dataclass(frozen=True)
class ToldVisit:
    """One visit at a point: how many people it reached and what was heard."""

    client_id: str
    point: int
    day: date
    place: str
    reached: int
    heard: list[Text]


@dataclass(frozen=True)
class Story:
    """The half-month: ``voices`` by QR code and ``visits``; together ``OPINIONS`` texts."""

    voices: list[Told]
    visits: list[ToldVisit]


def texts_read() -> list[Text]:
    """Every text of the story's book."""
    with TEXTS.open(encoding="utf-8", newline="") as source:
        return [Text(row["item"], row["kind"], row["text"]) for row in csv.DictReader(source)]


def story_tell(*, until: datetime, points: int) -> Story:
    """The half-month that ends at ``until``, at ``points`` sensing points."""
    chance = random.Random("half a month")  # noqa: S311 (a story, not a secret)
    told = _shuffled(chance, texts_read())
    heard = told[: OPINIONS // 3]
    return Story(
        voices=list(_voices(chance, until, points, told[len(heard) :])),
        visits=_visits(chance, until.astimezone(BUREAU_ZONE).date(), points, heard),
    )


def _visits(chance: random.Random, last_day: date, points: int, heard: list[Text]) -> list[ToldVisit]:
    return [
        ToldVisit(
            client_id=str(uuid.uuid5(NAMESPACE, f"visit {number}")),
            point=chance.randrange(points),
            day=last_day - timedelta(days=chance.randrange(1, DAYS) + (DAYS if number < EARLY_VISITS else 0)),
            place=chance.choice(["household", "household", "household", "shop", "shop", "company"]),
            reached=chance.randint(8, 90),
            heard=heard[number::VISITS],
        )
        for number in range(VISITS)
    ]


def _voices(chance: random.Random, until: datetime, points: int, texts: list[Text]) -> Iterator[Told]:
    # Two points stay silent, as some always do.
    busy = [0.0 if point in (11, 23) else chance.uniform(0.3, 2.2) for point in range(points)]
    speaking = dict(zip(chance.sample(range(RATINGS), len(texts)), texts, strict=True))
    for number in range(RATINGS):
        text = speaking.get(number)
        yield Told(
            client_id=str(uuid.uuid5(NAMESPACE, f"voice {number}")),
            point=chance.choices(range(points), busy)[0],
            said_at=_moment(chance, until),
            service_rating=_grade(chance, text),
            safety_rating=None if chance.random() < 0.22 else chance.choices((1, 2, 3, 4, 5), _GRADES)[0],
            text=text,
            wants_answer=text is not None and chance.random() < 0.4,
        )


def _shuffled(chance: random.Random, book: list[Text]) -> list[Text]:
    """``OPINIONS`` texts: the whole book once, then some of it again, as people do say the same."""
    told = [*book, *chance.choices(book, k=OPINIONS)][:OPINIONS]
    chance.shuffle(told)
    return told


def _moment(chance: random.Random, until: datetime) -> datetime:
    """A moment of the half-month, at the hours when people are about."""
    local = until.astimezone(BUREAU_ZONE)
    while True:
        day = local.date() - timedelta(days=chance.randrange(DAYS))
        clock = time(chance.choices(range(24), _HOURS)[0], chance.randrange(60), chance.randrange(60))
        moment = datetime.combine(day, clock, tzinfo=BUREAU_ZONE)
        if moment <= local:
            return moment


def _grade(chance: random.Random, text: Text | None) -> int | None:
    """The grade for the service; it may be missing beside a text alone, for a voice says something."""
    if text is not None and chance.random() < 0.3:
        return None
    weights = _GRADES_COMPLAINING if text is not None and text.kind == "complaint" else _GRADES
    return chance.choices((1, 2, 3, 4, 5), weights)[0]
