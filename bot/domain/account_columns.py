"""Columns of an account file: which sheet and line hold the headings, and what each column tells.

A heading is known by its French words, in any order of columns, with or without accents; words that
only say whose it is (« de l'agent », « utilisateur », « professionnelle ») are left out of it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

from bot.domain.spreadsheet import Sheet, SheetRow
from bot.domain.text import without_accents

LINES_ABOVE: Final = 40
"""Titles, dates and filters that stand above the headings at most."""


class Column(StrEnum):
    """What a column tells; also the key of its French name."""

    IDENTIFIER = "identifier"
    LAST_NAME = "last_name"
    BIRTH_NAME = "birth_name"
    FIRST_NAME = "first_name"
    FULL_NAME = "full_name"
    EMAIL = "email"
    ROLE = "role"
    EXPIRES = "expires"
    ESTIMATED = "estimated"
    RENEWED = "renewed"
    ACTIVE = "active"
    DELETED = "deleted"
    SIRET = "siret"


_NAMES: Final[Mapping[str, Column]] = {
    name: column
    for column, names in {
        Column.IDENTIFIER: "identifiant|ident|id|login|user id|userid|compte|code utilisateur"
        "|code|matricule peps|nom d utilisateur|num compte|numero de compte|n compte|n identifiant"
        "|numero identifiant|identifiant de connexion|identifiant connexion",
        Column.LAST_NAME: "nom|nom d usage|nom usuel|nom marital|nom d epouse|last name",
        Column.BIRTH_NAME: "nom de naissance|nom naissance|nom de famille|nom patronymique"
        "|nom de jeune fille|patronyme",
        Column.FIRST_NAME: "prenom|prenoms|prenom usuel|first name",
        Column.FULL_NAME: "nom prenom|nom et prenom|nom prenoms|nom complet|prenom nom"
        "|prenom et nom|agent|titulaire|identite",
        Column.EMAIL: "courriel|mail|email|e mail|adresse mail|adresse e mail|adresse email"
        "|adresse electronique|adresse courriel|messagerie"
        "|adresse de messagerie|adresse messagerie",
        Column.ROLE: "profil|role|type de compte|droits|type|habilitation",
        Column.EXPIRES: "date d expiration|expiration|expire le|date expiration|fin de validite"
        "|date de fin|date fin|date de fin de validite|date fin validite|date fin de validite"
        "|fin validite|echeance|date d echeance|date echeance|valable jusqu au|valide jusqu au"
        "|date de validite|date limite|validite",
        Column.ESTIMATED: "date estimee|estimee|estime",
        Column.RENEWED: "dernier renouvellement|date de renouvellement|renouvele le"
        "|date du dernier renouvellement|date de dernier renouvellement|date renouvellement"
        "|date dernier renouvellement|renouvellement",
        Column.ACTIVE: "statut|etat|actif|active|compte actif|situation|statut du compte"
        "|etat du compte",
        Column.DELETED: "supprime|supprimee|inactif|inactive|desactive|archive|date de suppression"
        "|supprime le|clos|ferme",
        Column.SIRET: "siret|n siret|numero siret|siret de l employeur|num siret",
    }.items()
    for name in names.split("|")
}

_OWNERS: Final = re.compile(
    r"\b(?:(?:de |d |du |des |de l |de la )?(?:agents?|utilisateurs?|titulaires?|employe|salarie"
    r"|collaborateur|personne|comptes?|pep s|peps|plateforme)|professionnel(?:le)?|pro)\b"
)


class MissingColumnError(ValueError):
    """No line names the column of the identifiers; `found` are the headings that were met."""

    def __init__(self, found: Sequence[str]) -> None:
        super().__init__("no heading of identifiers")
        self.found = tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSheet:
    """The lines below the headings, and what was understood of the file.

    `name` is the sheet's where the file has several, `heading` the number of the headings' line.
    `doubled` are the headings of columns that tell what another column tells too.
    """

    name: str
    heading: int
    columns: Mapping[int, Column]
    headings: Mapping[int, str]
    unknown: tuple[str, ...]
    lines: Iterable[SheetRow]

    @property
    def doubled(self) -> tuple[str, ...]:
        told = list(self.columns.values())
        return tuple(
            self.headings[place] for place, column in self.columns.items() if told.count(column) > 1
        )


def find_accounts(sheets: Sequence[Sheet]) -> AccountSheet:
    """The sheet and the line whose headings are best understood. Raises MissingColumnError."""
    best: tuple[int, Sheet, int, dict[int, Column]] | None = None
    for sheet in sheets:
        for place, (_, cells) in enumerate(islice(sheet.rows, LINES_ABOVE)):
            columns = _columns(cells)
            known = len(set(columns.values()))
            if Column.IDENTIFIER in columns.values() and (best is None or known > best[0]):
                best = known, sheet, place, columns
    if best is None:
        above = (cells for sheet in sheets for _, cells in islice(sheet.rows, LINES_ABOVE))
        fullest = max(above, key=lambda cells: sum(map(bool, cells)))
        raise MissingColumnError([cell for cell in fullest if cell])
    _, sheet, place, columns = best
    number, heading = sheet.rows[place]
    return AccountSheet(
        name=sheet.name if len(sheets) > 1 else "",
        heading=number,
        columns=columns,
        headings={at: heading[at] for at in columns},
        unknown=tuple(name for at, name in enumerate(heading) if name and at not in columns),
        lines=sheet.rows[place + 1 :],
    )


def _columns(cells: Sequence[str]) -> dict[int, Column]:
    found = ((place, column_of(cell)) for place, cell in enumerate(cells))
    return {place: column for place, column in found if column is not None}


def column_of(heading: str) -> Column | None:
    """What a column with this heading tells, if that is known."""
    name = fold_heading(heading)
    return _NAMES.get(name) or _NAMES.get(" ".join(_OWNERS.sub(" ", name).split()))


def fold_heading(words: str) -> str:
    """The words in small letters without accents, signs or a leading article."""
    bare = re.sub(r"[^a-z0-9]+", " ", without_accents(words).casefold()).strip()
    return re.sub(r"^(?:le |la |l )", "", bare)
