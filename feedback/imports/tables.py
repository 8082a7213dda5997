"""Files to rows: CSV (also gzipped) and XLSX, read as a stream. Pure: knows neither Django nor what a column means.

What a file is, its content decides, not its name. Cells come out as Python values; texts are cleaned of what the
database cannot hold. Every limit is checked before memory is spent.
"""

import codecs
import csv
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, BinaryIO, cast

from openpyxl import load_workbook

Cell = str | int | float | bool | datetime | date | time | None

MAX_ROWS = 200_000
MAX_COLUMNS = 100
MAX_UNPACKED = 100 * 1024 * 1024
_CHUNK = 1024 * 1024
_SPREADSHEET = b"PK\x03\x04"
_GZIP = b"\x1f\x8b"
_BLANK = ("", None)
# Spreadsheet programs write control characters as _x000D_; PostgreSQL cannot store NUL, and nobody reads the others.
_ESCAPED = re.compile(r"_x00(0D|0A|09)_")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

csv.field_size_limit(4 * 1024 * 1024)


class FileProblem(Exception):
    """The file as a whole cannot be read; ``code`` names why (``wording`` says it to people), ``line`` where."""

    def __init__(self, code: str, line: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.line = line


@dataclass(frozen=True)
class Row:
    """One row that is not blank. ``number`` counts from 1 as a spreadsheet does, the header included."""

    number: int
    cells: tuple[Cell, ...]


def rows_of(stream: BinaryIO) -> Iterator[Row]:
    """The rows of a seekable ``stream``, blank ones left out, at most ``MAX_ROWS`` of them.

    Raises ``FileProblem``, possibly after rows were given: empty, not_a_table, old_excel, broken, too_large,
    too_many_rows, too_many_columns, unclosed_quote.
    """
    found = 0
    for number, cells in enumerate(_raw_rows(stream), start=1):
        if number > MAX_ROWS * 5 or found > MAX_ROWS:
            raise FileProblem("too_many_rows")
        cleaned = _trimmed([_clean(cell) for cell in cells])
        if len(cleaned) > MAX_COLUMNS:
            raise FileProblem("too_many_columns")
        if cleaned:
            found += 1
            yield Row(number, cleaned)
    if not found:
        raise FileProblem("empty")


def sheets_unread(stream: BinaryIO) -> list[str]:
    """The names of further sheets with rows in them: only the first such sheet is read."""
    if not _starts_with(stream, _SPREADSHEET):
        return []
    book = _workbook(stream)
    return [sheet.title for sheet in book.worksheets if _first(sheet) is not None][1:]


def _raw_rows(stream: BinaryIO) -> Iterator[Sequence[Any]]:
    if _starts_with(stream, _SPREADSHEET):
        return _spreadsheet_rows(stream)
    if _starts_with(stream, b"\xd0\xcf\x11\xe0"):
        raise FileProblem("old_excel")
    if _starts_with(stream, _GZIP):
        return _text_rows(cast("BinaryIO", gzip.GzipFile(fileobj=stream, mode="rb")))
    return _text_rows(stream)


def _starts_with(stream: BinaryIO, magic: bytes) -> bool:
    stream.seek(0)
    start = stream.read(len(magic))
    stream.seek(0)
    return start == magic


def _clean(cell: Any) -> Cell:
    if not isinstance(cell, str):
        return cell if isinstance(cell, int | float | datetime | date | time) else None
    text = _ESCAPED.sub(lambda match: "\t" if match[1] == "09" else "\n", cell)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"\n{3,}", "\n\n", _CONTROL.sub("", text)).strip()


def _trimmed(cells: list[Cell]) -> tuple[Cell, ...]:
    while cells and cells[-1] in _BLANK:
        cells.pop()
    return tuple(cells)


# Text ----------------------------------------------------------------------------------------------------------
def _text_rows(stream: BinaryIO) -> Iterator[Sequence[str]]:
    try:
        encoding = _encoding_of(stream)
        stream.seek(0)
        text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    except (OSError, EOFError, zlib.error) as error:
        raise FileProblem("broken") from error
    reader = csv.reader(text, delimiter=_delimiter_of(text), strict=True)
    try:
        yield from reader
    except csv.Error as error:
        # The only structural fault the reader knows: a quote that swallows the rest of the file, or one misplaced.
        raise FileProblem("unclosed_quote", reader.line_num) from error
    finally:
        text.detach()


def _encoding_of(stream: BinaryIO) -> str:
    """The first encoding that reads every byte: what a byte order mark says, UTF-8, then GB18030."""
    start = stream.read(4)
    candidates = ["utf-8-sig", "gb18030"]
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    for encoding in candidates:
        stream.seek(0)
        if _reads_as(stream, encoding):
            return encoding
    raise FileProblem("not_a_table")


def _reads_as(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    size = 0
    try:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > MAX_UNPACKED:
                raise FileProblem("too_large")
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter_of(text: io.TextIOWrapper) -> str:
    """The one of comma, semicolon and tab that the first line uses most."""
    line = text.readline(100_000)
    text.seek(0)
    return max(",;\t", key=line.count)


# Spreadsheets --------------------------------------------------------------------------------------------------
def _spreadsheet_rows(stream: BinaryIO) -> Iterator[Sequence[Any]]:
    book = _workbook(stream)
    for sheet in book.worksheets:
        first = _first(sheet)
        if first is not None:
            yield from _sheet_rows(sheet)
            return


def _first(sheet: Any) -> Sequence[Any] | None:
    """The first row with a value in it, or ``None`` for an empty sheet."""
    return next((row for row in _sheet_rows(sheet) if any(cell not in _BLANK for cell in row)), None)


def _sheet_rows(sheet: Any) -> Iterator[Sequence[Any]]:
    # One column more than is allowed, so that a sheet that is too wide shows itself. The size that the sheet
    # states of itself may be wrong or missing: it is ignored.
    sheet.reset_dimensions()
    try:
        yield from sheet.iter_rows(max_col=MAX_COLUMNS + 1, max_row=MAX_ROWS * 5 + 1, values_only=True)
    except Exception as error:  # the parser meets hostile input in many ways
        raise FileProblem("broken") from error


def _workbook(stream: BinaryIO) -> Any:
    """The workbook, values only (a formula gives what the spreadsheet program last computed)."""
    try:
        if _unpacked_size(stream) <= MAX_UNPACKED:
            return load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # as above: a zip that is no workbook fails in a dozen ways
        raise FileProblem("broken") from error
    raise FileProblem("too_large")


def _unpacked_size(stream: BinaryIO) -> int:
    with zipfile.ZipFile(stream) as archive:
        return sum(entry.file_size for entry in archive.infolist())
