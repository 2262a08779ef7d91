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

import tomli

from knowledge.errors import ContentError

HEAD_MARK = "+++\n"
PARTIAL_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
"""Sources often tell only the year or the month: « 2021 », « 2024-09 », « 2024-02-20 »."""


class Kind(StrEnum):
    """Where an answer comes from; the order is that in which equals are shown."""

    AIDE = "aide"
    SITE = "site"
    JURIDIQUE = "juridique"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A page that an article relies on; dates are partial (`PARTIAL_DATE`) or unknown."""

    url: str
    published: str | None = None
    modified: str | None = None
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
        if entry.is_dir():
            yield from _markdown_files(entry)
        elif entry.name.endswith(".md"):
            yield entry


def parse_article(file: Traversable) -> Article:
    """One file to one article; the slug is the file's name."""
    path = Path(str(file))
    parts = file.read_text(encoding="utf-8").split(HEAD_MARK, 2)
    if len(parts) != 3 or parts[0].strip():
        raise ContentError(path, "l'en-tête TOML doit tenir entre deux lignes « +++ »")
    try:
        return _article(path, tomli.loads(parts[1]), parts[2].strip())
    except (tomli.TOMLDecodeError, KeyError, ValueError, TypeError) as error:
        raise ContentError(path, f"en-tête illisible : {error}") from error


def _article(path: Path, head: dict[str, Any], body: str) -> Article:
    sources = tuple(Source(**_dated(row)) for row in head.pop("sources", ()))
    lists: dict[str, Any] = {
        key: tuple(head.pop(key))
        for key in ("funds", "references", "sous_motifs", "related", "wordings")
    }
    return Article(
        slug=path.stem,
        kind=Kind(head.pop("kind")),
        published=_partial(head.pop("published", None)),
        modified=_partial(head.pop("modified", None)),
        valid_from=_day(head.pop("valid_from", None)),
        valid_until=_day(head.pop("valid_until", None)),
        sources=sources,
        body=body,
        **lists,
        **head,
    )


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    for key in ("published", "modified"):
        _partial(row.get(key))
    return row


def _partial(value: str | None) -> str | None:
    if value is not None and not PARTIAL_DATE.fullmatch(value):
        raise ValueError(f"date « {value} » : écrire 2024, 2024-09 ou 2024-09-16")
    return value


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
