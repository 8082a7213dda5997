"""The text of an SMS: variables, signature, length in parts, and what may not be in it.

The carriers' rules: with its 【signature】 a text of at most 70 characters is one message, a longer one is sent and
paid in parts of 67, and 500 is the most; characters are counted as UTF-16 code units, so that most pictures count
twice. Providers refuse a template whose variables touch, and a second pair of 【】. The portal's own rule: whoever
sees a locked screen may not learn what the matter is about, who is named in it or which unit it concerns.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum

ONE_MESSAGE = 70
PART = 67
LONGEST = 500
SHORTEST_SIGNATURE, LONGEST_SIGNATURE = 2, 16

_VARIABLE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_TOUCHING = re.compile(r"\}\s*\{")
_BRACES = re.compile("[{}]")
_BRACKETS = re.compile("[【】]")
_LINE_BREAK = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


class Problem(StrEnum):
    """What is wrong with a signature or a body: a code that the page turns into words."""

    SIGNATURE_LENGTH = "signature-length"
    SIGNATURE_CHARACTERS = "signature-characters"
    BODY_EMPTY = "body-empty"
    BODY_BRACKETS = "body-brackets"
    BODY_BRACES = "body-braces"
    BODY_VARIABLES_TOUCH = "body-variables-touch"
    BODY_TOO_LONG = "body-too-long"


def variables(body: str) -> list[str]:
    """The names of the ``{name}`` variables in ``body``, each once, in the order in which they are first used."""
    return list(dict.fromkeys(_VARIABLE.findall(body)))


def text_render(body: str, values: Mapping[str, str]) -> str:
    """``body`` with each ``{name}`` replaced by its value, the ends of the values and of the whole trimmed.

    ValueError, naming the variable and never its value (it may be personal), where a value is missing, empty or not
    asked for, holds a line break, braces or 【】; and for a brace in ``body`` that belongs to no variable. Values are
    put in once: what looks like a variable in a value could not get in.
    """
    trimmed = {name: value.strip() for name, value in values.items()}
    _refuse_names(set(variables(body)), set(trimmed))
    for name, value in trimmed.items():
        _refuse_value(name, value)
    if _BRACES.search(_VARIABLE.sub("", body)):
        raise ValueError("a brace in the text belongs to no variable")
    return _VARIABLE.sub(lambda found: trimmed[found[1]], body).strip()


def full_text(signature: str, body: str) -> str:
    """The text as the resident's phone shows it."""
    return f"【{signature}】{body}"


def parts(text: str) -> int:
    """How many messages ``text`` (with its signature) is sent and paid as. ValueError above ``LONGEST`` units."""
    length = _units(text)
    if length > LONGEST:
        raise ValueError(f"{length} characters, the most is {LONGEST}")
    return 1 if length <= ONE_MESSAGE else -(-length // PART)


def signature_problem(signature: str) -> Problem | None:
    """What is wrong with a signature (given without its brackets), or ``None``."""
    if not SHORTEST_SIGNATURE <= _units(signature) <= LONGEST_SIGNATURE:
        return Problem.SIGNATURE_LENGTH
    if not all(character.isalnum() for character in signature):
        return Problem.SIGNATURE_CHARACTERS
    return None


def body_problem(body: str) -> Problem | None:
    """The first thing wrong with a template, or ``None``.

    A variable counts with the letters of its name, and room is left for the longest signature; what is really sent is
    counted by ``parts``.
    """
    if not body.strip():
        return Problem.BODY_EMPTY
    if _BRACKETS.search(body):
        return Problem.BODY_BRACKETS
    if _BRACES.search(_VARIABLE.sub("", body)):
        return Problem.BODY_BRACES
    if _TOUCHING.search(body):
        return Problem.BODY_VARIABLES_TOUCH
    return Problem.BODY_TOO_LONG if _units(body) > LONGEST - LONGEST_SIGNATURE - len("【】") else None


def leaks(text: str, forbidden: Iterable[str]) -> list[str]:
    """The ``forbidden`` fragments (names, units, words of a case) found in a template or a rendered text.

    In the order given, each once, as given. Neither case, nor full width, nor spaces or invisible characters between
    the letters hide a fragment. Blank fragments are in no text.
    """
    bare = _bare(text)
    return [fragment for fragment in dict.fromkeys(forbidden) if (wanted := _bare(fragment)) and wanted in bare]


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _refuse_names(wanted: set[str], given: set[str]) -> None:
    if missing := sorted(wanted - given):
        raise ValueError(f"no value for {', '.join(missing)}")
    if unknown := sorted(given - wanted):
        raise ValueError(f"the text has no variable {', '.join(unknown)}")


def _refuse_value(name: str, value: str) -> None:
    if not value:
        raise ValueError(f"the value of {name} is empty")
    if _LINE_BREAK.search(value):
        raise ValueError(f"the value of {name} holds a line break")
    if _BRACES.search(value) or _BRACKETS.search(value):
        raise ValueError(f"the value of {name} holds braces or 【】")


def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(character for character in folded if unicodedata.category(character)[0] not in "ZC")
