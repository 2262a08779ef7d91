"""A file is read in a process of its own: none can hold the desk, nor make it grow."""

import io
import resource
import zipfile
from collections.abc import Callable, Mapping

import pytest

from bot.domain.spreadsheet import (
    SpreadsheetFault,
    UnreadableSpreadsheetError,
    write_csv,
    write_xlsx,
)
from bot.services.spreadsheet_reader import INHERITED, read_apart, read_document

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ROWS = [["Identifiant", "Nom"], ["A1", "Zoé"], ["0012", "D'Août"]]
MIB = 1024  # of what `getrusage` counts


def workbook(cells: str, strings: str = "") -> bytes:
    """The smallest XLSX around the rows and the shared strings."""
    parts: Mapping[str, str] = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}"><sheets>'
        '<sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{DOCUMENT}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData>'
        "</worksheet>",
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
    }
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return output.getvalue()


FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


def fault(content: bytes) -> SpreadsheetFault:
    with pytest.raises(UnreadableSpreadsheetError) as caught:
        read_apart(content)
    return caught.value.fault


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_a_sheet_comes_out_as_it_was_written(write: Callable[[list[list[str]]], bytes]) -> None:
    ((_, rows),) = read_apart(write(ROWS))
    assert rows == [(n, tuple(row)) for n, row in enumerate(ROWS, 1)]


def test_lines_are_counted_as_the_person_sees_them() -> None:
    cell = '<row r="3"><c r="B3" t="inlineStr"><is><t>Nom</t></is></c></row>'

    assert read_apart(workbook(cell)) == [("A", [(3, ("Nom",))])]


def test_a_small_file_that_asks_for_much_work_costs_the_desk_nothing() -> None:
    cells = workbook("<row>" + '<c r="A1"><v>1</v></c>' * 2_400_000 + "</row>")
    strings = workbook('<row r="1"><c r="A1"><v>1</v></c></row>', "<si><t>a</t></si>" * 3_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    for content in (cells, strings):
        assert len(content) < 150_000
        assert read_document("comptes.xlsx", content).fault in {"", "too_large"}

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * MIB


def test_a_child_that_asks_for_more_memory_than_it_may_is_ended() -> None:
    assert fault(workbook(FAR)) is SpreadsheetFault.TOO_LARGE


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (workbook("<row/>")[:400], SpreadsheetFault.UNREADABLE),
        (b"\xd0\xcf\x11\xe0" + bytes(2_000), SpreadsheetFault.UNREADABLE),
        (b"", SpreadsheetFault.EMPTY),
        (b"\0", SpreadsheetFault.UNREADABLE),
        (b"x" * 5_000_001, SpreadsheetFault.TOO_LARGE),
    ],
    ids=["cut", "no workbook", "empty", "no text", "too many bytes"],
)
def test_what_cannot_be_read_is_said(content: bytes, why: SpreadsheetFault) -> None:
    assert fault(content) is why
    assert read_document("x", content).fault == why


def test_no_secret_of_the_desk_reaches_the_child() -> None:
    """The child gets the variables that are named, and no others."""
    assert not {name for name in INHERITED if "TOKEN" in name or "PASSWORD" in name}
    assert "DATABASE_URL" not in INHERITED
