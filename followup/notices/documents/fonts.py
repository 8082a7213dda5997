"""Which font is used for which kind of type: the site's own where it has any, else the free ones of a wheel.

No free 仿宋, 小标宋 or 楷体 for Simplified Chinese comes as a package, so a site puts its licensed fonts in a folder.
They are known by the names inside the files, for copies are called anything. A stand-in is declared on the page.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import pylopdf_fonts_zh_cn

from followup.notices.documents.faces import Face, face, faces_of
from followup.notices.documents.wording import Role
from followup.notices.documents.words import SUBSTITUTE

SUFFIXES = {".ttf", ".otf", ".ttc", ".otc"}

# The names by which each kind of type is sold, the usual one in offices first.
KNOWN_NAMES: dict[Role, tuple[str, ...]] = {
    Role.MARK: (
        "方正小标宋简体", "FZXBSJW--GB1-0", "FZXiaoBiaoSong-B05S", "方正小标宋_GBK", "FZXBSK--GBK1-0",
        "FZXiaoBiaoSong-B05", "方正小标宋_GB18030", "小标宋体", "汉仪小标宋简", "文星标宋", "创艺简标宋",
    ),
    Role.BODY: (
        "仿宋_GB2312", "FangSong_GB2312", "仿宋", "FangSong", "SimFang", "方正仿宋_GB2312", "方正仿宋简体",
        "FZFSJW--GB1-0", "FZFangSong-Z02S", "方正仿宋_GBK", "FZFSK--GBK1-0", "FZFangSong-Z02", "华文仿宋", "STFangsong",
    ),
    Role.LEVEL_1: (
        "黑体", "SimHei", "方正黑体_GBK", "方正黑体简体", "FZHTJW--GB1-0", "FZHTK--GBK1-0", "FZHei-B01S", "FZHei-B01",
        "华文黑体", "STHeiti",
    ),
    Role.LEVEL_2: (
        "楷体_GB2312", "KaiTi_GB2312", "楷体", "KaiTi", "SimKai", "方正楷体_GB2312", "方正楷体简体", "FZKTJW--GB1-0",
        "FZKai-Z03S", "方正楷体_GBK", "FZKTK--GBK1-0", "FZKai-Z03", "华文楷体", "STKaiti",
    ),
    Role.FIGURES: ("宋体", "SimSun", "新宋体", "NSimSun", "方正书宋简体", "FZShuSong-Z01S", "华文宋体", "STSong"),
}  # fmt: skip
_Named = dict[str, list[tuple[Path, int]]]  # by plain name: files, and places in them
_SANS, _SERIF = "思源黑体（Noto Sans SC）", "思源宋体（Noto Serif SC）"


@dataclass(frozen=True, slots=True)
class FontChoice:
    """The font of one kind of type. ``is_prescribed``: it is of that kind, not a stand-in (思源黑体 is a 黑体)."""

    role: Role
    name: str
    face: Face
    is_prescribed: bool

    @property
    def prescribed_name(self) -> str:
        """The name that offices expect, as in the DOCX."""
        return KNOWN_NAMES[self.role][0]


@dataclass(frozen=True, slots=True)
class NoticeFonts:
    """The choice for every kind of type; ``warnings`` names the files of the folder that could not be used, and why.

    ``spare`` are the free faces, for the letters that the chosen one lacks.
    """

    choices: dict[Role, FontChoice]
    spare: tuple[Face, ...]
    warnings: tuple[str, ...] = ()

    def glyph(self, role: Role, letter: str) -> tuple[Face, str]:
        """Where ``letter`` is drawn from, and as what: a letter that no font has becomes 〓."""
        for shown in (letter, SUBSTITUTE):
            for source in (self.choices[role].face, *self.spare):
                if source.has(shown):
                    return source, shown
        raise LookupError(f"No font has {SUBSTITUTE}.")  # the wheel's fonts have it

    @property
    def declaration(self) -> str:
        """The line printed on the page: what is set in what, where the prescribed font is not at hand."""
        stand_ins: dict[str, list[str]] = {}
        for choice in self.choices.values():
            if not choice.is_prescribed:
                stand_ins.setdefault(choice.name, []).append(choice.prescribed_name)
        said = [f"以{name}代替{'、'.join(kinds)}" for name, kinds in stand_ins.items()]
        return "版式说明：本件按GB/T 9704-2012编排，" + ("，".join(said) or "使用本单位自备的规定字体") + "。"


def _spare_faces() -> tuple[Face, Face]:
    """The free fonts of the wheel: serif, sans."""
    return face(pylopdf_fonts_zh_cn.serif_path()), face(pylopdf_fonts_zh_cn.sans_path())


def fonts_found(folder: Path | None = None) -> NoticeFonts:
    """The fonts to set documents with.

    ``folder`` holds the site's fonts, if it has any. A file that is damaged or may not be embedded is left out with a
    warning; nothing in the folder can make this fail.
    """
    try:
        return _chosen(_files(folder))
    except OSError as problem:  # the folder may not be read, or a file went away meanwhile
        return replace(_chosen(()), warnings=(f"Fonts left out: {problem}",))


def _files(folder: Path | None) -> tuple[tuple[Path, int, int], ...]:
    """Each font file with its time of change and size."""
    if folder is None or not folder.is_dir():
        return ()
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file())
    return tuple((file, file.stat().st_mtime_ns, file.stat().st_size) for file in files)


@lru_cache(maxsize=4)
def _chosen(files: tuple[tuple[Path, int, int], ...]) -> NoticeFonts:
    """Kept as long as the folder stays as it is: looking into fonts takes a while."""
    warnings: list[str] = []
    named: _Named = {}
    for file, *_ in files:
        try:
            for names, index in faces_of(file):
                for name in sorted(names):
                    named.setdefault(_plain(name), []).append((file, index))
        except ValueError as problem:
            warnings.append(f"Font left out: {problem}")
    choices = {role: _choice(role, named, warnings) for role in Role}
    return NoticeFonts(choices, _spare_faces(), tuple(dict.fromkeys(warnings)))


def _choice(role: Role, named: _Named, warnings: list[str]) -> FontChoice:
    for name, (path, index) in _of_role(role, named):
        try:
            return FontChoice(role, name, face(path, index), is_prescribed=True)
        except ValueError as problem:
            warnings.append(f"Font left out: {problem}")
    serif, sans = _spare_faces()
    if role is Role.LEVEL_1:
        return FontChoice(role, _SANS, sans, is_prescribed=True)
    return FontChoice(role, _SERIF, serif, is_prescribed=role is Role.FIGURES)


def _of_role(role: Role, named: _Named) -> Iterable[tuple[str, tuple[Path, int]]]:
    return ((name, place) for name in KNOWN_NAMES[role] for place in named.get(_plain(name), []))


def _plain(name: str) -> str:
    return name.casefold().replace(" ", "").replace("-", "").replace("_", "")
