"""The catalogues of translations: what the code says, what the catalogues know, and what is missing between them.

Every room has one, ``locale/<room>/zh_Hans/LC_MESSAGES/django.po``. English is what stands in the code, so it needs
none. Nothing in a file depends on the hour or on line numbers: a catalogue changes only when a text does.
"""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

FRONT_DOOR = "opinion_portal"
CHINESE = "zh_Hans"
HEADER = {
    "Project-Id-Version": "opinion-portal",
    "Language": CHINESE,
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}
# How each function's arguments are to be read: message, plural, and context ("c").
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
OTHER_NAME = re.compile(r"\bn?p?gettext(?:_lazy|_noop)? as (\w+)")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w*\}")
TEMPLATES = {".html", ".txt", ".svg", ".xml"}
Key = tuple[str, str]


@dataclass
class Text:
    """One text of the code: its plural ("" when it has none) and the files that use it."""

    plural: str = ""
    files: set[str] = field(default_factory=set)


def rooms() -> list[str]:
    """The front door and every room, in the order in which Django reads their catalogues."""
    return [FRONT_DOOR, *settings.ROOMS]


def catalogue_path(room: str) -> Path:
    """Where the catalogue of ``room`` lies."""
    return Path(settings.BASE_DIR) / "locale" / room / CHINESE / "LC_MESSAGES" / "django.po"


def texts_of(room: str) -> dict[Key, Text]:
    """Every text that the code and the templates of ``room`` want translated, by (context, message)."""
    found: dict[Key, Text] = {}
    for path in sorted(_sources(room)):
        name = path.relative_to(settings.BASE_DIR).as_posix()
        for key, plural in _texts_in(path, name):
            text = found.setdefault(key, Text())
            text.plural = text.plural or plural
            text.files.add(name)
    return found


def _sources(room: str) -> Iterator[Path]:
    base = Path(settings.BASE_DIR)
    yield from (path for path in (base / room).rglob("*.py") if "migrations" not in path.parts)
    templates = base / "templates"
    folders: Iterable[Path] = (templates / room).rglob("*")
    if room == FRONT_DOOR:
        # The front door owns what no room does: the bases, the error page, the frame of the admin site.
        folders = [*templates.glob("*"), *(templates / "admin").rglob("*")]
    yield from (path for path in folders if path.suffix in TEMPLATES)


def _texts_in(path: Path, name: str) -> Iterator[tuple[Key, str]]:
    # Babel is there in development alone; a running portal only compiles.
    from babel.messages.extract import extract

    source = path.read_text(encoding="utf-8")
    code = source if path.suffix == ".py" else templatize(source, origin=name)
    stream = io.BytesIO(code.encode())
    for _line, message, _comments, context in extract("python", stream, KEYWORDS, options={"encoding": "utf-8"}):
        singular, plural = message if isinstance(message, tuple) else (message, "")
        if singular:
            yield (context or "", singular), plural


def catalogue_read(room: str) -> polib.POFile:
    """The catalogue of ``room``; an empty one when there is no file yet."""
    path = catalogue_path(room)
    catalogue = polib.pofile(str(path), wrapwidth=110) if path.exists() else polib.POFile(wrapwidth=110)
    catalogue.metadata = dict(HEADER)
    return catalogue


def catalogue_merge(catalogue: polib.POFile, texts: dict[Key, Text]) -> None:
    """Bring ``catalogue`` to ``texts``: new ones come in empty, old ones step aside with their translation."""
    known = {(entry.msgctxt or "", entry.msgid): entry for entry in catalogue}
    for key in texts.keys() - known.keys():
        known[key] = polib.POEntry(msgctxt=key[0] or None, msgid=key[1])
    for key, entry in known.items():
        text = texts.get(key)
        entry.obsolete = text is None
        entry.occurrences = [(name, "") for name in sorted(text.files)] if text else []
        if text:
            _plural_set(entry, text.plural)
    catalogue[:] = [known[key] for key in sorted(known)]


def _plural_set(entry: polib.POEntry, plural: str) -> None:
    """Chinese has one form for all numbers; a text that gains or loses its plural keeps its translation."""
    present = entry.msgstr or entry.msgstr_plural.get(0, "")
    entry.msgid_plural = plural
    entry.msgstr = "" if plural else present
    entry.msgstr_plural = {0: present} if plural else {}


def catalogue_write(room: str, catalogue: polib.POFile) -> bool:
    """Write the catalogue when it changed; returns whether it did."""
    return _write(catalogue_path(room), f"{catalogue}\n".encode().rstrip(b"\n") + b"\n")


def catalogue_compile(room: str) -> bool:
    """Build the ``.mo`` file that Django reads; returns whether it changed."""
    path = catalogue_path(room)
    return path.exists() and _write(path.with_suffix(".mo"), catalogue_read(room).to_binary())


def _write(path: Path, content: bytes) -> bool:
    """Put ``content`` in place in one step: a reader beside us never sees half a file."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(content)
    draft.replace(path)
    return True


def catalogue_faults(room: str) -> list[str]:
    """What keeps the catalogue of ``room`` from being complete, one line each; empty when nothing does."""
    texts = texts_of(room)
    catalogue = catalogue_read(room)
    known = {(entry.msgctxt or "", entry.msgid) for entry in catalogue if not entry.obsolete}
    faults = [f"{room}: not in the catalogue: {message!r}" for _context, message in sorted(texts.keys() - known)]
    for entry in catalogue:
        faults += [f"{room}: {fault}: {entry.msgid!r}" for fault in _entry_faults(entry, texts)]
    return faults + list(_names_unread(room))


def _names_unread(room: str) -> Iterator[str]:
    """Where a function has a name under which its texts are not looked for: they would stay English unnoticed."""
    for path in sorted(_sources(room)):
        for name in OTHER_NAME.findall(path.read_text(encoding="utf-8")):
            if name not in KEYWORDS:
                yield f"{room}: no text is found under the name {name!r}: {path.relative_to(settings.BASE_DIR)}"


def catalogue_contradictions() -> list[str]:
    """Texts that two rooms translate differently: Django merges the catalogues, so only one of them would be seen."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    faults = []
    for room in rooms():
        for entry in catalogue_read(room).translated_entries():
            here = entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr
            there, first = seen.setdefault((entry.msgctxt or "", entry.msgid), (room, here))
            if first != here:
                faults.append(f"{room}: {entry.msgid!r} is {here!r}, but {first!r} in {there}; give it a context")
    return faults


def _entry_faults(entry: polib.POEntry, texts: dict[Key, Text]) -> Iterator[str]:
    if entry.obsolete or (entry.msgctxt or "", entry.msgid) not in texts:
        yield "no longer used"
        return
    translation = entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr
    if entry.fuzzy:
        yield "fuzzy"
    if not translation.strip():
        yield "not translated"
    elif _placeholders(translation) != _placeholders(entry.msgid_plural or entry.msgid):
        yield "other placeholders"


def _placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))
