"""Files to rows: encodings, spreadsheets, and what odd and hostile files are answered with."""

import gzip
import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from feedback.imports import tables
from feedback.imports.columns import assign, header_find, names_of, recognise
from feedback.imports.rows import look, table_open
from feedback.imports.tables import FileProblem, Row, rows_of, sheets_unread


def cells(data: bytes) -> list[tuple[Any, ...]]:
    return [row.cells for row in rows_of(io.BytesIO(data))]


def problem(data: bytes) -> str:
    with pytest.raises(FileProblem) as caught:
        look(io.BytesIO(data))
    return caught.value.code


def workbook(*sheets: list[list[Any]], merge: str = "") -> bytes:
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"表{number + 1}")
        for row in rows:
            sheet.append(row)
        if merge:
            sheet.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


TABLE = "编号,内容\n1,路灯坏了\n2,停车太乱\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_a_csv_is_read_in_every_encoding_that_chinese_offices_write(encoding: str) -> None:
    assert cells(TABLE.encode(encoding)) == [("编号", "内容"), ("1", "路灯坏了"), ("2", "停车太乱")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_by_looking(delimiter: str) -> None:
    assert cells(TABLE.replace(",", delimiter).encode())[1] == ("1", "路灯坏了")


def test_a_packed_csv_is_unpacked_whatever_its_name() -> None:
    assert cells(gzip.compress(TABLE.encode("gb18030")))[2] == ("2", "停车太乱")


def test_line_breaks_inside_a_cell_are_kept_and_cleaned() -> None:
    assert cells('id,text\n1,"一行\r\n二行_x000D_\n\n\n\n三行"\n'.encode())[1] == ("1", "一行\n二行\n\n三行")


def test_nul_bytes_and_control_characters_are_dropped() -> None:
    assert cells("id,text\n1,路\x00灯\x07坏\x1f了\n".encode())[1] == ("1", "路灯坏了")


def test_blank_rows_are_no_rows_and_numbers_stay_those_of_the_sheet() -> None:
    rows = list(rows_of(io.BytesIO("id,text\n\n,,\n1,路灯\n".encode())))
    assert [row.number for row in rows] == [1, 4]


def test_a_workbook_gives_values_of_their_own_kind() -> None:
    data = workbook([["编号", "时间", "评分"], [188006, datetime(2024, 5, 19, 8, 30), 4.0]])  # noqa: DTZ001
    assert cells(data)[1] == (188006, datetime(2024, 5, 19, 8, 30), 4)  # noqa: DTZ001


def test_a_formula_gives_what_was_computed_never_the_formula() -> None:
    data = workbook([["内容", "评分"], ["路灯", "=1+1"]])
    assert "=1+1" not in cells(data)[1]


def test_the_header_is_found_below_a_merged_title_line() -> None:
    data = workbook([["2024 年意见箱登记表", None], ["编号", "内容"], [1, "路灯坏了"]], merge="A1:B1")
    table = table_open(io.BytesIO(data))
    assert table.names == ["编号", "内容"]
    assert [row.cells for row in table.rows] == [(1, "路灯坏了")]


def test_sheets_that_are_not_read_are_named() -> None:
    data = workbook([], [["内容"], ["路灯"]], [["内容"], ["停车"]])
    assert cells(data) == [("内容",), ("路灯",)]
    assert sheets_unread(io.BytesIO(data)) == ["表3"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"\n\n \n", "empty"),
        ("编号,内容\n".encode(), "header_only"),
        (bytes([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0xFF, 0xFE, 0xFF, 0x80]), "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_excel"),
        (b"PK\x03\x04 this is no archive", "broken"),
        (gzip.compress(TABLE.encode())[:-12], "broken"),
        (b"\x1f\x8b\x08\x00rubbish", "broken"),
        (b'id,text\n1,"never closed\n2,b\n', "unclosed_quote"),
        (workbook([["内容"]])[:-200], "broken"),
        (workbook([]), "empty"),
        (",".join("x" * 101).encode(), "too_many_columns"),
    ],
    # Packed files carry the time of their making: test processes must agree on a name.
    ids=[
        "nothing", "blank lines", "a header alone", "a picture", "an old workbook", "a broken archive", "a cut gzip",
        "a false gzip", "an open quote", "a cut workbook", "an empty workbook", "too many columns",
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_answered_with_its_reason(data: bytes, code: str) -> None:
    assert problem(data) == code


def _zip(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def test_a_zip_that_is_no_workbook_is_broken() -> None:
    assert problem(_zip(letter=b"hello")) == "broken"


def test_a_bomb_in_a_workbook_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_UNPACKED", 1_000_000)
    assert problem(_zip(xl__sharedStrings=bytes(5_000_000))) == "too_large"


def test_a_bomb_in_a_packed_csv_is_refused_while_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_UNPACKED", 1_000_000)
    assert problem(gzip.compress(b"a,b\n" * 2_000_000)) == "too_large"


def test_entities_in_a_workbook_are_not_expanded() -> None:
    whole = io.BytesIO(workbook([["内容"], ["路灯"]]))
    files = {}
    with zipfile.ZipFile(whole) as archive:
        for name in archive.namelist():
            files[name] = archive.read(name)
    lol = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    files["xl/worksheets/sheet1.xml"] = lol + files["xl/worksheets/sheet1.xml"]
    assert problem(_zip(**{name.replace("/", "__"): content for name, content in files.items()})) == "broken"


def test_too_many_rows_are_refused_politely(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 100)
    assert problem("内容\n".encode() + "路灯\n".encode() * 101) == "too_many_rows"


def test_the_file_is_told_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "letters.csv"
    path.write_bytes(workbook([["内容"], ["路灯"]]))
    with path.open("rb") as stream:
        assert look(stream).rows_total == 1


# Columns ---------------------------------------------------------------------------------------------------------
def test_columns_are_known_by_chinese_and_english_names() -> None:
    assert recognise(["工单 编号", "标题", "留言内容", "留言时间", "满意度", "安全感", "联系电话"]) == {
        "source_id": [0], "title": [1], "content": [2], "said_at": [3], "service_rating": [4], "safety_rating": [5],
        "phone": [6],
    }  # fmt: skip
    assert recognise(["ID", "Submitted_At", "Text", "point code"]) == {
        "source_id": [0], "said_at": [1], "content": [2], "point": [3],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("title", "来信标题 诉求标题 工单标题 信访主题 投诉标题 帖子标题 问题标题 事项名称"),
        (
            "content",
            "来信内容 反映内容 来电内容 诉求内容 诉求描述 工单内容 信访内容 投诉内容 举报内容 咨询内容 建议内容",
        ),
        ("content", "问题内容 问题描述 事件描述 主要内容 详细内容 具体内容 信件正文 留言正文 帖子内容 评论内容"),
        ("content", "内容（必填） 3、意见建议 诉求内容*"),
        (
            "said_at",
            "来信时间 来信日期 来电时间 登记时间 登记日期 信访时间 投诉时间 发布时间 填写时间 提交日期 受理日期",
        ),
        ("source_id", "来信编号 信访编号 投诉编号 诉求编号 登记编号 事项编号 受理号 工单号 来信编码"),
        (
            "phone",
            "来信人电话 来电号码 来电人电话 反映人手机号 投诉人联系电话 举报人联系方式 留言人手机 联系人电话 电话号码",
        ),
        ("kind", "来信类型 信访类型 诉求类别 工单类型 来电类型"),
    ],
)
def test_the_headers_of_hotlines_letter_boxes_and_petition_offices_are_known(field: str, names: str) -> None:
    for name in names.split():
        assert recognise([name]) == {field: [0]}, name


def test_what_the_office_answered_and_who_wrote_are_not_taken_for_the_voice() -> None:
    answered = "回复内容 答复内容 处理结果 办理意见 答复时间 办结时间 回复单位"
    written_by = "来信人 联系人 姓名 地址 一级标签 点赞数 查询码"
    assert recognise([*answered.split(), *written_by.split()]) == {}


def test_a_running_number_is_no_number_at_the_source() -> None:
    assert recognise(["序号", "内容"]) == {"content": [1]}


def test_of_two_columns_with_one_meaning_the_first_is_taken() -> None:
    names = names_of(Row(1, ("内容", "内容", None, "内容")))
    assert names == ["内容", "内容 (2)", "#3", "内容 (3)"]
    assert recognise(names) == {"content": [0]}


def test_a_choice_overrides_what_was_recognised() -> None:
    names = ["text", "remarks", "time"]
    assert assign(names, {"remarks": "content", "time": "-"}) == {"content": [1]}
    assert assign(names, {"#2": "content"}) == {"content": [1], "said_at": [2]}


@pytest.mark.parametrize("choices", [{"nothing": "content"}, {"text": "nonsense"}, {"#9": "content"}])
def test_a_choice_of_what_is_not_there_is_an_error(choices: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        assign(["text"], choices)


def test_without_any_known_name_the_first_row_is_the_header() -> None:
    assert header_find([Row(1, ("甲", "乙")), Row(2, (date(2024, 5, 1), 3))]) == 0


def test_a_look_tells_names_rows_and_the_first_of_them() -> None:
    found = look(io.BytesIO(TABLE.encode()), sample=1)
    assert (found.names, found.rows_total, len(found.first)) == (["编号", "内容"], 2, 1)
    assert found.columns == {"source_id": [0], "content": [1]}
