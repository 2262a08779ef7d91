"""The catalogue: themes, motifs and sous-motifs, and what the form of each sous-motif asks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from importlib.resources.abc import Traversable

from knowledge.content_reader import (
    ShapeError,
    TomlTable,
    flag_in,
    reading,
    refuse_unknown,
    rows_in,
    text_in,
    text_or_none,
    texts_in,
    within,
)

EVERY_FUND = "tous"
OUTSIDE_THE_FUNDS = "hors fonds"
FIELD_TEXTS = ("key", "kind", "label", "question", "hint", "help")
FORM_KEYS = frozenset(
    "code id label needs funds fields required date_of advice describe articles".split()  # noqa: SIM905
)


SENSITIVE_KINDS = frozenset({"nir", "nir_key"})
"""Kinds of fields whose answers are masked wherever others may see them, and forgotten early.

A field of such a kind is called by its kind, so that an answer tells it by its key alone.
"""


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
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SousMotif:
    """The third level of a request: it names the form.

    `path` is `theme/motif/sous-motif`; `id` is the permanent short code of deep links.
    `needs` are ways of saying what it is for; only the search reads them.
    """

    path: str
    id: str
    label: str
    funds: tuple[str, ...]
    fields: tuple[Field, ...]
    articles: tuple[str, ...]
    needs: tuple[str, ...] = ()
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
    def sous_motifs(self) -> list[SousMotif]:
        return [sous_motif for motif in self.motifs for sous_motif in motif.sous_motifs]


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
    def levels(self) -> tuple[tuple[Theme, Motif, SousMotif], ...]:
        """Every sous-motif, with the theme and the motif that lead to it."""
        return tuple(
            (theme, motif, sous_motif)
            for theme in self.themes
            for motif in theme.motifs
            for sous_motif in motif.sous_motifs
        )

    @cached_property
    def sous_motifs(self) -> tuple[SousMotif, ...]:
        return tuple(sous_motif for _, _, sous_motif in self.levels)

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

    def fields_of(self, path: str) -> Mapping[str, Field]:
        """The fields by key, those of this sous-motif as its form words them."""
        sous_motif = self.sous_motif(path)
        own = {field.key: field for field in sous_motif.fields} if sous_motif else {}
        return {**self.fields, **own}

    def sous_motif_by_id(self, short_code: str) -> SousMotif | None:
        return self._by_id.get(short_code)

    @cached_property
    def funds(self) -> tuple[str, ...]:
        """Every fund that some sous-motif offers, in the order of the catalogue."""
        return tuple(dict.fromkeys(fund for s in self.sous_motifs for fund in s.fund_choices))


def load_catalogue(folder: Traversable) -> Catalogue:
    """Read `fields.toml`, `catalogue.toml` and `queues.toml`.

    Raises:
        ContentError: a file is missing, is no TOML, lacks something or names what does not exist.
    """
    with reading(folder / "fields.toml") as head:
        fields = {field.key: field for field in map(_field, rows_in(head, "field"))}
    with reading(folder / "catalogue.toml") as head:
        themes = tuple(_theme(row, fields) for row in rows_in(head, "theme"))
        catalogue = Catalogue(themes, fields)
        if len({one.id for one in catalogue.sous_motifs}) != len(catalogue.sous_motifs):
            raise ShapeError(
                "deux sous-motifs portent le même « id » : donnez-en un nouveau à l'un"
            )
    with reading(folder / "queues.toml") as head:
        catalogue = replace(catalogue, queues=tuple(map(_queue, rows_in(head, "queue"))))
        _check_queues(catalogue)
    return catalogue


def _queue(row: TomlTable) -> Queue:
    with within(row):
        return Queue(
            code=text_in(row, "code"),
            label=text_in(row, "label"),
            themes=texts_in(row, "themes", needed=False),
            funds=texts_in(row, "funds", needed=False),
        )


def _field(row: TomlTable) -> Field:
    with within(row, "key"):
        scope = text_in(row, "scope")
        if scope not in [*Scope]:
            raise ShapeError(f"« scope » doit être l'un de : {', '.join(Scope)}")
        if row.get("kind") in SENSITIVE_KINDS and row.get("key") != row.get("kind"):
            raise ShapeError(f"un champ de genre « {row['kind']} » doit porter cette même clé")
        return Field(
            scope=Scope(scope),
            words=texts_in(row, "words"),
            optional=flag_in(row, "optional"),
            example=text_or_none(row, "example") or "",
            **{name: text_in(row, name) for name in FIELD_TEXTS},
        )


def _check_queues(catalogue: Catalogue) -> None:
    """A theme or fund that does not exist would send requests nowhere, and nobody would know."""
    for queue in catalogue.queues:
        for theme in queue.themes:
            if catalogue.theme(theme) is None:
                raise ShapeError(f"file {queue.code} : le thème « {theme} » n'existe pas")
        for fund in queue.funds:
            if fund not in {one for s in catalogue.sous_motifs for one in s.funds}:
                raise ShapeError(f"file {queue.code} : le fonds « {fund} » n'existe pas")


def _theme(row: TomlTable, fields: Mapping[str, Field]) -> Theme:
    with within(row):
        code = text_in(row, "code")
        motifs = tuple(_motif(code, motif, fields) for motif in rows_in(row, "motif"))
        return Theme(code=code, label=text_in(row, "label"), motifs=motifs)


def _motif(theme: str, row: TomlTable, fields: Mapping[str, Field]) -> Motif:
    with within(row):
        path = f"{theme}/{text_in(row, 'code')}"
        forms = tuple(_sous_motif(path, form, fields) for form in rows_in(row, "sous_motif"))
        return Motif(path=path, label=text_in(row, "label"), sous_motifs=forms)


def _sous_motif(motif: str, row: TomlTable, fields: Mapping[str, Field]) -> SousMotif:
    with within(row):
        refuse_unknown(row, FORM_KEYS)
        funds = texts_in(row, "funds")
        if not funds:
            raise ShapeError(f'« funds » est vide : écrivez au moins ["{EVERY_FUND}"]')
        return SousMotif(
            path=f"{motif}/{text_in(row, 'code')}",
            id=text_in(row, "id"),
            label=text_in(row, "label"),
            funds=funds,
            fields=tuple(_form_field(key, row, fields) for key in texts_in(row, "fields")),
            articles=texts_in(row, "articles"),
            needs=texts_in(row, "needs", needed=False),
            advice=text_or_none(row, "advice"),
            describe=text_or_none(row, "describe"),
        )


def _form_field(key: str, row: TomlTable, fields: Mapping[str, Field]) -> Field:
    """The field as this form asks it: date named, requirement raised, scope settled."""
    field = fields.get(key)
    if field is None:
        raise ShapeError(f"le champ « {key} » n'existe pas dans fields.toml")
    date_of = text_or_none(row, "date_of") or "de l'événement"
    asks_names = "nom" in row["fields"]
    return replace(
        field,
        scope=Scope.TICKET if field.scope is Scope.AGENT and not asks_names else field.scope,
        label=field.label.replace("{date_of}", date_of),
        question=field.question.replace("{date_of}", date_of),
        optional=field.optional and key not in texts_in(row, "required", needed=False),
    )
