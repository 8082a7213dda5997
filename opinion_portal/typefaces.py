"""Typefaces in PDF documents."""

from pathlib import Path
from typing import cast

from fpdf import FPDF
from fpdf.fonts import TTFFont


def typeface_embed(sheet: FPDF, family: str, file: Path) -> None:
    """Let ``sheet`` set type of ``family`` from ``file``, of which it keeps the letters it uses.

    A letter's box in the file is right. Computing each anew means taking its outline apart and packing it again, for
    the same bytes: that was 40 % of the time of a notice.
    """
    sheet.add_font(family, fname=file)
    cast("TTFFont", sheet.fonts[family]).ttfont.recalcBBoxes = False
