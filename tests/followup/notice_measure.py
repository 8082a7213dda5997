"""A ruler for PDF pages: where each character stands, where ink of a colour lies; millimetres from the top left."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from ctypes import c_double
from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

MM = 72 / 25.4
DOTS = 10  # a millimetre


@dataclass(frozen=True)
class Letter:
    """A character: its origin on the baseline, its ink from ``left`` to ``right`` and ``top`` to ``bottom``."""

    page: int
    text: str
    size: float
    x: float
    y: float
    left: float
    top: float
    right: float
    bottom: float


def letters(pdf: bytes) -> list[Letter]:
    """The characters that leave ink, in the order of the file."""
    return [letter for page in range(page_count(pdf)) for letter in _of_page(pdf, page)]


def page_count(pdf: bytes) -> int:
    return len(pypdfium2.PdfDocument(pdf))


def _of_page(pdf: bytes, number: int) -> Iterator[Letter]:
    page = pypdfium2.PdfDocument(pdf)[number]
    height, text = page.get_height(), page.get_textpage()
    x, y = c_double(), c_double()
    for place in range(text.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text, place)
        if pdfium.FPDFText_IsGenerated(text, place) or code in {0, 0x20, 0x3000}:
            continue
        pdfium.FPDFText_GetCharOrigin(text, place, x, y)
        left, bottom, right, top = text.get_charbox(place)
        size = pdfium.FPDFText_GetFontSize(text, place)
        sides = (left / MM, (height - top) / MM, right / MM, (height - bottom) / MM)
        yield Letter(number, chr(code), round(size, 2), x.value / MM, (height - y.value) / MM, *sides)


def lines(found: list[Letter]) -> list[list[Letter]]:
    """The characters by page and baseline, each line from left to right, from the first page's top on."""
    rows: dict[tuple[int, float], list[Letter]] = defaultdict(list)
    for letter in found:
        rows[letter.page, round(letter.y, 1)].append(letter)
    return [sorted(rows[key], key=lambda letter: letter.x) for key in sorted(rows)]


def text_of(line: list[Letter]) -> str:
    return "".join(letter.text for letter in line)


def line_with(found: list[Letter], words: str) -> list[Letter]:
    """The one line that has ``words`` in it."""
    [line] = [line for line in lines(found) if words in text_of(line)]
    return line


def squeezed(text: str) -> str:
    """Without blanks, which a page shows as room and not as characters."""
    return "".join(text.split())


def fonts_of(page: Any) -> list[Any]:
    """The font dictionaries of a page that pypdf read."""
    return [font.get_object() for font in page["/Resources"]["/Font"].values()]


def ink(pdf: bytes, page: int, is_wanted: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Which dots of the rendered page have a wanted colour; ``DOTS`` to the millimetre."""
    picture = pypdfium2.PdfDocument(pdf)[page].render(scale=DOTS * 25.4 / 72).to_numpy()
    return is_wanted(picture[..., ::-1].astype(int))


def is_red(colours: np.ndarray) -> np.ndarray:
    red: np.ndarray = (colours[..., 0] > 150) & (colours[..., 1] < 70) & (colours[..., 2] < 70)
    return red


def span(dots: Any) -> tuple[float, float]:
    """From where to where a row of dots is set, in millimetres."""
    places = np.flatnonzero(dots)
    return float(places[0]) / DOTS, float(places[-1] + 1) / DOTS
