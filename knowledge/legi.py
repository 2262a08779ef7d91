"""Open legal texts as further documents: `guichet kb import legi FILE`.

FILE is a code of the npm package `@socialgouv/legi-data` (Légifrance, DILA, Licence Ouverte 2.0;
the package itself Apache-2.0): one tree of sections with the articles as leaves. What the base
needs of it is kept in one JSON file a code, in a folder outside the package; importing a code
anew replaces it.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from knowledge.articles import Article, Kind, Source
from knowledge.content_reader import ContentError

CREDIT = "Texte de Légifrance (DILA), Licence Ouverte 2.0"
IN_FORCE = ("VIGUEUR", "ABROGE_DIFF")
"""The second is repealed from a later day on, and holds until then."""
FARTHEST = date(2200, 1, 1)
"""Légifrance writes « no end » as a day after this one."""
UNFIT = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What reading a file of another kind ends with."""
PREFIX, SUFFIX = "legi-", ".json"

_BREAK = re.compile(r"<br ?/?>|</p>|</tr>|</li>|\n", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_NUMBER = re.compile(r"([LRD])(?=\d)")


@dataclass(frozen=True, slots=True)
class LegalArticle:
    """An article of a code in the version in force; `permanent` names all its versions."""

    permanent: str
    version: str
    number: str
    section: str
    since: str
    until: str | None
    text: str


@dataclass(frozen=True, slots=True)
class LegalCode:
    """A code as it is kept."""

    identifier: str
    title: str
    articles: tuple[LegalArticle, ...]


def read_legi(file: Path) -> LegalCode:
    """A code from the package's file.

    Raises:
        ContentError: the file is no such tree.
    """
    try:
        tree = json.loads(file.read_text(encoding="utf-8"))
        articles = tuple(_articles(tree, section=""))
        return LegalCode(tree["data"]["id"], tree["data"]["title"], articles)
    except UNFIT:
        message = "ce n'est pas un code de @socialgouv/legi-data : choisissez-en un fichier"
        raise ContentError(file, message) from None


def _articles(node: Mapping[str, Any], section: str) -> Iterator[LegalArticle]:
    """The articles in force below a node, in the order of the code."""
    facts = node["data"]
    if node["type"] == "article":
        if facts["etat"] in IN_FORCE and facts.get("num"):
            yield _article(facts, section)
        return
    for child in node.get("children", ()):
        yield from _articles(child, facts["title"])


def _article(facts: Mapping[str, Any], section: str) -> LegalArticle:
    until = _day(facts["dateFin"])
    return LegalArticle(
        permanent=facts["cid"],
        version=facts["id"],
        number=_NUMBER.sub(r"\1. ", facts["num"]),
        section=section.partition(" : ")[2].rstrip(".") or section,
        since=_day(facts["dateDebut"]).isoformat(),
        until=until.isoformat() if until < FARTHEST else None,
        text=_plain(facts.get("texteHtml") or facts["texte"]),
    )


def _day(milliseconds: int) -> date:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).date()


def _plain(html: str) -> str:
    """The text as paragraphs, without marks."""
    lines = (" ".join(unescape(_TAG.sub("", part)).split()) for part in _BREAK.split(html))
    return "\n\n".join(line for line in lines if line)


def keep_code(code: LegalCode, folder: Path) -> Path:
    """Writes a code into the folder of further documents, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{PREFIX}{code.identifier}{SUFFIX}"
    rows = [
        [getattr(article, name) for name in LegalArticle.__slots__] for article in code.articles
    ]
    kept = {"id": code.identifier, "title": code.title, "articles": rows}
    with NamedTemporaryFile("w", encoding="utf-8", dir=folder, delete=False) as file:
        json.dump(kept, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(target)
    return target


def load_further(folder: Path) -> tuple[Article, ...]:
    """The articles of every code kept in a folder; none where there is no such folder.

    Raises:
        ContentError: a file there cannot be read.
    """
    files = sorted(folder.glob(f"{PREFIX}*{SUFFIX}"))
    return tuple(article for file in files for article in as_articles(_kept(file)))


def _kept(file: Path) -> LegalCode:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        articles = tuple(LegalArticle(*row) for row in kept["articles"])
        return LegalCode(kept["id"], kept["title"], articles)
    except UNFIT:
        message = "ce code ne se lit plus : importez-le de nouveau, guichet kb import legi"
        raise ContentError(file, message) from None


def as_articles(code: LegalCode) -> Iterable[Article]:
    """The articles of a code as pages of the base."""
    return (_page(article, code) for article in code.articles)


def _page(article: LegalArticle, code: LegalCode) -> Article:
    since = date.fromisoformat(article.since)
    note = f"{CREDIT}, version en vigueur depuis le {since:%d/%m/%Y}"
    url = f"https://www.legifrance.gouv.fr/codes/article_lc/{article.version}"
    return Article(
        slug=article.permanent.lower(),
        code=article.permanent.lower(),
        title=f"{code.title}, article {article.number} : {article.section}",
        kind=Kind.JURIDIQUE,
        theme="textes",
        funds=("tous",),
        audience="employeur",
        published=None,
        modified=article.since,
        valid_from=since,
        valid_until=date.fromisoformat(article.until) if article.until else None,
        references=(f"{code.title}, art. {article.number}",),
        sous_motifs=(),
        related=(),
        wordings=(),
        sources=(Source(url=url, modified=article.since, note=note),),
        body=f"{article.text}\n\n{note}.",
    )
