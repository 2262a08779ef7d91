"""Articles: the pages of the help, one Markdown file each, headed by TOML between `+++` lines."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from knowledge.content_reader import (
    NO_TEXT,
    ContentError,
    ShapeError,
    TomlTable,
    parse_rows,
    refuse_unknown,
    rows_in,
    text_in,
    text_or_none,
    texts_in,
)

HEAD_MARK = "+++\n"
ORIENTATION = "orientation"
TEXTS = ("code", "title", "theme", "audience")
LISTS = ("funds", "references", "sous_motifs", "related", "wordings")
DATES = ("published", "modified", "valid_from", "valid_until")
HEAD_KEYS = frozenset((*TEXTS, *LISTS, *DATES, "kind", "sources"))
SOURCE_KEYS = frozenset(("url", "published", "modified", "read_on", "note"))
PARTIAL_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
"""Sources often tell only the year or the month: « 2021 », « 2024-09 », « 2024-02-20 »."""


class Kind(StrEnum):
    """Where an answer comes from; the order is that in which equals are shown."""

    AIDE = "aide"
    SITE = "site"
    JURIDIQUE = "juridique"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A page that an article relies on; dates are partial (`PARTIAL_DATE`) or unknown.

    `read_on` is the day on which a page that bears no date was read.
    """

    url: str
    published: str | None = None
    modified: str | None = None
    read_on: date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """A page of the knowledge base.

    `code` is its permanent short name in deep links; `body` is Markdown whose first paragraph is
    the answer; `wordings` are other ways of asking, indexed but never shown as content.
    """

    slug: str
    code: str
    title: str
    kind: Kind
    theme: str
    funds: tuple[str, ...]
    audience: str
    published: str | None
    modified: str | None
    valid_from: date | None
    valid_until: date | None
    references: tuple[str, ...]
    sous_motifs: tuple[str, ...]
    related: tuple[str, ...]
    wordings: tuple[str, ...]
    sources: tuple[Source, ...]
    body: str

    @property
    def answer(self) -> str:
        """The one or two sentences that answer: the first paragraph."""
        return self.body.partition("\n\n")[0].replace("\n", " ")

    @property
    def version(self) -> str:
        """Changes whenever what the reader sees does: votes are counted per version."""
        return hashlib.sha256(f"{self.title}\n{self.body}".encode()).hexdigest()[:12]


def load_articles(folder: Traversable) -> tuple[Article, ...]:
    """Read every `<kind>/<theme>/<slug>.md` below `folder`, sorted by slug.

    Raises:
        ContentError: an article cannot be read, or two share a slug or a code.
    """
    articles = sorted((parse_article(p) for p in _markdown_files(folder)), key=lambda a: a.slug)
    for names in ([a.slug for a in articles], [a.code for a in articles]):
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ContentError(Path(str(folder)), f"identifiant en double : {', '.join(twice)}")
    return tuple(articles)


def _markdown_files(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != ORIENTATION:  # which are no articles
            yield from _markdown_files(entry)
        elif entry.name.endswith(".md"):
            yield entry


def parse_article(file: Traversable) -> Article:
    """One file to one article; the slug is the file's name. Raises ContentError."""
    path = Path(str(file))
    try:
        return _article(path, *split_head(file.read_text(encoding="utf-8")))
    except UnicodeDecodeError:
        raise ContentError(path, NO_TEXT) from None
    except ShapeError as error:
        raise ContentError(path, str(error)) from None


def split_head(whole: str) -> tuple[TomlTable, str]:
    """The TOML head of a content file, and its body. Raises ShapeError."""
    parts = whole.split(HEAD_MARK, 2)
    if len(parts) != 3 or parts[0].strip():
        raise ShapeError("l'en-tête TOML doit tenir entre deux lignes « +++ » : ajoutez-les")
    return parse_rows(parts[1], first_line=2), parts[2].strip()


def _article(path: Path, head: TomlTable, body: str) -> Article:
    refuse_unknown(head, HEAD_KEYS)
    kind = text_in(head, "kind")
    if kind not in [*Kind]:
        raise ShapeError(f"« kind » doit être l'un de : {', '.join(Kind)}")
    named: dict[str, Any] = {key: text_in(head, key) for key in TEXTS}
    named |= {key: texts_in(head, key) for key in LISTS}
    return Article(
        slug=path.stem,
        kind=Kind(kind),
        published=_partial(head, "published"),
        modified=_partial(head, "modified"),
        valid_from=_day(head, "valid_from"),
        valid_until=_day(head, "valid_until"),
        sources=tuple(map(_source, rows_in(head, "sources", needed=False))),
        body=body,
        **named,
    )


def _source(row: TomlTable) -> Source:
    refuse_unknown(row, SOURCE_KEYS)
    published, modified = _partial(row, "published"), _partial(row, "modified")
    return Source(
        url=text_in(row, "url"),
        published=published,
        modified=modified,
        read_on=_day(row, "read_on"),
        note=text_or_none(row, "note"),
    )


def _partial(row: TomlTable, key: str) -> str | None:
    value = text_or_none(row, key)
    if value is not None and not PARTIAL_DATE.fullmatch(value):
        raise ShapeError(f"« {key} », date « {value} » : écrivez 2024, 2024-09 ou 2024-09-16")
    return value


def _day(row: TomlTable, key: str) -> date | None:
    value = text_or_none(row, key)
    try:
        return None if value is None else date.fromisoformat(value)
    except ValueError:
        raise ShapeError(f"« {key} », date « {value} » : écrivez 2024-09-16") from None
