"""Sheets: the lines of a CSV file or a workbook, as text, whatever made the file.

A file comes from outside: its size, its number of lines and what it unpacks to are limited before
anything of it is read. A small file can still ask for much work: a running desk has it read in a
process of its own (`bot.services.spreadsheet_reader`).
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from typing import Final

from python_calamine import CalamineWorkbook, PasswordError

from bot.domain.dates import format_date

LARGEST_FILE: Final = 5_000_000
_LARGEST_UNPACKED: Final = 60_000_000
_MOST_PARTS: Final = 500
_MOST_ROWS: Final = 20_000
_MOST_COLUMNS: Final = 60

_WORKBOOKS: Final = (b"PK", b"\xd0\xcf\x11\xe0")
"""How XLSX, XLSB and ODS begin (packages), and old XLS and protected workbooks (OLE)."""

SheetRow = tuple[int, tuple[str, ...]]
"""The number of a line as a spreadsheet counts it, and its cells."""


class SpreadsheetFault(StrEnum):
    """Why a file cannot be read at all; also the key of the French text that says it."""

    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    PROTECTED = "protected"
    EMPTY = "empty"


class UnreadableSpreadsheetError(ValueError):
    """A file is no sheet that can be read."""

    def __init__(self, fault: SpreadsheetFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def read_spreadsheet(content: bytes) -> list[SheetRow]:
    """The lines that hold anything, the heading first. Raises UnreadableSpreadsheetError."""
    if len(content) > LARGEST_FILE:
        raise UnreadableSpreadsheetError(SpreadsheetFault.TOO_LARGE)
    is_workbook = content.startswith(_WORKBOOKS)
    lines = _read_workbook(content) if is_workbook else _read_csv(content)
    filled = [line for line in lines if any(line[1])]
    if not filled:
        raise UnreadableSpreadsheetError(SpreadsheetFault.EMPTY)
    if len(filled) > _MOST_ROWS:
        raise UnreadableSpreadsheetError(SpreadsheetFault.TOO_LARGE)
    return filled


def _read_csv(content: bytes) -> list[SheetRow]:
    if b"\0" in content:
        raise UnreadableSpreadsheetError(SpreadsheetFault.UNREADABLE)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:  # the Windows-1252 of French spreadsheets
        text = content.decode("cp1252", errors="replace")
    heading = text.lstrip("\n\r").partition("\n")[0]
    delimiter = max(";,\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [
            (reader.line_num, tuple(cell.strip() for cell in cells[:_MOST_COLUMNS]))
            for cells in islice(reader, _MOST_ROWS + 2)
        ]
    except csv.Error:
        raise UnreadableSpreadsheetError(SpreadsheetFault.UNREADABLE) from None


def _read_workbook(content: bytes) -> list[SheetRow]:
    """The first sheet of an XLSX, XLSB, XLS or ODS workbook, lines counted as people see them."""
    if content.startswith(b"PK"):
        _check_package(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        rows = islice(book.get_sheet_by_index(0).iter_rows(), _MOST_ROWS + 2)
        return [
            (number, tuple(map(_cell, row[:_MOST_COLUMNS]))) for number, row in enumerate(rows, 1)
        ]
    except PasswordError:
        raise UnreadableSpreadsheetError(SpreadsheetFault.PROTECTED) from None
    except Exception:  # noqa: BLE001 -- the library meets a damaged file with errors of any kind
        raise UnreadableSpreadsheetError(SpreadsheetFault.UNREADABLE) from None


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
