"""What the columns of a file mean: the fields, the names they go by in Chinese and English, the header's row."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from feedback.imports.tables import Cell, Row

# Field → positions of its columns, counted from 0. Only a text may come from more than one column.
Columns = Mapping[str, Sequence[int]]

_VOICES = (
    "来信", "来件", "来电", "来访", "信件", "信访", "留言", "诉求", "工单", "反映", "投诉", "举报", "咨询", "求助",
    "建议", "意见", "问题", "事项", "事件", "帖子", "评论", "反馈",
)  # fmt: skip
# 问题类型, 投诉类别 and the like name what a voice is about.
_KINDS_OF = ("来信", "来件", "来电", "信件", "信访", "留言", "诉求", "工单", "反映")
_SPEAKERS = (
    "", "联系人", "来信人", "来电人", "来访人", "信访人", "留言人", "诉求人", "反映人", "投诉人", "举报人", "咨询人",
    "求助人", "申请人", "市民", "群众",
)  # fmt: skip


def _each(starts: Sequence[str], *ends: str) -> tuple[str, ...]:
    """Every start with every end: offices put their headers together from the same few words."""
    return tuple(f"{start}{end}" for start in starts for end in ends)


# "序号" and "user" are no names of a number: a running number starts again in every file, a user writes many letters.
# What an office did about a voice (回复内容, 反馈时间, 办结时间) is no part of the voice.
ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "source_id": (
            "id", "number", "no", "letter id", "message id", "ticket", "reference",
            "编号", "工单号", "受理号", "受理编号", "登记编号", "流水号", *_each(_VOICES, "编号", "编码"),
        ),
        "source": ("source", "origin", "来源", "数据来源", "来源渠道"),
        "title": (
            "title", "subject", "topic", "标题", "主题", *_each(_VOICES, "标题", "主题", "名称", "题目"),
        ),
        "content": (
            "content", "text", "message", "comment", "letter", "feedback", "body", "opinion", "details",
            "内容", "正文", "全文", "留言", "意见", "意见建议", "建议", "文本", "详情", "评价内容",
            *_each((*_VOICES, "主要", "详细", "具体"), "内容", "正文", "详情", "描述"),
        ),
        "said_at": (
            "time", "date", "said at", "created", "created at", "submitted", "submitted at", "datetime", "when",
            "时间", "日期",
            *_each(
                ("来信", "来件", "来电", "来访", "信访", "留言", "反映", "投诉", "举报", "咨询", "求助", "评价", "评论",
                 "提交", "受理", "创建", "登记", "发布", "填写", "填报", "发帖", "写信"),
                "时间", "日期",
            ),
        ),
        "kind": ("kind", "type", "类型", "类别", "性质", *_each(_KINDS_OF, "类型", "类别", "性质")),
        "service_rating": (
            "service rating", "rating", "service", "stars", "score", "satisfaction",
            "服务评价", "满意度", "评价", "评分", "星级", "服务满意度", "好差评", "评价等级",
        ),
        "safety_rating": (
            "safety rating", "safety", "sense of safety", "安全感", "安全感评分", "安全感评价", "公众安全感",
        ),
        "point": (
            "point", "point code", "sensing point", "code",
            "感知点", "感知点编号", "点位", "点位编号", "感知点代码", "二维码编号",
        ),
        "phone": (
            "phone", "mobile", "telephone", "phone number", "tel", "来电号码", "联系号码",
            *_each(_SPEAKERS, "手机", "手机号", "手机号码", "电话", "电话号码", "联系电话", "联系方式"),
        ),
        "consent": (
            "contact consent", "consent",
            "同意联系", "是否同意联系", "联系授权", "同意保存电话", "是否同意回访", "同意回访",
        ),
        "no_call": ("no call", "do not call", "请勿来电", "不要来电", "免打扰", "勿扰"),
    }
)  # fmt: skip
FIELDS = tuple(ALIASES)
_RATINGS = frozenset({"service_rating", "safety_rating"})

# Forms number their questions and mark the ones that must be answered.
_OF_THE_FORM = re.compile(r"^\s*\d+\s*[、.)]|[(【\[]\s*(?:必填|选填)\s*[)】\]]")
_NOISE = re.compile(r"[\s_\-:：()\[\]【】*/.]+")


def _plain(name: str) -> str:
    return _NOISE.sub("", _OF_THE_FORM.sub("", unicodedata.normalize("NFKC", name).lower()))


_FIELD_OF = {_plain(alias): field for field, aliases in ALIASES.items() for alias in (field, *aliases)}


def names_of(row: Row) -> list[str]:
    """The column names a header row gives; a name that comes twice gets its count, an empty one its position."""
    names: list[str] = []
    for position, cell in enumerate(row.cells, start=1):
        base = str(cell).strip()[:60] if cell not in ("", None) else f"#{position}"
        count = sum(name == base or name.startswith(f"{base} (") for name in names)
        names.append(base if not count else f"{base} ({count + 1})")
    return names


def header_find(head: Sequence[Row]) -> int:
    """The index in ``head`` of the header: the row with most known names (the first of equals), else the first row.

    A title line or a merged banner above the header is thereby passed over.
    """
    known = [sum(_plain(str(cell)) in _FIELD_OF for cell in row.cells if isinstance(cell, str)) for row in head]
    return known.index(max(known)) if known else 0


def recognise(names: Sequence[str]) -> dict[str, list[int]]:
    """Which columns fill which field, by name; of two columns with one meaning the first is taken."""
    columns: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        field = _FIELD_OF.get(_plain(name))
        if field and field not in columns:
            columns[field] = [position]
    return columns


def assign(names: Sequence[str], choices: Mapping[str, str]) -> dict[str, list[int]]:
    """``recognise`` with choices ``{column name or #position: field}`` on top; field ``""`` or ``-`` leaves it unused.

    Raises ``KeyError`` with the column or field that does not exist.
    """
    columns = recognise(names)
    for column, field in choices.items():
        position = _position(names, column)
        columns = {known: [p for p in places if p != position] for known, places in columns.items()}
        if field in ("", "-"):
            continue
        if field not in ALIASES:
            raise KeyError(field)
        columns[field] = [position]
    return {field: places for field, places in columns.items() if places}


def lacks_text(names: Sequence[str], columns: Columns, *, no_text: bool = False) -> bool:
    """Whether the letters themselves may be missed: no column is taken for the text, though one of ``names`` may be it.

    ``no_text`` is somebody's word that the file holds ratings alone.
    """
    if "content" in columns:
        return False
    if not columns.keys() & _RATINGS:
        return True
    unused = len(names) - len(columns)
    return not no_text and ("title" in columns or unused > 0)


def _position(names: Sequence[str], column: str) -> int:
    if column in names:
        return names.index(column)
    if re.fullmatch(r"#\d+", column) and 1 <= int(column[1:]) <= len(names):
        return int(column[1:]) - 1
    raise KeyError(column)


def cell_of(row: Row, columns: Columns, field: str) -> Cell:
    """The cell that fills ``field`` in ``row``; ``None`` where the field has no column or the row is short."""
    places = columns.get(field)
    return row.cells[places[0]] if places and places[0] < len(row.cells) else None
