"""The poster's fonts, cut down once to the characters that posters need.

Reading and subsetting the whole font takes half a second; thirty posters share one small file instead.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
from fontTools import subset, ttLib
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen

_SOURCES = {"sans": pylopdf_fonts_zh_cn.sans_path, "serif": pylopdf_fonts_zh_cn.serif_path}
# Tables for vertical and contextual setting, which the poster does not use and fpdf2 would read again and again.
_UNUSED_TABLES = ["vhea", "vmtx", "VORG", "GSUB", "GPOS", "GDEF", "BASE"]


_MAXP_FIELDS = [
    "maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
    "maxSizeOfInstructions", "maxComponentElements", "maxPoints", "maxContours", "maxCompositePoints",
    "maxCompositeContours", "maxComponentDepth",
]  # fmt: skip


@contextmanager
def poster_fonts(texts: dict[str, str]) -> Iterator[dict[str, Path]]:
    """Font files for ``{"sans": text, "serif": text}``, each with the characters of its text; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="poster-") as folder:
        files = {family: Path(folder) / f"{family}.ttf" for family in texts}
        for family, file in files.items():
            file.write_bytes(_cut(family, "".join(sorted(set(texts[family])))))
        yield files


@lru_cache(maxsize=8)
def _cut(family: str, letters: str) -> bytes:
    font = ttLib.TTFont(_SOURCES[family](), lazy=True, recalcTimestamp=False)
    options = subset.Options(notdef_outline=True)
    options.drop_tables += _UNUSED_TABLES
    cutter = subset.Subsetter(options)
    cutter.populate(text=letters)
    cutter.subset(font)
    _outlines_to_truetype(font)
    stream = BytesIO()
    font.save(stream)
    return stream.getvalue()


def _outlines_to_truetype(font: ttLib.TTFont) -> None:
    """Replace the CFF outlines, which fpdf2 takes twice as long to embed; at most 1/1000 em is lost."""
    source, names = font.getGlyphSet(), font.getGlyphOrder()
    glyf = ttLib.newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = names, {name: _truetype_glyph(source, name) for name in names}
    font["loca"], font["glyf"] = ttLib.newTable("loca"), glyf
    font["maxp"].tableVersion = 0x00010000
    for field in _MAXP_FIELDS:
        setattr(font["maxp"], field, 0)
    font["maxp"].maxZones = 1
    font["post"].formatType = 3.0
    del font["CFF "]
    font.sfntVersion = "\x00\x01\x00\x00"


def _truetype_glyph(source: Any, name: str) -> Any:
    pen = TTGlyphPen(None)
    source[name].draw(Cu2QuPen(pen, max_err=1.0, reverse_direction=True))
    return pen.glyph()
