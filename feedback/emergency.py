"""Words in a text that speak of danger to life now: such feedback shows the 110 banner and an alert at the centre.

Plain rules, because this runs while the resident waits and every alarm must be explainable. A rule finds words of
danger (`reference/emergency_rules.csv`); a veto (`reference/emergency_vetoes.csv`) knows the ways in which the same
words mean no danger now: figures of speech, the past, the hypothetical, what was solved, stories, wishes for policy.
A strong rule speaks for itself, a weak one only beside a word of the present (正在, 快来, 救命). A long letter tells
what has happened, so there even a strong rule needs the present and a plea (救命) counts for nothing; only words of
wanting to die hold always.

A false alarm costs a minute of the centre's time, a missed one may cost a life, but an alarm that always rings gets
switched off: the table in the tests holds both sides.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

_REFERENCE = Path(__file__).with_name("reference")
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_WIDE = "".join(chr(ord(character) + 0xFEE0) for character in _ASCII)
_ENDS = ".!?;\n\r。…"
_PAUSES = ":、~"
_WIDTH = str.maketrans(_WIDE + "\u2019", _ASCII + "'")
_SIGNS = str.maketrans(_ENDS + _PAUSES, "。" * len(_ENDS) + "," * len(_PAUSES))
_SPACE_AFTER_HAN = re.compile(r"(?<=[\u4e00-\u9fff])[ \t\u3000]")
_NOW = re.compile(
    "正在|正[被往要打拿]|(?<!到)现在(?!已经?|还没|仍|都没|也|治安|好|没事|没再|太平|平安|安全|离婚|判|结案|破了?案|人?都?被?(?:抓(?:到|住|获|走)|找[到回])了|抓了(?:,|。|$))|到现在[还都也仍]?没(?:有?消息|找到|回|联系)|此刻|马上|立刻|立即|快来|快点|快救|快帮|赶紧|赶快|速来|刚刚|刚才|救命|救救我|今天|今晚|今早"
    r"|还[在围堵追打骂砸]|又在|就在|急急|很急|紧急|来人|\bnow\b|\bhurry\b|\bimmediately\b|\bquick"
)
# Of these, what presses even from the clause beside the danger: 现在装了摄像头 does not.
_PRESSING = re.compile(
    "快来|快救|快帮|速来|救命|救救我|急急|来人|正在|刚刚|刚才|\\bhurry\\b|\\bquick"
    "|现在(?:正|又|还在|火|人(?!都?没|被?抓)|快|越|被(?!抓)|在[楼门屋厕卧床外]|不敢|流血|昏|躲)"
)
LETTER_LENGTH = 200
# A rule is asked about its first places only: text made to be slow must not be.
MOST_PLACES = 8
_OVERRULED_BY_NOW = frozenset({"past", "habit", "solved", "subject", "metaphor"})
# Who is missing since the day before yesterday is missing still; a robbery of last year is over.
_LASTING = frozenset({"missing", "kidnap"})


@dataclass(frozen=True, slots=True)
class Match:
    """Words of danger `word` = `text[start:end]` of the text that was given, and the rule that found them.

    `rule` is one of suicide, violence, weapon, fire, bomb, kidnap, domestic, missing, intruder, stalking, sexual,
    injury, plea.
    """

    start: int
    end: int
    word: str
    rule: str


class _Rule(NamedTuple):
    """``anchor``: a literal that must be in the text, which is far quicker to ask than the pattern."""

    name: str
    strength: str
    anchor: str
    pattern: re.Pattern[str]


class _Veto(NamedTuple):
    name: str
    scope: str
    pattern: re.Pattern[str]


class _Place(NamedTuple):
    """Where a danger word stands: its clause and sentence as [start, end), and how near the present is.

    ``now``: a word of the present stands in the clause or in one beside it; ``pressing``: in the clause itself, or a
    call for help beside it. 去年有人抢劫，现在装了摄像头 is now, but not pressing.
    """

    start: int
    end: int
    clause: tuple[int, int]
    sentence: tuple[int, int]
    now: bool
    pressing: bool


@cache
def _rules() -> dict[str, list[_Rule]]:
    """Rules by the first character of their anchor: a text has few characters, so few anchors are looked for."""
    rules: defaultdict[str, list[_Rule]] = defaultdict(list)
    with (_REFERENCE / "emergency_rules.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rule = _Rule(row["rule"], row["strength"], row["anchor"], re.compile(row["pattern"]))
            rules[rule.anchor[0]].append(rule)
    return dict(rules)


@cache
def _vetoes() -> tuple[_Veto, ...]:
    """All vetoes; in a pattern `@` is the place of the danger word."""
    with (_REFERENCE / "emergency_vetoes.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            _Veto(row["veto"], row["scope"], re.compile(row["pattern"].replace("@", "$")))
            for row in csv.DictReader(file)
        )


def _plain(text: str) -> str:
    """`text` at the same length: half-width, lower case, `,` for every pause, `。` for every end of a sentence."""
    plain = "".join(character.lower() if character < "\x7f" else character for character in text.translate(_WIDTH))
    return _SPACE_AFTER_HAN.sub(",", plain.translate(_SIGNS))


def _between(text: str, start: int, end: int, signs: str) -> tuple[int, int]:
    """The part of `text` around [start, end) that lies between two of `signs`."""
    left = max(text.rfind(sign, 0, start) for sign in signs) + 1
    right = min(place if (place := text.find(sign, end)) >= 0 else len(text) for sign in signs)
    return left, right


def _place(text: str, start: int, end: int) -> _Place:
    clause = _between(text, start, end, ",。")
    before = _between(text, max(clause[0] - 1, 0), max(clause[0] - 1, 0), ",。")[0]
    after = _between(text, min(clause[1] + 1, len(text)), min(clause[1] + 1, len(text)), ",。")[1]
    pressing = bool(_NOW.search(text, *clause) or _PRESSING.search(text, before, after))
    now = pressing or bool(_NOW.search(text, before, after))
    return _Place(start, end, clause, _between(text, start, end, "。"), now, pressing)


def _is_overruled(veto: _Veto, rule: _Rule, place: _Place) -> bool:
    """Whether the present speaks louder than `veto`. A plea would be its own present."""
    if veto.name not in _OVERRULED_BY_NOW or rule.name == "plea":
        return False
    return place.pressing if veto.name == "past" and rule.name not in _LASTING else place.now


def _strikes(veto: _Veto, text: str, place: _Place) -> bool:
    """Whether `veto` takes the danger out of the words at `place`."""
    if veto.scope == "before":
        return bool(veto.pattern.search(text[place.clause[0] : place.start]))
    if veto.scope == "word":
        found = veto.pattern.finditer(text, max(place.start - 8, 0), min(place.end + 8, len(text)))
        return any(figure.start() < place.end and figure.end() > place.start for figure in found)
    start, end = {"clause": place.clause, "sentence": place.sentence, "text": (0, len(text))}[veto.scope]
    return bool(veto.pattern.search(text, start, end))


def _is_danger(rule: _Rule, text: str, start: int, end: int) -> bool:
    place = _place(text, start, end)
    in_letter = len(text) > LETTER_LENGTH and rule.strength != "always"
    if in_letter and rule.name == "plea":
        return False
    if (rule.strength == "weak" or in_letter) and not place.now:
        return False
    return not any(_strikes(veto, text, place) and not _is_overruled(veto, rule, place) for veto in _vetoes())


def _widest(found: set[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Of several finds of one rule at one place the widest alone, in order of place."""
    end_of: dict[str, int] = {}
    for start, end, rule in sorted(found, key=lambda find: (find[0], -find[1], find[2])):
        if end > end_of.get(rule, 0):
            end_of[rule] = end
            yield start, end, rule


def emergency_words(text: str) -> list[Match]:
    """Words in `text` that speak of a present danger to life, in order; empty for nearly every text.

    Chinese and English. Takes under 0.1 ms for a comment without such words.
    """
    plain, rules = _plain(text), _rules()
    found = {
        (match.start(), match.end(), rule.name)
        for character in set(plain)
        for rule in rules.get(character, ())
        if rule.anchor in plain
        for match in islice(rule.pattern.finditer(plain), MOST_PLACES)
        if _is_danger(rule, plain, match.start(), match.end())
    }
    return [Match(start, end, text[start:end], rule) for start, end, rule in _widest(found)]
