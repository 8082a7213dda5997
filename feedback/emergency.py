"""Words in a text that speak of danger to life now: such feedback shows the 110 banner and an alert at the centre.

Plain rules, because this runs while the resident waits and every alarm must be explainable. A rule finds words of
danger (`reference/emergency_rules.csv`); a veto (`reference/emergency_vetoes.csv`) knows the ways in which the same
words mean no danger now: figures of speech, the past, the hypothetical, what was solved, stories, wishes for policy.
A strong rule speaks for itself, a weak one only beside a word of the present (正在, 快来, 救命). A bare rule is broad
(somebody and 倒了, 绑, 烧着): it speaks only in a line or two without a wish, a question or an everyday matter (物业,
停车, 建议; the veto `everyday`). A long letter tells what has happened, so there even a strong rule needs the present
and a plea (救命) counts for nothing; only words of wanting to die hold always.

Patterns share word classes (`reference/emergency_classes.csv`): `{person}` is one of its words, `~` stands for a few
characters of the clause, `~~` for a few of the sentence.

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
from operator import add
from pathlib import Path
from typing import NamedTuple

_REFERENCE = Path(__file__).with_name("reference")
_ASCII = "".join(map(chr, range(0x21, 0x7F)))
_WIDE = "".join(chr(ord(character) + 0xFEE0) for character in _ASCII)
_ENDS = ".!?;\n\r。…"
_PAUSES = ":、~"
# Half-width, lower case, `,` for every pause, `。` for every end of a sentence: one sign for one.
_SIGNS = str.maketrans(_ENDS + _PAUSES, "。" * len(_ENDS) + "," * len(_PAUSES))
_PLAIN = str.maketrans(_ASCII + _WIDE + "\u2019", _ASCII.lower() * 2 + "'")
_PLAIN |= _SIGNS | {wide: _SIGNS.get(plain, plain) for wide, plain in _PLAIN.items()}
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
# Who is in danger writes a line or two; a bare rule speaks only in so short a text.
BARE_LENGTH = 80
# A rule is asked about its first places only: text made to be slow must not be.
MOST_PLACES = 8
_EVERYDAY = "everyday"
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


@dataclass(frozen=True, slots=True, eq=False)
class _Rule:
    name: str
    strength: str
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


def _table(name: str) -> list[dict[str, str]]:
    with (_REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def _classes() -> dict[str, str]:
    """Word classes by their name in braces, as alternatives: `{person}` is 人|孩子|老人|…"""
    return {f"{{{row['class']}}}": row["words"] for row in _table("emergency_classes.csv")}


def _spelt_out(pattern: str) -> str:
    """`pattern` without its shorthand: no text holds a `~`, which is read as a pause."""
    for name, words in _classes().items():
        pattern = pattern.replace(name, f"(?:{words})")
    return pattern.replace("~~", "[^。]{0,16}").replace("~", "[^,。]{0,8}")


def _anchors(cell: str) -> Iterator[str]:
    """The literals of which one must be in the text: that is far quicker to ask than the pattern."""
    for anchor in cell.split("|"):
        yield from _classes().get(anchor, anchor).split("|")


@cache
def _rules() -> dict[str, dict[str, list[_Rule]]]:
    """Rules by their anchors, these by their first two characters: a text has few, so few anchors are looked for."""
    rules: defaultdict[str, defaultdict[str, list[_Rule]]] = defaultdict(lambda: defaultdict(list))
    for row in _table("emergency_rules.csv"):
        rule = _Rule(row["rule"], row["strength"], re.compile(_spelt_out(row["pattern"])))
        for anchor in _anchors(row["anchor"]):
            rules[anchor[:2]][anchor].append(rule)
    return {head: dict(anchors) for head, anchors in rules.items()}


@cache
def _vetoes() -> tuple[_Veto, ...]:
    """All vetoes; in a pattern `@` is the place of the danger word."""
    return tuple(
        _Veto(row["veto"], row["scope"], re.compile(_spelt_out(row["pattern"]).replace("@", "$")))
        for row in _table("emergency_vetoes.csv")
        if row["veto"] != _EVERYDAY
    )


@cache
def _everyday() -> re.Pattern[str]:
    """Words of what people otherwise write about. One pattern: it is asked of every short text."""
    return re.compile("|".join(row["pattern"] for row in _table("emergency_vetoes.csv") if row["veto"] == _EVERYDAY))


def _plain(text: str) -> str:
    """`text` at the same length: half-width, lower case, `,` for every pause, `。` for every end of a sentence."""
    return _SPACE_AFTER_HAN.sub(",", text.translate(_PLAIN))


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


def _is_bare(text: str) -> bool:
    """Whether `text` is short and says what happens, without a wish, a question, or a word of everyday matters."""
    return len(text) <= BARE_LENGTH and not _everyday().search(text)


def _is_danger(rule: _Rule, text: str, start: int, end: int) -> bool:
    place = _place(text, start, end)
    in_letter = len(text) > LETTER_LENGTH and rule.strength != "always"
    if in_letter and rule.name == "plea":
        return False
    if (rule.strength == "weak" or in_letter) and not place.now:
        return False
    return not any(_strikes(veto, text, place) and not _is_overruled(veto, rule, place) for veto in _vetoes())


def _rules_to_ask(plain: str) -> Iterator[_Rule]:
    """Rules of which an anchor is in the text; a bare rule only where it may speak."""
    by_head = _rules()
    heads = set(plain).union(map(add, plain, plain[1:]))
    found = {
        rule
        for head in by_head.keys() & heads
        for anchor, rules in by_head[head].items()
        if anchor == head or anchor in plain
        for rule in rules
    }
    bare = {rule for rule in found if rule.strength == "bare"}
    return iter(found if not bare or _is_bare(plain) else found - bare)


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
    plain = _plain(text)
    found = {
        (match.start(), match.end(), rule.name)
        for rule in _rules_to_ask(plain)
        for match in islice(rule.pattern.finditer(plain), MOST_PLACES)
        if _is_danger(rule, plain, match.start(), match.end())
    }
    return [Match(start, end, text[start:end], rule) for start, end, rule in _widest(found)]
