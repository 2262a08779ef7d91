"""Columns: what the columns of a sheet of accounts tell, whatever their French names look like."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain.account import AccountRole
from bot.domain.dates import format_date
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.spreadsheet import SheetRow
from bot.domain.text import without_accents

HEADING: Final = (
    "Identifiant",
    "Nom",
    "Prénom",
    "Courriel",
    "Profil",
    "Date d'expiration",
    "Date estimée",
)

YES: Final = frozenset({"oui", "o", "vrai", "true", "1", "x", "estimee", "yes"})


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


NAMES: Final[Mapping[str, Column]] = {
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

ROLES: Final[Mapping[str, AccountRole]] = {
    "administrateur": AccountRole.ADMINISTRATOR,
    "administratrice": AccountRole.ADMINISTRATOR,
    "admin": AccountRole.ADMINISTRATOR,
    "a": AccountRole.ADMINISTRATOR,
    "utilisateur": AccountRole.USER,
    "utilisatrice": AccountRole.USER,
    "user": AccountRole.USER,
    "u": AccountRole.USER,
}


class MissingColumnError(ValueError):
    """The heading has no column that names accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet whose heading was understood."""

    columns: Mapping[int, Column]
    unknown: tuple[str, ...]
    lines: Sequence[SheetRow]


def understand(lines: Sequence[SheetRow]) -> Sheet:
    """Which column is what.

    Raises:
        MissingColumnError: none of them is the identifier.
    """
    heading = lines[0][1]
    columns = {
        place: NAMES[plain]
        for place, name in enumerate(heading)
        if (plain := folded(name)) in NAMES
    }
    if Column.IDENTIFIER not in columns.values():
        raise MissingColumnError
    unknown = tuple(name for name in heading if name and folded(name) not in NAMES)
    return Sheet(columns=columns, unknown=unknown, lines=lines[1:])


def folded(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", " ", without_accents(name).casefold()).strip()
    return re.sub(r"^(?:le |la |l )", "", words)


def export_rows(house: EmployerAccounts) -> Iterator[tuple[str, ...]]:
    """The register as a sheet that can be imported again."""
    roles = {AccountRole.ADMINISTRATOR: "Administrateur", AccountRole.USER: "Utilisateur"}
    yield HEADING
    for one in sorted(house.accounts, key=lambda account: account.identifier):
        yield (
            one.identifier,
            one.holder.last_name,
            one.holder.first_name,
            one.holder.email,
            roles[one.role],
            format_date(one.expires),
            "oui" if one.estimated else "",
        )
