"""The site's own fonts: known by their inner names, left out when damaged, declared when another stands in."""

from io import BytesIO
from pathlib import Path

import pylopdf_fonts_zh_cn
import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from followup.notices.documents.fonts import NoticeFonts, fonts_found
from followup.notices.documents.layout import BOTTOM
from followup.notices.documents.pdf import notice_pdf
from followup.notices.documents.wording import Role
from tests.followup import notice_samples as samples
from tests.followup.notice_measure import fonts_of, letters, line_with, squeezed, text_of


def test_free_fonts_are_declared_on_the_first_page() -> None:
    short = letters(notice_pdf(samples.SHORT, samples.FONTS))
    assert not samples.FONTS.warnings
    said = text_of(line_with(short, "版式说明"))
    for words in ("思源宋体", "方正小标宋简体", "仿宋_GB2312", "楷体_GB2312"):
        assert words in said
    place = line_with(short, "版式说明")[0]
    assert place.page == 0
    assert place.top > BOTTOM + 7 + 5  # below the page number


@pytest.fixture(scope="module")
def licensed(tmp_path_factory: pytest.TempPathFactory) -> NoticeFonts:
    """A folder as a site would have it: a font known by its inner name only, a torn copy, a picture, a locked one."""
    folder = tmp_path_factory.mktemp("fonts")
    _renamed(folder / "abc.otf", "FangSong_GB2312")
    _renamed(folder / "locked.otf", "方正小标宋简体", embedding=2)
    whole = (folder / "abc.otf").read_bytes()
    (folder / "simkai.ttf").write_bytes(whole[: len(whole) // 2])
    (folder / "simhei.ttf").write_bytes(b"not a font at all")
    (folder / "readme.txt").write_text("licence")
    return fonts_found(folder)


def _renamed(target: Path, name: str, embedding: int = 0) -> None:
    font = TTFont(pylopdf_fonts_zh_cn.sans_path(), lazy=True)
    for record in font["name"].names:
        if record.nameID in {1, 4, 6, 16}:
            record.string = name
    font["OS/2"].fsType = embedding
    font.save(target, reorderTables=None)


def test_a_sites_font_is_known_by_its_inner_name_and_used(licensed: NoticeFonts) -> None:
    choice = licensed.choices[Role.BODY]
    assert (choice.name, choice.is_prescribed, choice.face.path.name) == ("FangSong_GB2312", True, "abc.otf")
    assert "仿宋_GB2312" not in licensed.declaration
    assert "方正小标宋简体、楷体_GB2312" in licensed.declaration
    pdf = notice_pdf(samples.SHORT, licensed)
    names = {str(font["/BaseFont"]).partition("+")[2] for font in fonts_of(PdfReader(BytesIO(pdf)).pages[0])}
    assert "FangSongGB2312" in names
    assert squeezed(samples.SHORT.facts[0]) in squeezed("".join(one.text for one in letters(pdf)))


def test_damaged_and_locked_fonts_are_named_and_left_out(licensed: NoticeFonts) -> None:
    assert not licensed.choices[Role.MARK].is_prescribed
    assert len(licensed.warnings) == 3
    for warning, words in zip(
        sorted(licensed.warnings), ("locked.otf: its licence", "simhei.ttf", "simkai.ttf"), strict=True
    ):
        assert words in warning


def test_a_folder_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    assert fonts_found(tmp_path / "nowhere").choices == samples.FONTS.choices
