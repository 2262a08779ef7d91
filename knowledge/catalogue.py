"""The catalogue: themes, motifs and sous-motifs, and what the form of each sous-motif asks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import tomli

from knowledge.errors import ContentError

EVERY_FUND = "tous"
OUTSIDE_THE_FUNDS = "hors fonds"


class Scope(StrEnum):
    """How often a field is asked: once a ticket, once an agent, once a requester."""

    TICKET = "ticket"
    AGENT = "agent"
    REQUESTER = "requester"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One question of a form; `kind` names its parser."""

    key: str
    kind: str
    scope: Scope
    label: str
    question: str
    hint: str
    help: str
    words: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SousMotif:
    """The third level of a request: it names the form.

    `path` is `theme/motif/sous-motif`; `id` is the permanent short code of deep links.
    """

    path: str
    id: str
    label: str
    funds: tuple[str, ...]
    fields: tuple[Field, ...]
    articles: tuple[str, ...]
    advice: str | None = None
    describe: str | None = None

    @property
    def theme_code(self) -> str:
        return self.path.split("/")[0]

    @property
    def motif_path(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def is_outside(self) -> bool:
        """The matter belongs to none of the funds: it is answered without a ticket."""
        return self.funds == (OUTSIDE_THE_FUNDS,)

    @property
    def fund_choices(self) -> tuple[str, ...]:
        """The funds to choose from; empty where the fund does not matter."""
        return () if self.funds[0] in (EVERY_FUND, OUTSIDE_THE_FUNDS) else self.funds

    @property
    def names_agents(self) -> bool:
        return any(field.key == "nom" for field in self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Motif:
    """The second level: a group of sous-motifs, `path` being `theme/motif`."""

    path: str
    label: str
    sous_motifs: tuple[SousMotif, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """The first level: what one would find as a chapter of the help."""

    code: str
    label: str
    motifs: tuple[Motif, ...]

    @property
    def sous_motifs(self) -> Iterator[SousMotif]:
        for motif in self.motifs:
            yield from motif.sous_motifs


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Who handles what: the themes and funds of a queue; empty ones stand for all."""

    code: str
    label: str
    themes: tuple[str, ...] = ()
    funds: tuple[str, ...] = ()

    def takes(self, theme: str, fund: str | None) -> bool:
        by_theme = not self.themes or theme in self.themes
        return by_theme and (not self.funds or fund in self.funds)


@dataclass(frozen=True)
class Catalogue:
    """Every form there is, and the fields they are made of."""

    themes: tuple[Theme, ...]
    fields: Mapping[str, Field]
    queues: tuple[Queue, ...] = ()

    def queue_for(self, path: str, fund: str | None) -> str:
        """The code of the first queue that takes this request; empty where there are none."""
        theme = path.partition("/")[0]
        return next((queue.code for queue in self.queues if queue.takes(theme, fund)), "")

    def queue(self, code: str) -> Queue | None:
        return next((queue for queue in self.queues if queue.code == code), None)

    @cached_property
    def sous_motifs(self) -> tuple[SousMotif, ...]:
        return tuple(sous_motif for theme in self.themes for sous_motif in theme.sous_motifs)

    @cached_property
    def _by_path(self) -> dict[str, SousMotif]:
        return {sous_motif.path: sous_motif for sous_motif in self.sous_motifs}

    @cached_property
    def _by_id(self) -> dict[str, SousMotif]:
        return {sous_motif.id: sous_motif for sous_motif in self.sous_motifs}

    def theme(self, code: str) -> Theme | None:
        return next((theme for theme in self.themes if theme.code == code), None)

    def motif(self, path: str) -> Motif | None:
        motifs = (motif for theme in self.themes for motif in theme.motifs)
        return next((motif for motif in motifs if motif.path == path), None)

    def sous_motif(self, path: str) -> SousMotif | None:
        return self._by_path.get(path)

    def sous_motif_by_id(self, short_code: str) -> SousMotif | None:
        return self._by_id.get(short_code)

    @cached_property
    def funds(self) -> tuple[str, ...]:
        """Every fund that some sous-motif offers, in the order of the catalogue."""
        return tuple(dict.fromkeys(fund for s in self.sous_motifs for fund in s.fund_choices))


def load_catalogue(folder: Traversable) -> Catalogue:
    """Read `fields.toml`, `catalogue.toml` and `queues.toml`.

    Raises:
        ContentError: a file is missing, is no TOML, or names an unknown field.
    """
    fields = {row["key"]: _field(row) for row in _read(folder, "fields.toml")["field"]}
    builder = _Builder(fields, Path(str(folder / "catalogue.toml")))
    themes = tuple(builder.theme(row) for row in _read(folder, "catalogue.toml")["theme"])
    catalogue = Catalogue(themes, fields, _load_queues(folder))
    if len({one.id for one in catalogue.sous_motifs}) != len(catalogue.sous_motifs):
        raise ContentError(builder.path, "deux sous-motifs portent le même « id »")
    _check_queues(catalogue, Path(str(folder / "queues.toml")))
    return catalogue


def _load_queues(folder: Traversable) -> tuple[Queue, ...]:
    path = Path(str(folder / "queues.toml"))
    try:
        return tuple(
            Queue(
                code=row["code"],
                label=row["label"],
                themes=tuple(row.get("themes", ())),
                funds=tuple(row.get("funds", ())),
            )
            for row in _read(folder, "queues.toml")["queue"]
        )
    except KeyError as error:
        raise ContentError(path, f"il manque {error} à une file") from error


def _check_queues(catalogue: Catalogue, path: Path) -> None:
    """A theme or fund that does not exist would send requests nowhere, and nobody would know."""
    for queue in catalogue.queues:
        for theme in queue.themes:
            if catalogue.theme(theme) is None:
                raise ContentError(path, f"file {queue.code} : thème inconnu « {theme} »")
        for fund in queue.funds:
            if fund not in {one for s in catalogue.sous_motifs for one in s.funds}:
                raise ContentError(path, f"file {queue.code} : fonds inconnu « {fund} »")


def _read(folder: Traversable, name: str) -> dict[str, Any]:
    path = folder / name
    try:
        return tomli.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomli.TOMLDecodeError) as error:
        raise ContentError(Path(str(path)), f"illisible ({error})") from error


def _field(row: Mapping[str, Any]) -> Field:
    return Field(**{**row, "scope": Scope(row["scope"]), "words": tuple(row["words"])})


class _Builder:
    """Turns the rows of the file into values, and complains with the file's name."""

    def __init__(self, fields: Mapping[str, Field], path: Path) -> None:
        self.fields = fields
        self.path = path

    def theme(self, row: Mapping[str, Any]) -> Theme:
        code = row["code"]
        return Theme(
            code=code,
            label=row["label"],
            motifs=tuple(self.motif(code, motif) for motif in row["motif"]),
        )

    def motif(self, theme: str, row: Mapping[str, Any]) -> Motif:
        path = f"{theme}/{row['code']}"
        return Motif(
            path=path,
            label=row["label"],
            sous_motifs=tuple(self.sous_motif(path, sous) for sous in row["sous_motif"]),
        )

    def sous_motif(self, motif: str, row: Mapping[str, Any]) -> SousMotif:
        try:
            return SousMotif(
                path=f"{motif}/{row['code']}",
                id=row["id"],
                label=row["label"],
                funds=tuple(row["funds"]),
                fields=tuple(self.form_field(key, row) for key in row["fields"]),
                articles=tuple(row["articles"]),
                advice=row.get("advice"),
                describe=row.get("describe"),
            )
        except KeyError as error:
            problem = f"{motif}/{row.get('code', '?')} : clé ou champ inconnu {error}"
            raise ContentError(self.path, problem) from error

    def form_field(self, key: str, row: Mapping[str, Any]) -> Field:
        """The field as this form asks it: date named, requirement raised, scope settled."""
        field = self.fields[key]
        date_of = row.get("date_of", "de l'événement")
        asks_names = "nom" in row["fields"]
        return Field(
            key=key,
            kind=field.kind,
            scope=Scope.TICKET if field.scope is Scope.AGENT and not asks_names else field.scope,
            label=field.label.replace("{date_of}", date_of),
            question=field.question.replace("{date_of}", date_of),
            hint=field.hint,
            help=field.help,
            words=field.words,
            optional=field.optional and key not in row.get("required", ()),
        )
