"""Account import: what the columns of a sheet tell, and what it would change in a register.

Columns are known by their French names, in any order, with or without accents. An empty cell
changes nothing. An account that the sheet does not name is reported, never deleted. All is said
before anything is written.
"""

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from bot.domain.account import (
    Account,
    AccountRole,
    Holder,
    add_months,
    is_recycled,
    parse_identifier,
)
from bot.domain.account_changes import Refusal
from bot.domain.dates import format_date, parse_date
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.errors import InvalidAnswerError
from bot.domain.people import parse_email, parse_name
from bot.domain.spreadsheet import SheetRow
from bot.domain.text import without_accents

_YES: Final = frozenset({"oui", "o", "vrai", "true", "1", "x", "estimee", "yes"})


class Column(StrEnum):
    """What a column tells."""

    IDENTIFIER = "identifier"
    LAST_NAME = "last_name"
    FIRST_NAME = "first_name"
    EMAIL = "email"
    ROLE = "role"
    EXPIRES = "expires"
    ESTIMATED = "estimated"
    RENEWED = "renewed"
    SIRET = "siret"


COLUMN_NAMES: Final[Mapping[str, Column]] = {
    name: column
    for column, names in {
        Column.IDENTIFIER: "identifiant|identifiant peps|ident|id|login|compte|code utilisateur",
        Column.LAST_NAME: "nom|nom de famille|nom d usage|nom usuel",
        Column.FIRST_NAME: "prenom|prenoms",
        Column.EMAIL: "courriel|mail|email|e mail|adresse mail|adresse e mail|adresse electronique"
        "|adresse courriel|messagerie",
        Column.ROLE: "profil|role|type de compte|droits|type",
        Column.EXPIRES: "date d expiration|expiration|expire le|date expiration|fin de validite"
        "|date de fin|date de fin de validite|echeance|date d echeance|valable jusqu au",
        Column.ESTIMATED: "date estimee|estimee|estime",
        Column.RENEWED: "dernier renouvellement|date de renouvellement|renouvele le"
        "|date du dernier renouvellement|date de dernier renouvellement|date renouvellement",
        Column.SIRET: "siret|n siret|numero siret|siret de l employeur",
    }.items()
    for name in names.split("|")
}

_ROLES: Final[Mapping[str, AccountRole]] = {
    **dict.fromkeys(("administrateur", "administratrice", "admin", "a"), AccountRole.ADMINISTRATOR),
    **dict.fromkeys(("utilisateur", "utilisatrice", "user", "u"), AccountRole.USER),
}


class MissingColumnError(ValueError):
    """The heading has no column that names accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSheet:
    """A sheet, what its columns tell, and the columns whose names are not known."""

    columns: Mapping[int, Column]
    unknown: tuple[str, ...]
    lines: Sequence[SheetRow]


def read_columns(lines: Sequence[SheetRow]) -> AccountSheet:
    """Which column is what. Raises MissingColumnError when none of them is the identifier."""
    heading = lines[0][1]
    folded = [_folded(name) for name in heading]
    columns = {
        place: COLUMN_NAMES[name] for place, name in enumerate(folded) if name in COLUMN_NAMES
    }
    if Column.IDENTIFIER not in columns.values():
        raise MissingColumnError
    unknown = tuple(name for name in heading if name and _folded(name) not in COLUMN_NAMES)
    return AccountSheet(columns=columns, unknown=unknown, lines=lines[1:])


def _folded(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", " ", without_accents(name).casefold()).strip()
    return re.sub(r"^(?:le |la |l )", "", words)


def export_rows(register: EmployerAccounts) -> Iterator[tuple[str, ...]]:
    """The register as a sheet that can be imported again."""
    roles = {AccountRole.ADMINISTRATOR: "Administrateur", AccountRole.USER: "Utilisateur"}
    yield "Identifiant", "Nom", "Prénom", "Courriel", "Profil", "Date d'expiration", "Date estimée"
    for one in sorted(register.accounts, key=lambda account: account.identifier):
        yield (
            one.identifier,
            one.holder.last_name,
            one.holder.first_name,
            one.holder.email,
            roles[one.role],
            format_date(one.expires),
            "oui" if one.estimated else "",
        )


class LineFault(StrEnum):
    """Why a line is refused, besides what is wrong in a cell."""

    NO_IDENTIFIER = "line.no_identifier"
    NO_NAME = "line.no_name"
    NO_DATE = "line.no_date"
    ROLE = "line.role"
    TWICE = "line.twice"
    OTHER_SIRET = "line.other_siret"
    ONE_LEFT = "line.one_left"


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line that cannot be taken: its number in the file, and the key of the reason."""

    number: int
    fault: str


class _RefusedLineError(Exception):
    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What writing the sheet would do; `changed` holds each account after its change."""

    new: tuple[Account, ...] = ()
    changed: tuple[Account, ...] = ()
    unchanged: int = 0
    missing: tuple[Account, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    refused: tuple[RefusedLine, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.new and not self.changed


def plan_import(
    register: EmployerAccounts,
    sheet: AccountSheet,
    today: date,
    *,
    months: int,
    new_id: Callable[[], str],
) -> ImportPlan:
    """What the sheet would change; `months` is the interval of an estimated date."""
    known = {account.identifier: account for account in register.accounts}
    numbers: dict[str, int] = {}  # the line of each identifier
    after: dict[str, Account] = {}
    refused: list[RefusedLine] = []
    for number, cells in sheet.lines:
        told = _told(sheet, cells)
        try:
            identifier = _identifier(told, numbers)
            numbers[identifier] = number
            _check_employer(told, register)
            if identifier in known:
                after[identifier] = _changed_account(known[identifier], told, months)
            else:
                after[identifier] = _new_account(register, identifier, told, months, new_id)
        except (InvalidAnswerError, _RefusedLineError) as error:
            refused.append(RefusedLine(number, error.fault))
    read = len(after)
    after = {name: account for name, account in after.items() if account != known.get(name)}
    unchanged = read - len(after)
    if _leaves_nobody(register, after, today):
        for name in [name for name in after if name in known and known[name].is_administrator]:
            del after[name]
            refused.append(RefusedLine(numbers[name], LineFault.ONE_LEFT))
    return ImportPlan(
        new=tuple(one for name, one in after.items() if name not in known),
        changed=tuple(one for name, one in after.items() if name in known),
        unchanged=unchanged,
        missing=tuple(one for name, one in known.items() if name not in numbers),
        unknown_columns=sheet.unknown,
        refused=tuple(sorted(refused, key=lambda one: one.number)),
    )


def _leaves_nobody(register: EmployerAccounts, after: Mapping[str, Account], today: date) -> bool:
    """Whether the sheet takes the last active administrator's profile away."""
    kept = (one for one in register.accounts if one.identifier not in after)
    wanted = replace(register, accounts=(*kept, *after.values()))
    return bool(register.active_administrators(today)) and not wanted.active_administrators(today)


def _told(sheet: AccountSheet, cells: Sequence[str]) -> dict[Column, str]:
    """What the filled cells of a line tell."""
    pairs = (
        (column, cells[place]) for place, column in sheet.columns.items() if place < len(cells)
    )
    return {column: value for column, cell in pairs if (value := cell.removeprefix("'"))}


def _identifier(told: Mapping[Column, str], taken: Container[str]) -> str:
    if Column.IDENTIFIER not in told:
        raise _RefusedLineError(LineFault.NO_IDENTIFIER)
    identifier = parse_identifier(told[Column.IDENTIFIER])
    if identifier in taken:
        raise _RefusedLineError(LineFault.TWICE)
    return identifier


def _check_employer(told: Mapping[Column, str], register: EmployerAccounts) -> None:
    siret = re.sub(r"\D", "", told.get(Column.SIRET, ""))
    if siret and siret != register.employer.siret:
        raise _RefusedLineError(LineFault.OTHER_SIRET)


def _new_account(
    register: EmployerAccounts,
    identifier: str,
    told: Mapping[Column, str],
    months: int,
    new_id: Callable[[], str],
) -> Account:
    if identifier in register.retired:
        raise _RefusedLineError(f"refusal.{Refusal.USED_UP}")
    if Column.LAST_NAME not in told or Column.FIRST_NAME not in told:
        raise _RefusedLineError(LineFault.NO_NAME)
    holder = _holder(Holder(last_name="", first_name=""), told)
    expiry = _expiry(told, months)
    if expiry is None:
        raise _RefusedLineError(LineFault.NO_DATE)
    return Account(
        id=new_id(),
        identifier=identifier,
        holder=holder,
        role=_role(told) or AccountRole.USER,
        expires=expiry[0],
        estimated=expiry[1],
        origin=holder,
    )


def _changed_account(known: Account, told: Mapping[Column, str], months: int) -> Account:
    """The account as the line tells it; the very same where nothing is new."""
    holder = _holder(known.holder, told)
    if is_recycled(known.origin, holder):
        raise _RefusedLineError(f"refusal.{Refusal.RECYCLED}")
    expires, estimated = _expiry(told, months, known) or (known.expires, known.estimated)
    role = _role(told) or known.role
    wanted = replace(known, holder=holder, role=role, expires=expires, estimated=estimated)
    if wanted == known:
        return known
    email = known.origin.email or holder.email
    return wanted.changed(origin=replace(known.origin, email=email))


def _expiry(
    told: Mapping[Column, str], months: int, known: Account | None = None
) -> tuple[date, bool] | None:
    """The date told, else one estimated from the last renewal, unless PEP's own is known."""
    if Column.EXPIRES in told:
        is_estimated = _folded(told.get(Column.ESTIMATED, "")) in _YES
        return parse_date(told[Column.EXPIRES]), is_estimated
    if Column.RENEWED in told and (known is None or known.estimated):
        return add_months(parse_date(told[Column.RENEWED]), months), True
    return None


def _holder(known: Holder, told: Mapping[Column, str]) -> Holder:
    last, first = told.get(Column.LAST_NAME), told.get(Column.FIRST_NAME)
    email = told.get(Column.EMAIL)
    return Holder(
        last_name=parse_name(last) if last else known.last_name,
        first_name=parse_name(first) if first else known.first_name,
        email=parse_email(email) if email else known.email,
    )


def _role(told: Mapping[Column, str]) -> AccountRole | None:
    if Column.ROLE not in told:
        return None
    role = _ROLES.get(_folded(told[Column.ROLE]))
    if role is None:
        raise _RefusedLineError(LineFault.ROLE)
    return role
