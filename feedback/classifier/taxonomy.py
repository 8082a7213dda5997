"""The examples and keywords from which the classifier learns."""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

PACKAGE = Path(__file__).parent
TAXONOMY = PACKAGE.parent / "reference" / "taxonomy.csv"
EXAMPLES = PACKAGE / "examples"
OUT = "OUT"
KINDS = ("complaint", "help", "praise", "question", "suggestion")


class Example(NamedTuple):
    """A text with its item (`T1` to `H3`, `OUT`) and its kind (one of `KINDS`; empty for a keyword)."""

    item: str
    kind: str
    text: str


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def items() -> tuple[str, ...]:
    """The item codes, in the order of the taxonomy."""
    return tuple(row["item"] for row in _rows(TAXONOMY))


def keywords() -> list[Example]:
    """Every keyword of the taxonomy as a tiny example of its item."""
    return [
        Example(row["item"], "", keyword)
        for row in _rows(TAXONOMY)
        for keyword in row["keywords"].split(";")
        if keyword
    ]


def examples() -> list[Example]:
    """All examples, in a fixed order."""
    return [
        Example(row["item"], row["kind"], row["text"]) for path in sorted(EXAMPLES.glob("*.csv")) for row in _rows(path)
    ]
