"""What is wrong with the content, file by file: `guichet kb check`.

An error stops a release (a link that leads nowhere, a date that passed); a warning is for
somebody to read.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from importlib.resources.abc import Traversable

from knowledge.articles import Article, load_articles
from knowledge.catalogue import Catalogue, load_catalogue
from knowledge.content_reader import ContentError
from knowledge.intents import load_intents
from knowledge.tools.check import alike_articles, alike_wordings
from knowledge.vocabulary import Vocabulary, load_vocabulary

SOON = timedelta(days=60)
LONGEST_ANSWER = 320
"""Characters of the first paragraph; it is what a list of results shows."""
FEWEST_WORDINGS = 12
FEWEST_WORDS, MOST_WORDS = 80, 400

_ACRONYM = re.compile(r"\b[A-Z][A-Z0-9]*[A-Z][A-Z0-9]*\b")
_ROMAN = re.compile(r"[IVXLC]+")
_ANNOUNCED = re.compile(r":(?:[^\S\n]*+\n\s*+## |\s*+\Z)")


class Level(StrEnum):
    """How much it matters; only the first two keep a base from being clean."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in a file, and what to do about it."""

    level: Level
    file: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.level} {self.file} : {self.problem} — {self.remedy}"


@dataclass(frozen=True, slots=True)
class Content:
    """What is checked, and on which day."""

    articles: Sequence[Article]
    catalogue: Catalogue
    vocabulary: Vocabulary
    today: date
    by_slug: Mapping[str, Article] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_slug", {article.slug: article for article in self.articles})


def check_folder(folder: Traversable, *, today: date) -> list[Finding]:
    """Everything wrong with a content folder; a file that cannot be read is the only finding
    then."""
    try:
        vocabulary = load_vocabulary(folder)
        load_intents(folder, vocabulary)
        content = Content(load_articles(folder), load_catalogue(folder), vocabulary, today)
    except ContentError as error:
        return [Finding(Level.ERROR, str(folder), str(error), "corriger le fichier nommé")]
    return check_content(content)


def check_content(content: Content) -> list[Finding]:
    """Errors first, then warnings, then notes, each by file."""
    found = [f for article in content.articles for check in ALONE for f in check(article)]
    found += [f for one in content.articles for check in IN_CONTENT for f in check(one, content)]
    found += [*_catalogue_links(content), *_duplicates(content)]
    return sorted(
        found, key=lambda finding: (list(Level).index(finding.level), finding.file, finding.problem)
    )


def file_of(article: Article) -> str:
    return f"{article.kind}/{article.theme}/{article.slug}.md"


def _error(article: Article, problem: str, remedy: str) -> Finding:
    return Finding(Level.ERROR, file_of(article), problem, remedy)


def _warning(article: Article, problem: str, remedy: str) -> Finding:
    return Finding(Level.WARNING, file_of(article), problem, remedy)


def _links(article: Article, content: Content) -> Iterator[Finding]:
    for slug in article.related:
        if slug not in content.by_slug:
            yield _error(
                article,
                f"« related » mène à « {slug} », qui n'existe pas",
                "corriger ou ôter le lien",
            )
        elif slug == article.slug:
            yield _error(article, "« related » mène à l'article lui-même", "ôter le lien")
    for path in article.sous_motifs:
        if content.catalogue.sous_motif(path) is None:
            yield _error(
                article, f"sous-motif inconnu « {path} »", "reprendre un chemin de catalogue.toml"
            )
    if content.catalogue.theme(article.theme) is None:
        yield _error(
            article, f"thème inconnu « {article.theme} »", "reprendre un code de catalogue.toml"
        )
    if not article.sous_motifs:
        yield _warning(article, "aucun sous-motif", "nommer ceux que l'article sert")


def _sources(article: Article) -> Iterator[Finding]:
    if not article.sources:
        yield _error(article, "aucune source", "ajouter un bloc [[sources]] avec son adresse")
    dated = (article.published, article.modified, article.valid_from, article.valid_until)
    if not any(dated) and not any(
        source.published or source.modified for source in article.sources
    ):
        problem = "ni l'article ni ses sources n'ont de date"
        yield Finding(Level.NOTE, file_of(article), problem, "la donner si la page en a une")


def _validity(article: Article, content: Content) -> Iterator[Finding]:
    end = article.valid_until
    if end is None:
        return
    if article.valid_from and article.valid_from > end:
        yield _error(
            article, "« valid_from » vient après « valid_until »", "corriger les deux dates"
        )
    if end < content.today:
        yield _warning(article, f"valable jusqu'au {end:%d/%m/%Y}", "mettre l'article à jour")
    elif end <= content.today + SOON:
        yield _warning(
            article, f"ne sera plus valable après le {end:%d/%m/%Y}", "préparer la mise à jour"
        )


def _length(article: Article) -> Iterator[Finding]:
    if len(article.answer) > LONGEST_ANSWER:
        problem = f"la réponse fait {len(article.answer)} caractères"
        yield _warning(article, problem, f"la ramener à {LONGEST_ANSWER}")
    words = len(article.body.split())
    if not FEWEST_WORDS <= words <= MOST_WORDS:
        yield _warning(article, f"{words} mots", f"viser {FEWEST_WORDS} à {MOST_WORDS}")
    if len(article.wordings) < FEWEST_WORDINGS:
        problem = f"{len(article.wordings)} formulations"
        yield _warning(article, problem, f"en écrire au moins {FEWEST_WORDINGS}")


def _announced_lists(article: Article) -> Iterator[Finding]:
    if _ANNOUNCED.search(article.body):
        yield _error(
            article, "une liste est annoncée et vide", "écrire la liste ou ôter les deux-points"
        )


def _acronyms(article: Article, content: Content) -> Iterator[Finding]:
    text = f"{article.title} {article.body}".replace("PEP's", "").replace("PEP’s", "")
    unknown = {
        name
        for name in _ACRONYM.findall(text)
        if not _ROMAN.fullmatch(name) and not content.vocabulary.knows(name)
    }
    for name in sorted(unknown):
        yield _warning(
            article, f"sigle inconnu « {name} »", "l'ajouter à [acronyms] de vocabulary.toml"
        )


def _catalogue_links(content: Content) -> Iterator[Finding]:
    for sous_motif in content.catalogue.sous_motifs:
        for slug in sous_motif.articles:
            if slug not in content.by_slug:
                problem = f"{sous_motif.path} propose « {slug} », qui n'existe pas"
                yield Finding(Level.ERROR, "catalogue.toml", problem, "corriger ou ôter le lien")
        if not sous_motif.articles:
            problem = f"{sous_motif.path} ne propose aucun article"
            yield Finding(Level.ERROR, "catalogue.toml", problem, "en nommer au moins un")


def _duplicates(content: Content) -> Iterator[Finding]:
    for one, text, other, same in alike_wordings(content.articles):
        problem = f"« {text} » ressemble à « {same} » de {other.slug}"
        yield _warning(one, problem, "la garder pour un seul article")
    for one, other in alike_articles(content.articles):
        yield _warning(one, f"presque le même texte que {other.slug}", "n'en garder qu'un")


ALONE: Sequence[Callable[[Article], Iterator[Finding]]] = (_sources, _length, _announced_lists)
IN_CONTENT: Sequence[Callable[[Article, Content], Iterator[Finding]]] = (
    _links,
    _validity,
    _acronyms,
)
