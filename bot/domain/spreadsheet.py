"""Sheets: the lines of a CSV file or a workbook, as text, whatever made the file.

What a file is, its first bytes say; its name may be wrong. A file comes from outside: its size, its
number of lines and what it unpacks to are limited before anything of it is read. A small file can
still ask for much work: a running desk has it read in a process of its own
(`bot.services.spreadsheet_reader`).
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from typing import Final, NamedTuple

from python_calamine import (
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from bot.domain.dates import format_date
from bot.domain.delimited_text import (
    NotTextError,
    OpenQuotationError,
    UnknownLettersError,
    decode,
    read_delimited,
)

LARGEST_FILE: Final = 5_000_000
_LARGEST_UNPACKED: Final = 60_000_000
_MOST_PARTS: Final = 500
_MOST_ROWS: Final = 20_000
_MOST_COLUMNS: Final = 60
_MOST_SHEETS: Final = 20

_WORKBOOKS: Final = (b"PK", b"\xd0\xcf\x11\xe0")
"""How XLSX, XLSB and ODS begin (packages), and old XLS and protected workbooks (OLE)."""

_OTHERS: Final = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf")
"""How files begin that people send by mistake: a PDF, a picture, an RTF text."""

_PAGES: Final = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"mime-version:")
"""How « Excel » files of web applications begin: pages, and tables in XML."""

SheetRow = tuple[int, tuple[str, ...]]
"""The number of a line as a spreadsheet counts it, and its cells."""


class Sheet(NamedTuple):
    """One sheet: its name (none in a text file), and its lines that hold anything."""

    name: str
    rows: Sequence[SheetRow]


def sheets_from_json(content: str | bytes) -> list[Sheet]:
    """The sheets that `json.dumps` wrote."""
    return [
        Sheet(name, [(number, tuple(cells)) for number, cells in rows])
        for name, rows in json.loads(content)
    ]


class SpreadsheetFault(StrEnum):
    """Why a file cannot be read at all; also the key of the French text that says it."""

    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    PROTECTED = "protected"
    EMPTY = "empty"
    WEB_PAGE = "web_page"
    NO_SHEET = "no_sheet"
    LETTERS = "letters"
    OPEN_QUOTATION = "open_quotation"


class UnreadableSpreadsheetError(ValueError):
    """A file is no sheet that can be read; `line` is where, or 0."""

    def __init__(self, fault: SpreadsheetFault, line: int = 0) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.line = line


def read_spreadsheet(content: bytes) -> list[Sheet]:
    """The sheets that hold anything, in their order. Raises UnreadableSpreadsheetError."""
    if len(content) > LARGEST_FILE:
        raise UnreadableSpreadsheetError(SpreadsheetFault.TOO_LARGE)
    is_workbook = content.startswith(_WORKBOOKS)
    sheets = _read_workbook(content) if is_workbook else [Sheet("", _read_text(content))]
    filled = [
        Sheet(name, rows)
        for name, lines in sheets
        if (rows := [row for row in lines if any(row[1])])
    ]
    if not filled:
        raise UnreadableSpreadsheetError(SpreadsheetFault.EMPTY)
    if sum(len(sheet.rows) for sheet in filled) > _MOST_ROWS:
        raise UnreadableSpreadsheetError(SpreadsheetFault.TOO_LARGE)
    return filled


def _read_text(content: bytes) -> list[SheetRow]:
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:20].lower()
    if start.startswith(_PAGES):
        raise UnreadableSpreadsheetError(SpreadsheetFault.WEB_PAGE)
    if content.startswith(_OTHERS):
        raise UnreadableSpreadsheetError(SpreadsheetFault.NO_SHEET)
    try:
        rows = read_delimited(decode(content), _MOST_ROWS, _MOST_COLUMNS)
        return [(number, tuple(cells)) for number, cells in rows]
    except NotTextError:
        raise UnreadableSpreadsheetError(SpreadsheetFault.UNREADABLE) from None
    except UnknownLettersError:
        raise UnreadableSpreadsheetError(SpreadsheetFault.LETTERS) from None
    except OpenQuotationError as error:
        raise UnreadableSpreadsheetError(SpreadsheetFault.OPEN_QUOTATION, error.line) from None


def _read_workbook(content: bytes) -> list[Sheet]:
    """The visible sheets of an XLSX, XLSB, XLS or ODS workbook, its lines as people count them."""
    if content.startswith(b"PK"):
        _check_package(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        shown = [one.name for one in book.sheets_metadata if _is_shown(one)][:_MOST_SHEETS]
        return [Sheet(name, _lines(book, name)) for name in shown]
    except PasswordError:
        raise UnreadableSpreadsheetError(SpreadsheetFault.PROTECTED) from None
    except Exception:  # noqa: BLE001 -- the library meets a damaged file with errors of any kind
        raise UnreadableSpreadsheetError(SpreadsheetFault.UNREADABLE) from None


def _is_shown(sheet: SheetMetadata) -> bool:
    visible = sheet.visible is SheetVisibleEnum.Visible
    return visible and sheet.typ is SheetTypeEnum.WorkSheet


def _lines(book: CalamineWorkbook, name: str) -> list[SheetRow]:
    sheet = book.get_sheet_by_name(name)
    first = sheet.start[1] if sheet.start else 0  # empty columns before it are left out
    rows = [
        [_cell(value) for value in row[:_MOST_COLUMNS]]
        for row in islice(sheet.iter_rows(), _MOST_ROWS + 2)
    ]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if left == right:  # one cell over several lines: it is said of each of them
            for row in rows[top + 1 : bottom + 1]:
                row[left - first] = rows[top][left - first]
    return [(number, tuple(row)) for number, row in enumerate(rows, 1)]


def _check_package(content: bytes) -> None:
    """A few kilobytes can unpack to gigabytes, or to entities that do: neither is opened."""
    fault = None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            size = sum(part.file_size for part in parts)
            if len(parts) > _MOST_PARTS or size > _LARGEST_UNPACKED:
                fault = SpreadsheetFault.TOO_LARGE
            elif any(b"<!DOCTYPE" in package.open(part).read(2048) for part in parts):
                fault = SpreadsheetFault.UNREADABLE
    except Exception:  # noqa: BLE001 -- so does the one that unpacks it
        fault = SpreadsheetFault.UNREADABLE
    if fault is not None:
        raise UnreadableSpreadsheetError(fault)


def _cell(value: object) -> str:
    match value:
        case datetime():
            return format_date(value.date())
        case date():
            return format_date(value)
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value).strip()


def write_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """As French spreadsheets open it: semicolons, UTF-8 with its mark."""
    output = io.StringIO(newline="")
    csv.writer(output, delimiter=";", lineterminator="\r\n").writerows(_safe(rows))
    return output.getvalue().encode("utf-8-sig")


def write_xlsx(rows: Iterable[Sequence[str]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Comptes")
    for row in _safe(rows):
        sheet.append(row)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def _safe(rows: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    """No cell that a spreadsheet would take for a formula."""
    for row in rows:
        yield [
            f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell
            for cell in row
        ]
