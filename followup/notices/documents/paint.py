"""Pages painted with fpdf2: fonts cut down to the letters used and embedded; the same pages give the same bytes."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TextMode

from followup.notices.documents import layout
from followup.notices.documents.faces import Face, cut
from followup.notices.documents.pages import Mark, Rule, Type
from followup.notices.documents.wording import Role
from opinion_portal.typefaces import typeface_embed

# A free face in place of 小标宋 or 黑体 is too thin for a title; its outline is drawn that thick, in parts of the size.
_BOLDER = {Role.MARK: 0.022, Role.LEVEL_1: 0.012}
_BOLDER_FROM = 14.0  # smaller type would fill up


@dataclass(frozen=True, slots=True)
class About:
    """What the file says about itself: its title, who issues it, and the day that stands for its making."""

    title: str
    author: str
    made_on: date


def painted(pages: Sequence[Sequence[Mark]], about: About, thin: set[Face]) -> bytes:
    """The pages as PDF. ``thin`` are the faces that are drawn bolder where a title or heading asks for it."""
    with _font_files(pages) as files:
        sheet = _Sheet(about, files, thin)
        for marks in pages:
            sheet.add_page()
            for mark in marks:
                sheet.draw(mark)
        return bytes(sheet.output())


@contextmanager
def _font_files(pages: Sequence[Sequence[Mark]]) -> Iterator[dict[Face, Path]]:
    letters: dict[Face, set[str]] = {}
    for mark in (mark for marks in pages for mark in marks):
        if isinstance(mark, Type):
            letters.setdefault(mark.face, set()).update(mark.text)
    with tempfile.TemporaryDirectory(prefix="notice-") as folder:
        files = {}
        for place, (face, used) in enumerate(letters.items()):
            files[face] = Path(folder) / f"face{place}.ttf"
            files[face].write_bytes(cut(face, "".join(used)))
        yield files


class _Sheet(FPDF):
    def __init__(self, about: About, files: dict[Face, Path], thin: set[Face]) -> None:
        super().__init__(format="A4")
        self.thin = thin
        self.families = {face: file.stem for face, file in files.items()}
        for face, file in files.items():
            typeface_embed(self, self.families[face], file)
        self.set_auto_page_break(auto=False)
        self.set_margin(0)
        self.set_title(about.title)
        self.set_author(about.author)
        self.set_lang("zh-CN")
        self.set_creation_date(datetime.combine(about.made_on, time(), UTC))

    def draw(self, mark: Mark) -> None:
        if isinstance(mark, Rule):
            self._rule(mark)
        elif mark.angle:
            with self.rotation(mark.angle, mark.x, mark.y):
                self._type(mark)
        else:
            self._type(mark)

    def _rule(self, rule: Rule) -> None:
        self.set_draw_color(rule.colour)
        self.set_line_width(rule.weight)
        self.line(rule.x1, rule.y1, rule.x2, rule.y2)

    def _type(self, mark: Type) -> None:
        is_thin = mark.face in self.thin and mark.size >= _BOLDER_FROM
        bolder = _BOLDER.get(mark.role, 0.0) * mark.size / layout.MM if is_thin else 0.0
        self.set_font(self.families[mark.face], size=mark.size)
        # Spacing is set before stretching in a PDF: what stands between the letters is stretched with them.
        self.set_char_spacing(mark.spacing * layout.MM / mark.stretch)
        self.set_stretching(mark.stretch * 100)
        self.set_text_color(mark.colour)
        mode = TextMode.FILL_STROKE if bolder else TextMode.FILL
        with self.local_context(text_mode=mode, draw_color=mark.colour, line_width=bolder or 0.1):
            self.text(mark.x, mark.y, mark.text)
