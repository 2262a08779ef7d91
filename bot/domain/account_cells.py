"""Cells of an account file: what one line tells, whatever the spreadsheet did to its values.

A date as a number, an hour behind it, a mark before a text are undone. What was lost is named:
a rounded number, the error of a formula.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.account import AccountRole, parse_identifier
from bot.domain.account_columns import AccountSheet, Column, fold_heading
from bot.domain.dates import parse_date
from bot.domain.errors import InvalidAnswerError
from bot.domain.names import read_surname

YES: Final = frozenset(("oui", "o", "vrai", "true", "1", "x", "estimee", "yes"))
_LIVING: Final = YES | frozenset(
    ("actif", "active", "valide", "valable", "ouvert", "en cours", "en service", "ok")
)
_GONE: Final = re.compile(
    r"(?:non?|n|faux|false|0|supprime|inacti[fv]|desactive|clo[st]|cloture|ferme|archive|parti"
    r"|radie|resilie)e?"
)
_NO: Final = frozenset(("non", "n", "no", "faux", "false", "0"))

_ROLES: Final[Mapping[str, AccountRole]] = {
    **dict.fromkeys(
        ("administrateur", "administratrice", "admin", "a", "adm"),
        AccountRole.ADMINISTRATOR,
    ),
    **dict.fromkeys(("utilisateur", "utilisatrice", "user", "u"), AccountRole.USER),
}


class LineFault(StrEnum):
    """Why a line is refused or left out, besides what is wrong in a cell."""

    NO_IDENTIFIER = "line.no_identifier"
    NO_NAME = "line.no_name"
    FULL_NAME = "line.full_name"
    NO_DATE = "line.no_date"
    ROLE = "line.role"
    STATUS = "line.status"
    TWICE = "line.twice"
    TWO_VALUES = "line.two_values"
    TWO_EMAILS = "line.two_emails"
    LOST_ZEROS = "line.lost_zeros"
    ROUNDED = "line.rounded"
    FORMULA = "line.formula"
    OTHER_SIRET = "line.other_siret"
    ONE_LEFT = "line.one_left"
    TOTAL = "line.total"
    NOTE = "line.note"
    GONE = "line.gone"


LEFT_OUT: Final = frozenset({LineFault.TOTAL, LineFault.NOTE, LineFault.GONE})
"""Lines that are no account to write, and no fault of the file either."""


class RefusedLineError(Exception):
    """A line is not taken: the key of the reason, and the cell or the account it is about."""

    def __init__(self, fault: str, about: str = "") -> None:
        super().__init__(fault)
        self.fault = fault
        self.about = about


_ERRORS: Final = re.compile(
    r"#(?:N/A|N/D|REF!|NOM ?\?|NAME\?|VALEUR ?!|VALUE!|DIV/0 ?!|NUL ?!)", re.IGNORECASE
)
_QUOTED: Final = re.compile(r'="([^"]*)"')


def read_line(sheet: AccountSheet, cells: Sequence[str]) -> dict[Column, str]:
    """What the filled cells of a line tell."""
    told: dict[Column, str] = {}
    for place, column in sheet.columns.items():
        value = _value(cells[place], column) if place < len(cells) else ""
        if value and told.setdefault(column, value).casefold() != value.casefold():
            raise RefusedLineError(LineFault.TWO_VALUES, sheet.headings[place])
    return told


def _value(cell: str, column: Column) -> str:
    """What a cell says without what spreadsheets put before it: `'` or `="…"` keep it a text."""
    if match := _QUOTED.fullmatch(cell):
        cell = match[1].strip()
    if _ERRORS.fullmatch(cell) or (cell.startswith("=") and len(cell) > 1):
        raise RefusedLineError(LineFault.FORMULA)
    bare = cell.removeprefix("'")
    is_name = column in {Column.LAST_NAME, Column.BIRTH_NAME, Column.FIRST_NAME, Column.FULL_NAME}
    return cell if is_name and not bare.startswith(("=", "+", "-", "@")) else bare  # 't Hart


_TOTALS: Final = re.compile(r"(?:sous )?tota(?:l|ux)\b|nombre\b|effectif|somme\b|moyenne\b")


def check_is_account(sheet: AccountSheet, cells: Sequence[str]) -> None:
    """Sums and remarks stand among the accounts of a sheet that was made to be printed."""
    filled = [(place, cell) for place, cell in enumerate(cells) if cell]
    place, first = filled[0]
    names_one = sheet.columns.get(place) is Column.IDENTIFIER
    if _TOTALS.match(fold_heading(first)):
        raise RefusedLineError(LineFault.TOTAL)
    if len(filled) == 1 and not (names_one and len(first.split()) == 1):
        raise RefusedLineError(LineFault.NOTE)


_ROUNDED: Final = re.compile(r"\d(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)


def read_number(cell: str) -> str:
    """A cell of figures as it stands. Raises RefusedLineError: the spreadsheet rounded it."""
    if _ROUNDED.fullmatch("".join(cell.split())):
        raise RefusedLineError(LineFault.ROUNDED)
    return cell


def read_identifier(told: Mapping[Column, str]) -> str:
    if Column.IDENTIFIER not in told:
        raise RefusedLineError(LineFault.NO_IDENTIFIER)
    return parse_identifier(read_number(told[Column.IDENTIFIER]))


def check_lives(told: Mapping[Column, str]) -> None:
    """Raises RefusedLineError where the file says that this account was deleted."""
    status, deleted = (
        fold_heading(told.get(Column.ACTIVE, "")),
        fold_heading(told.get(Column.DELETED, "")),
    )
    if _GONE.fullmatch(status) or (deleted and deleted not in _NO):
        raise RefusedLineError(LineFault.GONE, told[Column.IDENTIFIER])
    if status and status not in _LIVING:
        raise RefusedLineError(LineFault.STATUS, told[Column.ACTIVE])


_DAY_ZERO: Final = date(1899, 12, 30)  # spreadsheets count days from here (ECMA-376 § 18.17.4.1)
_DAY_NUMBER: Final = re.compile(r"[34567]\d{4}(?:[.,]\d+)?")  # 1982 to 2118
_HOUR: Final = re.compile(r"(?:T|\s(?:à\s)?)\d{1,2}\s?[:hH]\s?\d{2}\S{0,12}$")
_THIS_CENTURY: Final = range(2000, 2100)


def read_date(cell: str) -> date:
    """The day of a cell: as people write it, with an hour, a short year, or as a day's number.

    An account lives in this century only, so « 27 » is 2027. Raises InvalidAnswerError.
    """
    if _DAY_NUMBER.fullmatch(cell):
        return _DAY_ZERO + timedelta(days=int(cell[:5]))
    return parse_date(_HOUR.sub("", " ".join(cell.split())), _THIS_CENTURY)


def split_name(name: str) -> tuple[str, str]:
    """Surname and first name of « LEROY Elodie » or « LEROY, Elodie »; capitals are the surname."""
    try:
        found = read_surname(name).value
    except InvalidAnswerError:
        raise RefusedLineError(LineFault.FULL_NAME) from None
    if not found.first_name:
        raise RefusedLineError(LineFault.FULL_NAME)
    return found.surname, found.first_name


def read_role(told: Mapping[Column, str]) -> AccountRole | None:
    if Column.ROLE not in told:
        return None
    role = _ROLES.get(fold_heading(told[Column.ROLE]))
    if role is None:
        raise RefusedLineError(LineFault.ROLE)
    return role
