"""Imports: every shape of file that offices send, and what it would change."""

import io
import zipfile
from dataclasses import replace
from datetime import date, datetime
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from support.registers import ANNE, BRUNO, TODAY, TOWN, a_register, an_account, an_administrator

from bot.domain.account import Account, AccountRole
from bot.domain.account_columns import MissingColumnError, find_accounts
from bot.domain.account_import import (
    ImportPlan,
    export_rows,
    plan_import,
)
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.spreadsheet import (
    _MOST_ROWS,
    LARGEST_FILE,
    SpreadsheetFault,
    UnreadableSpreadsheetError,
    read_spreadsheet,
    write_csv,
    write_xlsx,
)

EMPTY = EmployerAccounts(employer=TOWN)
CSV = """\
Prénom;Nom;Identifiant;Profil;Courriel;Date d'expiration
Zoé;Lefèvre;Z1;Administratrice;zoe@mairie-exemple.fr;31/12/2027
Jean;Petit;Z2;utilisateur;;2027-06-30
"""


def planned(content: bytes | str, register: EmployerAccounts = EMPTY) -> ImportPlan:
    raw = content.encode() if isinstance(content, str) else content
    numbers = count()
    sheet = find_accounts(read_spreadsheet(raw))
    return plan_import(register, sheet, TODAY, months=18, new_id=lambda: f"id-{next(numbers)}")


def refused(content: str, register: EmployerAccounts = EMPTY) -> list[tuple[int, str]]:
    return [(one.number, one.fault) for one in planned(content, register).refused]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_every_csv_of_an_office_is_read(encoding: str, delimiter: str, ending: str) -> None:
    content = CSV.replace(";", delimiter).replace("\n", ending).encode(encoding)
    zoe, jean = planned(content).new
    assert (zoe.holder.last_name, zoe.role, zoe.expires) == (
        "Lefèvre", AccountRole.ADMINISTRATOR, date(2027, 12, 31),
    )  # fmt: skip
    assert (jean.holder.email, jean.role, jean.expires) == ("", AccountRole.USER, date(2027, 6, 30))


def test_a_workbook_is_read_its_dates_and_numbers_too() -> None:
    book = Workbook()
    book.active.append(["IDENTIFIANT", "NOM", "PRENOM", "EXPIRATION", "Bureau"])
    book.active.append([1234, "Petit", "Jean", datetime(2027, 6, 30), "B12"])
    output = io.BytesIO()
    book.save(output)

    plan = planned(output.getvalue())

    assert [(one.identifier, one.expires) for one in plan.new] == [("1234", date(2027, 6, 30))]
    assert plan.sheet.unknown == ("Bureau",)


def test_without_its_date_the_last_renewal_gives_an_estimate() -> None:
    (account,) = planned(
        "identifiant;nom;prenom;dernier renouvellement\nZ1;Petit;Jean;31/08/2024"
    ).new
    assert (account.expires, account.estimated) == (date(2026, 2, 28), True)


def test_an_estimate_never_replaces_the_date_of_peps() -> None:
    register = a_register(an_administrator(ANNE), an_account("zoe", 300))
    plan = planned("Identifiant;Dernier renouvellement\nZOE;01/01/2026", register)
    assert plan.is_empty
    assert plan.unchanged == 1


def test_bad_lines_are_refused_each_with_its_number_and_reason() -> None:
    text = (
        "Identifiant;Nom;Prénom;Expiration;Profil;SIRET;Courriel\n"
        ";Petit;Jean;01/01/2028;;;\n"
        "Z2;Petit;Jean;31/02/2028;;;\n"
        "Z3;;Jean;01/01/2028;;;\n"
        "Z4;Petit;Jean;;;;\n"
        "Z5;Petit;Jean;01/01/2028;chef;;\n"
        "Z6;Petit;Jean;01/01/2028;;99999999900017;\n"
        "Z7;Petit;Jean;01/01/2028;;;jean@\n"
        "\n"
        "Z8;Petit;Jean;01/01/2028;;;\n"
        "Z8;Petit;Jean;01/01/2028;;;\n"
        "Z9;P3tit;Jean;01/01/28;;;\n"
    )
    assert refused(text) == [
        (2, "line.no_identifier"),
        (3, "date.impossible"),
        (4, "line.no_name"),
        (5, "line.no_date"),
        (6, "line.role"),
        (7, "line.other_siret"),
        (8, "email.form"),
        (11, "line.twice"),
        (12, "name.digits"),
    ]
    assert [account.identifier for account in planned(text).new] == ["Z8"]


def test_missing_accounts_are_named_and_stay() -> None:
    plan = planned("Identifiant\nANNE\n", a_register())
    assert [account.id for account in plan.missing] == [BRUNO, "chloe", "david", "emma"]
    assert plan.is_empty


def test_a_sheet_cannot_recycle_an_account_or_an_identifier() -> None:
    register = a_register().without_account(an_account("old"))
    text = (
        "Identifiant;Nom;Prénom;Courriel;Expiration\n"
        "CHLOE;Petit;Jean;jean@mairie-exemple.fr;01/01/2028\n"
        "OLD;Petit;Jean;;01/01/2028\n"
    )
    assert refused(text, register) == [(2, "refusal.recycled"), (3, "refusal.used_up")]


def test_a_sheet_cannot_take_the_last_administrators_profile() -> None:
    register = a_register(an_administrator(ANNE), an_account("zoe"))
    assert refused("Identifiant;Profil\nANNE;utilisateur\n", register) == [(2, "line.one_left")]
    swap = "Identifiant;Profil\nANNE;utilisateur\nZOE;administrateur\n"
    assert len(planned(swap, register).changed) == 2


def test_the_last_administrator_stays_beside_a_line_that_cannot_be_read() -> None:
    register = a_register(an_administrator(ANNE), an_account("zoe"))
    text = "Identifiant;Profil\nANNE;utilisateur\n?!;utilisateur\n"
    assert refused(text, register) == [(2, "line.one_left"), (3, "identifier.form")]


NAMES = st.text(st.sampled_from("abcéèçôÉ'-"), min_size=1, max_size=12).map(
    lambda name: f"A{name.strip()}b"
)
ACCOUNTS = st.lists(
    st.tuples(NAMES, st.integers(-400, 900), st.sampled_from(AccountRole), st.booleans()),
    max_size=12,
)


def named(identifier: str, name: str, account: Account) -> Account:
    holder = replace(account.holder, last_name=name)
    identified = replace(account, id=identifier, identifier=identifier.upper())
    return replace(identified, holder=holder, origin=holder)


@given(told=ACCOUNTS)
@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_what_was_exported_changes_nothing_when_it_comes_back(write, told) -> None:
    accounts = (
        an_administrator(ANNE),
        *(
            named(f"p{number}", name, an_account("zoe", days, role=role, estimated=estimated))
            for number, (name, days, role, estimated) in enumerate(told)
        ),
    )
    register = a_register(*accounts)
    plan = planned(write(export_rows(register)), register)
    assert plan == ImportPlan(sheet=plan.sheet, unchanged=len(accounts))
    again = planned(write(export_rows(register)))
    assert {one.identifier: one.expires for one in again.new} == {
        one.identifier: one.expires for one in accounts
    }


def test_no_cell_is_a_formula() -> None:
    assert b"\n'=cmd" in write_csv([["Courriel"], ["=cmd@exemple.fr"]]).replace(b"\r", b"")


def fault(content: bytes) -> SpreadsheetFault:
    with pytest.raises(UnreadableSpreadsheetError) as caught:
        read_spreadsheet(content)
    return caught.value.fault


def a_package(**parts: bytes) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return output.getvalue()


def test_files_that_are_no_sheet_are_refused() -> None:
    assert fault(b"") is SpreadsheetFault.EMPTY
    assert fault(b"\n ;; \n") is SpreadsheetFault.EMPTY
    assert fault(b"PK not a package") is SpreadsheetFault.UNREADABLE
    assert fault(a_package(readme=b"hello")) is SpreadsheetFault.UNREADABLE
    assert fault(b"\x00\x01\x02") is SpreadsheetFault.UNREADABLE
    assert fault(b"x" * (LARGEST_FILE + 1)) is SpreadsheetFault.TOO_LARGE
    assert fault(b"a;b\n" * (_MOST_ROWS + 1)) is SpreadsheetFault.TOO_LARGE


def test_a_package_that_unpacks_to_gigabytes_is_not_opened() -> None:
    bomb = a_package(bomb=b"\0" * 61_000_000)
    assert len(bomb) < 100_000
    assert fault(bomb) is SpreadsheetFault.TOO_LARGE
    entities = b"<!DOCTYPE lolz [<!ENTITY lol 'lol'>]><lolz>&lol;</lolz>"
    assert fault(a_package(sheet=entities)) is SpreadsheetFault.UNREADABLE


def test_a_sheet_without_identifiers_is_no_register() -> None:
    with pytest.raises(MissingColumnError):
        planned("Nom;Prénom\nPetit;Jean\n")
