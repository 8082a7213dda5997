"""Weighted rules: knowledge that a few hundred examples do not teach."""

import csv
import re
from functools import cache
from typing import NamedTuple

from .features import HEAD, READ, fold
from .taxonomy import PACKAGE

BODY_SHARE = 0.5


class Rule(NamedTuple):
    """`pattern` in a folded text speaks for `target` (an item or a kind) with `weight`, in deviations of a score."""

    name: str
    target: str
    weight: float
    pattern: re.Pattern[str]


class Hit(NamedTuple):
    """Where a rule found its words: `[start, end)` of the text; `weight` is less outside the head of a letter."""

    rule: Rule
    start: int
    end: int
    weight: float


@cache
def rules() -> tuple[Rule, ...]:
    with (PACKAGE / "rules.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Rule(row["rule"], row["target"], float(row["weight"]), re.compile(row["pattern"]))
            for row in csv.DictReader(file)
        )


def rule_hits(folded: str) -> list[Hit]:
    """The first place of every rule that applies to the part of a folded text that is read."""
    hits = []
    for rule in rules():
        if match := rule.pattern.search(folded, 0, READ):
            share = 1.0 if match.start() < HEAD else BODY_SHARE
            hits.append(Hit(rule, match.start(), match.end(), rule.weight * share))
    return hits


_NOTHING = re.compile(
    "(?:暂时?|目前)?(?:没有?什么|没有?|没啥|无)(?:意见|建议|问题|想法|可?说的)?|不知道|不清楚|测试|test|[0-9]+|none|no|nothing"
    "|谢谢?|[你您]好|hello|嗯+|哦+|啊+|哈+|呵+|略|同上|如题|路过|签到"
)
_PRAISE_ONLY = re.compile(
    "(?:都|全|真|很|挺|太|非常|十分|特别|相当|比较|还|一切|总体|整体|感觉|一直|超|最|目前|现在|对|你们|工作|服务|方面|我|的)*"
    "(?:好|棒|满意|不错|可以|行|赞|优秀|到位|理想|完美|正常|牛|给力|点赞|五星|好评|满分|支持|加油|继续(?:保持|努力)|辛苦了?|谢谢"
    "|感谢|very|good|great|nice|ok|perfect|satisfied|thanks|thankyou)"
    "(?:的|了|啊|呀|哦|吧|极了|得很|评价)*"
)
_SIGN = re.compile(r"[\W_]+")


def _repeats(pattern: re.Pattern[str], words: str) -> bool:
    """Whether `words` are nothing but one or more of `pattern`."""
    place = 0
    while place < len(words):
        match = pattern.match(words, place)
        if not match or match.end() == place:
            return False
        place = match.end()
    return True


def says_nothing(text: str) -> bool:
    """Whether the text is empty, signs only, or a way of saying that there is nothing to say (无, 没有意见)."""
    words = _SIGN.sub("", fold(text))
    return not words or (len(words) <= 16 and _repeats(_NOTHING, words))


def praises_only(text: str) -> bool:
    """Whether the text praises without naming anything that could be filed (很好, 非常满意)."""
    words = _SIGN.sub("", fold(text))
    return len(words) <= 20 and _repeats(_PRAISE_ONLY, words)
