"""Account files as spreadsheets and web applications really make them."""

import io
from datetime import date
from itertools import count

import pytest
from openpyxl import Workbook
from support.registers import TODAY, TOWN

from bot.domain.account_columns import Column, MissingColumnError, column_of, find_accounts
from bot.domain.account_import import ImportPlan, plan_import
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.spreadsheet import (
    SpreadsheetFault,
    UnreadableSpreadsheetError,
    read_spreadsheet,
    write_csv,
)

HEADING = "Identifiant;Nom;Prénom;Courriel;Profil;Date d'expiration"
LINE = "B07;GARNIER;Maud;maud@mairie-exemple.fr;Administrateur;30/06/2028"
FILE = f"{HEADING}\r\n{LINE}\r\n"
EMPTY = EmployerAccounts(employer=TOWN)


def planned(content: bytes | str, register: EmployerAccounts = EMPTY) -> ImportPlan:
    raw = content.encode() if isinstance(content, str) else content
    sheet = find_accounts(read_spreadsheet(raw))
    numbers = count()
    return plan_import(register, sheet, TODAY, months=18, new_id=lambda: f"id-{next(numbers)}")


def fault(content: bytes | str) -> tuple[SpreadsheetFault, int]:
    raw = content.encode() if isinstance(content, str) else content
    with pytest.raises(UnreadableSpreadsheetError) as caught:
        read_spreadsheet(raw)
    return caught.value.fault, caught.value.line


def refused(content: str, register: EmployerAccounts = EMPTY) -> list[tuple[int, str, str]]:
    return [(one.number, one.fault, one.about) for one in planned(content, register).refused]


def left_out(content: str) -> list[tuple[int, str]]:
    return [(one.number, one.fault) for one in planned(content).left_out]


def with_date(day: str) -> str:
    return f"Identifiant;Nom;Prénom;Expiration\nB07;GARNIER;Maud;{day}\n"


@pytest.mark.parametrize(
    "content",
    [
        FILE.encode("utf-16"),
        FILE.replace(";", "\t").encode("utf-16"),
        FILE.replace(";", "\t").encode("utf-16-le"),
        FILE.encode("utf-16-be"),
        FILE.replace("\r\n", "\r").encode("mac_roman"),
        FILE.encode("cp850"),
        FILE.replace(";", "|").encode(),
        f"sep=,\r\n{FILE.replace(';', ',')}".encode(),
        f"\ufeffSEP=;\r\n{FILE}".encode(),
        f"{FILE}\x1a".encode(),
        f"{FILE}{';' * 5}\r\n\r\n".encode(),
        f"Comptes, au 3 novembre\r\nÉdité par : RH, poste 12\r\n\r\n{FILE}".encode(),
    ],
)  # fmt: skip
def test_the_account_is_read_whatever_wrote_the_text(content: bytes) -> None:
    (account,) = planned(content).new
    assert account.holder.name == "Maud GARNIER"
    assert (account.identifier, account.expires) == ("B07", date(2028, 6, 30))


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp850"])
@pytest.mark.parametrize(
    "names", ["LEFÈVRE;Anaïs", "Müller;Noé", "D’Août;Zoé", "CÔTÉ;François", "Nœud;Gaëlle"]
)
def test_the_letters_of_french_names_are_kept(encoding: str, names: str) -> None:
    text = f"Identifiant;Nom;Prénom;Expiration\nB07;{names};01/06/2028\n"
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        pytest.skip("DOS has no such letter")
    (account,) = planned(content).new
    last, _, first = names.partition(";")
    assert (account.holder.last_name.casefold(), account.holder.first_name) == (
        last.replace("’", "'").casefold(), first,
    )  # fmt: skip


def test_nothing_is_read_where_the_letters_are_a_guess() -> None:
    line = b"Identifiant;Nom;Service;Expiration\nB07;GARNIER;\xe9lections;01/06/2028\n"
    assert fault(line) == (SpreadsheetFault.LETTERS, 0)  # « élections » or a Mac's « Èlections »
    assert fault("Identifiant;Nom\nB07;ГАРНЬЕ\n".encode("cp1251")) == (SpreadsheetFault.LETTERS, 0)


@pytest.mark.parametrize(
    "page",
    [
        "<html><body><table><tr><td>Identifiant</td></tr></table></body></html>",
        "\ufeff\n<TABLE border=1><tr><th>Identifiant</th></tr></TABLE>",
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "MIME-Version: 1.0\nContent-Type: multipart/related\n",
    ],
)
def test_a_page_that_is_called_a_workbook_is_named(page: str) -> None:
    assert fault(page) == (SpreadsheetFault.WEB_PAGE, 0)


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7 x", b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"{\\rtf1"]
)
def test_what_is_no_sheet_at_all_is_named(content: bytes) -> None:
    assert fault(content) == (SpreadsheetFault.NO_SHEET, 0)


def test_an_open_quotation_mark_is_named_with_its_line() -> None:
    good = "B06;ROCHE;Paul;;;01/06/2028\n"
    assert fault(f'{HEADING}\n{good}B07;GARNIER;"Maud;;;30/06/2028\n{good}') == (
        SpreadsheetFault.OPEN_QUOTATION, 3,
    )  # fmt: skip
    closed_far_below = f'{HEADING}\nB07;"GARNIER;Maud;;;30/06/2028\n{good}B08;VIDAL";Luc;;;\n'
    assert fault(closed_far_below) == (SpreadsheetFault.OPEN_QUOTATION, 2)


def test_a_cell_of_two_lines_is_one_cell() -> None:
    (account,) = planned(f'{HEADING};Adresse\n{LINE};"1 rue Haute\nbâtiment B"\n').new
    assert account.identifier == "B07"


def a_book(**sheets: list[list[object]]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def test_the_sheet_with_the_headings_is_read_and_named() -> None:
    rows: list[list[object]] = [[], ["Registre"], HEADING.split(";"), LINE.split(";")]
    plan = planned(a_book(Notice=[["Identifiant : voir la feuille 2"]], Comptes=rows))
    assert [one.identifier for one in plan.new] == ["B07"]
    assert (plan.sheet.name, plan.sheet.heading) == ("Comptes", 3)


def test_a_hidden_sheet_is_not_read_and_hidden_lines_are() -> None:
    book = Workbook()
    book.active.title = "Ancien"
    book.active.append(["Identifiant", "Nom", "Prénom", "Expiration", "Profil", "Courriel"])
    book.active.sheet_state = "hidden"
    shown = book.create_sheet("Comptes")
    shown.append(["Identifiant", "Nom", "Prénom", "Expiration"])
    shown.append(["B07", "GARNIER", "Maud", "30/06/2028"])
    shown.row_dimensions[2].hidden = True
    output = io.BytesIO()
    book.save(output)
    assert [one.identifier for one in planned(output.getvalue()).new] == ["B07"]


def test_a_cell_merged_over_lines_is_said_of_each() -> None:
    book = Workbook()
    sheet = book.active
    sheet["B2"] = "Comptes de la mairie"
    sheet.merge_cells("B2:F2")
    for at, row in enumerate([
        ["Identifiant", "Nom", "Prénom", "Profil", "Expiration"],
        ["B07", "GARNIER", "Maud", "Administrateur", date(2028, 6, 30)],
        ["B08", "ROCHE", "Paul", None, date(2028, 6, 30)],
    ], 3):  # fmt: skip
        for column, value in enumerate(row, 2):
            sheet.cell(at, column, value)
    sheet.merge_cells("E4:E5")
    output = io.BytesIO()
    book.save(output)
    assert all(one.is_administrator for one in planned(output.getvalue()).new)
    assert len(planned(output.getvalue()).new) == 2


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Identifiant utilisateur", Column.IDENTIFIER),
        ("N° identifiant", Column.IDENTIFIER),
        ("NOM DE L'AGENT", Column.LAST_NAME),
        ("Prénom du titulaire", Column.FIRST_NAME),
        ("Adresse e-mail professionnelle", Column.EMAIL),
        ("Mail pro", Column.EMAIL),
        ("Profil utilisateur", Column.ROLE),
        ("Date fin validité", Column.EXPIRES),
        ("Date d’expiration du compte", Column.EXPIRES),
        ("Nom de naissance", Column.BIRTH_NAME),
        ("Nom d'usage", Column.LAST_NAME),
        ("Nom et prénom", Column.FULL_NAME),
        ("Statut", Column.ACTIVE),
        ("Adresse", None),
        ("Téléphone", None),
        ("Date de naissance", None),
    ],
)
def test_headings_are_known_by_their_words(heading: str, column: Column | None) -> None:
    assert column_of(heading) is column


def test_a_file_without_the_column_says_which_it_has() -> None:
    with pytest.raises(MissingColumnError) as caught:
        planned("Liste\nMatricule RH;Nom;Service\n12;GARNIER;RH\n")
    assert caught.value.found == ("Matricule RH", "Nom", "Service")


def test_the_name_in_use_wins_over_the_one_of_birth() -> None:
    text = (
        "Identifiant;Nom de naissance;Nom d'usage;Prénom;Expiration\n"
        "B07;GARNIER;;Maud;01/06/2028\nB08;ROCHE;VIDAL;Paule;01/06/2028\n"
    )
    assert [one.holder.last_name.upper() for one in planned(text).new] == ["GARNIER", "VIDAL"]


def test_one_column_may_hold_both_names() -> None:
    text = (
        "Identifiant;Nom et prénom;Expiration\nB07;GARNIER Maud;01/06/2028\n"
        "B08;Jean-Luc DE LA ROCHE;01/06/2028\nB09;Vidal Paule;01/06/2028\n"
        "B10;Vidal, Anne Marie;01/06/2028\n"
    )
    assert [(one.holder.last_name.upper(), one.holder.first_name) for one in planned(text).new] == [
        ("GARNIER", "Maud"), ("DE LA ROCHE", "Jean-Luc"), ("VIDAL", "Anne Marie"),
    ]  # fmt: skip
    assert refused(text) == [(4, "line.full_name", "")]


def test_two_columns_for_one_thing_are_named_and_never_chosen_between() -> None:
    text = (
        "Identifiant;Nom;Prénom;Mail;Courriel;Expiration\n"
        "B07;GARNIER;Maud;maud@mairie-exemple.fr;maud@ailleurs.example;01/06/2028\n"
        "B08;ROCHE;Paul;paul@mairie-exemple.fr;;01/06/2028\n"
    )
    plan = planned(text)
    assert plan.sheet.doubled == ("Mail", "Courriel")
    assert [(one.identifier, one.holder.email) for one in plan.new] == [
        ("B08", "paul@mairie-exemple.fr")
    ]
    assert refused(text) == [(2, "line.two_values", "Courriel")]


def test_accounts_that_the_file_calls_deleted_are_left_out() -> None:
    text = (
        "Identifiant;Nom;Prénom;Actif;Expiration\n"
        "B07;GARNIER;Maud;Oui;01/06/2028\nB08;ROCHE;Paul;NON;01/06/2028\n"
        "B09;VIDAL;Luc;Désactivé;01/06/2028\nB10;REY;Léo;peut-être;01/06/2028\n"
    )
    assert [one.identifier for one in planned(text).new] == ["B07"]
    assert left_out(text) == [(3, "line.gone"), (4, "line.gone")]
    assert refused(text) == [(5, "line.status", "peut-être")]
    dated = (
        "Identifiant;Nom;Prénom;Supprimé le;Expiration\nB07;GARNIER;Maud;03/02/2026;01/06/2028\n"
    )
    assert left_out(dated) == [(2, "line.gone")]


def test_totals_and_remarks_below_are_left_out() -> None:
    text = f"{FILE}TOTAL;;;;;1\nNombre de comptes : 1;;;;;\n;;;;;1\nExtrait le 3 novembre;;;;;\n"
    assert [one.identifier for one in planned(text).new] == ["B07"]
    assert left_out(text) == [
        (3, "line.total"), (4, "line.total"), (5, "line.note"), (6, "line.note"),
    ]  # fmt: skip
    assert refused(text) == []


@pytest.mark.parametrize(
    "day",
    [
        "30-juin-28", "30-juin-2028", "30/06/28", "30.06.2028", "2028-06-30T00:00:00",
        "30/06/2028 00:00", "30/06/2028 à 12h30", "2028-06-30 00:00:00", "46934", "46934,0",
    ],
)  # fmt: skip
def test_a_date_is_read_whatever_the_spreadsheet_made_of_it(day: str) -> None:
    (account,) = planned(with_date(day)).new
    assert account.expires == date(2028, 6, 30)


def test_a_date_cell_that_is_shown_as_a_number_is_the_date() -> None:
    rows: list[list[object]] = [HEADING.split(";"), [*LINE.split(";")[:5], 46934]]
    (account,) = planned(a_book(Comptes=rows)).new
    assert account.expires == date(2028, 6, 30)


def test_what_the_spreadsheet_lost_is_named() -> None:
    text = (
        "Identifiant;Nom;Prénom;Expiration;SIRET;Courriel\n"
        "1,2E+11;GARNIER;Maud;01/06/2028;;\n"
        "B08;ROCHE;Paul;01/06/2028;2,175E+13;\n"
        "B09;#N/A;Luc;01/06/2028;;\n"
        "B10;REY;Léo;=AUJOURDHUI();;\n"
        "B11;REY;Léo;01/06/2028;;leo@mairie-exemple.fr / rh@mairie-exemple.fr\n"
    )
    assert [(number, why) for number, why, _ in refused(text)] == [
        (2, "line.rounded"), (3, "line.rounded"), (4, "line.formula"), (5, "line.formula"),
        (6, "line.two_emails"),
    ]  # fmt: skip


def test_zeros_that_were_lost_make_no_second_account() -> None:
    first = planned("Identifiant;Nom;Prénom;Expiration\n0012;GARNIER;Maud;01/06/2028\n")
    register = EmployerAccounts(employer=TOWN, accounts=first.new)
    again = "Identifiant;Nom;Prénom;Expiration\n12;GARNIER;Maud;01/06/2029\n"
    assert refused(again, register) == [(2, "line.lost_zeros", "0012")]
    both = "Identifiant;Nom;Prénom;Expiration\n007;REY;Léo;01/06/2028\n7;REY;Luc;01/06/2028\n"
    assert refused(both) == [(3, "line.lost_zeros", "007")]


def test_marks_that_keep_a_text_a_text_are_no_part_of_it() -> None:
    text = (
        "Identifiant;Nom;Prénom;Expiration\n'0012;'t Hart;Maud;'01/06/2028\n"
        '"=""0013""";GARNIER;Paul;01/06/2028\n'
    )
    assert [(one.identifier, one.holder.last_name) for one in planned(text).new] == [
        ("0012", "'t Hart"), ("0013", "GARNIER"),
    ]  # fmt: skip
    ours = write_csv(
        [["Identifiant", "Nom", "Prénom", "Expiration"], ["B07", "-Rey", "Léo", "01/06/2028"]]
    )
    assert [one.holder.last_name for one in planned(ours).new] == ["-Rey"]


def test_a_social_security_number_as_identifier_is_refused_and_not_repeated() -> None:
    # 285067500412362: nobody's number, 75004 is no commune's code.
    (line,) = planned(
        "Identifiant;Nom;Prénom;Expiration\n285067500412362;GARNIER;Maud;01/06/2028\n"
    ).refused
    assert (line.fault, line.about) == ("identifier.number", "")


def test_one_odd_line_refuses_itself_alone() -> None:
    text = f"{FILE}B08;R0CHE;Paul;;;01/06/2028\nB09;VIDAL;Luc;;;01/06/2028\n"
    assert [one.identifier for one in planned(text).new] == ["B07", "B09"]
    assert [one.number for one in planned(text).refused] == [3]
