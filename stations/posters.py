"""The A4 poster of a sensing point, drawn with fpdf2; all measures in millimetres, sizes of type in points.

A poster hangs in Shenyang whatever language the officer reads who prints it: Chinese first, English small.
"""

import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TextMode

from opinion_portal.typefaces import typeface_embed
from stations.codes import code_spaced
from stations.links import point_url, point_url_short
from stations.models import PointCode
from stations.poster_fonts import poster_fonts
from stations.qr import QUIET_ZONE, qr_matrix

Colour = tuple[int, int, int]
NAVY: Colour = (17, 51, 99)
INK: Colour = (27, 38, 54)
SOFT: Colour = (88, 101, 120)
PALE: Colour = (200, 216, 240)
GOLD: Colour = (255, 211, 110)
MIST: Colour = (238, 243, 250)
RED: Colour = (176, 32, 30)
WHITE: Colour = (255, 255, 255)

WIDTH, HEIGHT, MARGIN = 210.0, 297.0, 18.0
QR_TOP, QR_SIZE = 90.5, 84.0

PLACE = "民意感知点"
PROMISE = ("您的话，", "我们听")
CALL = "扫一扫，说说身边的治安、交通和民警服务"
CALL_EN = "Scan and tell us about safety, traffic and police service where you live."
SCAN = "打开微信或手机相机，扫一扫"
TYPE_IN = "也可在浏览器输入"
STEPS = [
    ("说", "说两句", "打分、留言、传照片\n一分钟就好", "Rate, write, add a photo"),
    ("办", "有人办", "民意中心逐条看\n转责任部门办理", "Read by the Opinion Centre, handled by the unit in charge"),
    ("回", "有回音", "凭 16 位回执\n随时查看进展和答复", "Follow it with your receipt"),
]
PRIVACY = "不用登录 · 不记姓名 · 电话自愿留"
PRIVACY_EN = "Anonymous: no login, no name. Leaving a phone number is up to you."
DANGER = "紧急情况请拨打"
DANGER_EN = "In an emergency call 110. This page is not an alarm."


@dataclass(frozen=True)
class Poster:
    """What one poster says: the point, its live code, the bureau."""

    number: str
    name: str
    name_en: str
    code: str
    bureau: str

    @classmethod
    def of(cls, code: PointCode) -> "Poster":
        """The poster for a code; its point's station should come with its parent, the bureau."""
        point = code.point
        bureau = point.station.parent or point.station
        return cls(point.code, point.name, point.name_en, code.code, bureau.name)


def poster_pdf(code: PointCode) -> bytes:
    """One A4 page as PDF, fonts embedded and subset."""
    return next(poster_pdfs([code]))


def poster_pdfs(codes: Iterable[PointCode]) -> Iterator[bytes]:
    """The posters of ``codes``, one PDF after the other."""
    posters = [Poster.of(code) for code in codes]
    with poster_fonts({"sans": _sans_text(posters), "serif": "".join(PROMISE)}) as fonts:
        for poster in posters:
            yield _Sheet(poster, fonts).drawn()


def _sans_text(posters: list[Poster]) -> str:
    steps = "".join("".join(step) for step in STEPS)
    fixed = string.printable + PLACE + CALL + CALL_EN + SCAN + TYPE_IN + steps + PRIVACY + PRIVACY_EN + DANGER + "·"
    return fixed + "".join(poster.name + poster.name_en + poster.bureau for poster in posters)


class _Sheet(FPDF):
    """The drawing of one poster, from top to bottom."""

    def __init__(self, poster: Poster, fonts: dict[str, Path]) -> None:
        super().__init__(format="A4")
        self.poster = poster
        for family, path in fonts.items():
            typeface_embed(self, family, path)
        self.set_auto_page_break(auto=False)
        self.set_margin(0)
        self.c_margin = 0
        self.set_title(f"{PLACE} {poster.number} {poster.name}")
        self.set_author(poster.bureau)
        self.set_lang("zh-CN")

    def drawn(self) -> bytes:
        self.add_page()
        self._head()
        self._code()
        self._steps()
        self._privacy()
        self._danger()
        self._foot()
        return bytes(self.output())

    def _head(self) -> None:
        self._box(0, 0, WIDTH, 132.5, NAVY)
        self._box(MARGIN, 16, 14, 1.2, GOLD)
        self._text(MARGIN, 20, 13.5, f"{self.poster.bureau}  ·  {PLACE}", PALE)
        first, second = PROMISE
        self._text(MARGIN - 1, 29, 62, first, WHITE, family="serif", bold=0.7)
        # The comma's glyph is as wide as a letter and mostly empty: the second half closes up to it.
        self._text(self.get_x() - 9, 29, 62, second, WHITE, family="serif", bold=0.7)
        self._text(MARGIN, 58, 21, CALL, WHITE)
        self._text(MARGIN, 68.5, 11.5, CALL_EN, PALE)

    def _code(self) -> None:
        rows = qr_matrix(point_url(self.poster.code))
        quiet = QUIET_ZONE * QR_SIZE / len(rows)
        left, side = (WIDTH - QR_SIZE) / 2, QR_SIZE + 2 * quiet
        self.set_draw_color(PALE)
        self.set_line_width(0.4)
        self._box(left - quiet, QR_TOP - quiet, side, side, WHITE, radius=6, edge=True)
        self._modules(rows, left, QR_TOP, QR_SIZE)
        self._text(0, 189.5, 17, SCAN, NAVY, centred=WIDTH, bold=0.2)
        self._text(0, 197.5, 10.5, f"{TYPE_IN}  {point_url_short(self.poster.code)}", SOFT, centred=WIDTH)

    def _modules(self, rows: list[list[bool]], left: float, top: float, size: float) -> None:
        module = size / len(rows)
        self.set_fill_color(INK)
        for y, row in enumerate(rows):
            for start, length in _runs(row):
                # A hair of overlap: without it viewers show white seams between the rows.
                self.rect(left + start * module, top + y * module, length * module, module + 0.02, style="F")

    def _steps(self) -> None:
        top, gap = 206.0, 6.0
        width = (WIDTH - 2 * MARGIN - 2 * gap) / 3
        for place, (sign, title, words, english) in enumerate(STEPS):
            self._step(MARGIN + place * (width + gap), top, width, (sign, title, words, english))

    def _step(self, left: float, top: float, width: float, step: tuple[str, str, str, str]) -> None:
        sign, title, words, english = step
        self._box(left, top, width, 36, MIST, radius=3)
        self.set_fill_color(NAVY)
        self.ellipse(left + 4, top + 4, 9, 9, style="F")
        self._text(left + 4, top + 5.4, 14, sign, WHITE, centred=9)
        self._text(left + 15.5, top + 4.6, 17, title, NAVY, bold=0.2)
        self._paragraph(left + 4, top + 15.5, width - 8, 11.5, 5.2, words, INK)
        self._paragraph(left + 4, top + 27.2, width - 8, 7.5, 3.2, english, SOFT)

    def _privacy(self) -> None:
        self._text(0, 246.5, 15, PRIVACY, NAVY, centred=WIDTH, bold=0.15)
        self._text(0, 253.5, 8.5, PRIVACY_EN, SOFT, centred=WIDTH)

    def _danger(self) -> None:
        top = 260.5
        self._box(MARGIN, top, WIDTH - 2 * MARGIN, 13, RED, radius=3)
        self._text(MARGIN + 7, top + 3.3, 18, DANGER, WHITE, bold=0.15)
        self._text(MARGIN + 54, top + 1.9, 26, "110", WHITE, bold=0.5)
        self._text(MARGIN + 78, top + 4.9, 9.5, DANGER_EN, WHITE)

    def _foot(self) -> None:
        top = 278.5
        self._text(MARGIN, top, 13, self.poster.name, INK, bold=0.15, most=108)
        self._text(MARGIN, top + 6.2, 8.5, self.poster.name_en, SOFT, most=108)
        number = f"{self.poster.number}  ·  {code_spaced(self.poster.code)}"
        self._text(MARGIN, top, 13, number, INK, right=WIDTH - 2 * MARGIN, bold=0.15)
        self._text(MARGIN, top + 6.2, 8.5, self.poster.bureau, SOFT, right=WIDTH - 2 * MARGIN, most=60)

    def _box(
        self, x: float, y: float, width: float, height: float, colour: Colour, *, radius: float = 0, edge: bool = False
    ) -> None:
        self.set_fill_color(colour)
        self.rect(x, y, width, height, style="DF" if edge else "F", round_corners=radius > 0, corner_radius=radius)

    def _text(
        self,
        x: float,
        y: float,
        size: float,
        words: str,
        colour: Colour,
        *,
        family: str = "sans",
        bold: float = 0,
        centred: float = 0,
        right: float = 0,
        most: float = WIDTH - 2 * MARGIN,
    ) -> None:
        """One line with its top at ``y``, set smaller when it would be wider than ``most``.

        ``bold`` strokes the outlines that thick, for the fonts have one weight.
        """
        self.set_font(family, size=size)
        self.set_font_size(size * min(1, most / self.get_string_width(words)))
        self.set_text_color(colour)
        self.set_xy(x, y)
        with self.local_context(
            text_mode=TextMode.FILL_STROKE if bold else TextMode.FILL, draw_color=colour, line_width=bold or 0.1
        ):
            self.cell(centred or right or None, size * 0.3528, words, align="C" if centred else "R" if right else "L")

    def _paragraph(
        self, x: float, y: float, width: float, size: float, leading: float, words: str, colour: Colour
    ) -> None:
        self.set_font("sans", size=size)
        self.set_text_color(colour)
        self.set_xy(x, y)
        self.multi_cell(width, leading, words, align="L")


def _runs(row: list[bool]) -> Iterator[tuple[int, int]]:
    """The dark runs of a row as (start, length): fewer shapes, smaller file."""
    start = None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            yield start, x - start
            start = None
