"""What is wrong with the content, file by file: `guichet kb check`.

An error stops a release (a link that leads nowhere, two articles with one code); a warning is for
somebody to read.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from importlib.resources.abc import Traversable

from rapidfuzz import fuzz

from knowledge.articles import Article, load_articles
from knowledge.catalogue import Catalogue, load_catalogue
from knowledge.content_reader import ContentError
from knowledge.intents import load_intents
from knowledge.search.language import words_of
from knowledge.vocabulary import Vocabulary, load_vocabulary

SOON = timedelta(days=60)
LONGEST_ANSWER = 320
"""Characters of the first paragraph; it is what a list of results shows."""
FEWEST_WORDINGS = 12
FEWEST_WORDS, MOST_WORDS = 80, 400

ALIKE_WORDINGS = 93
ALIKE_ARTICLES = 85
"""Out of 100."""
RAREST = 2
"""Words by which two wordings are brought together: one of them may be misspelled."""
SHARED_WORDS = 0.5
"""Bodies are compared letter by letter only when half of the words are the same."""

_ACRONYM = re.compile(r"\b[A-Z][A-Z0-9]*[A-Z][A-Z0-9]*\b")
_ROMAN = re.compile(r"[IVXLC]+")
_ANNOUNCED = re.compile(r":[^\S\n]*\n\s*## |:\s*\Z")


class ContentLevel(StrEnum):
    """How much it matters; only the first two keep a base from being clean."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class ContentFinding:
    """Something wrong in a file, and what to do about it."""

    level: ContentLevel
    file: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.level} {self.file} : {self.problem} — {self.remedy}"


@dataclass(frozen=True, slots=True)
class CheckedContent:
    """What is checked, and on which day."""

    articles: Sequence[Article]
    catalogue: Catalogue
    vocabulary: Vocabulary
    today: date
    by_slug: Mapping[str, Article] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_slug", {article.slug: article for article in self.articles})


def check_folder(folder: Traversable, *, today: date) -> list[ContentFinding]:
    """Everything wrong with a content folder; a file that cannot be read is the only finding
    then."""
    try:
        vocabulary = load_vocabulary(folder)
        load_intents(folder, vocabulary)
        content = CheckedContent(load_articles(folder), load_catalogue(folder), vocabulary, today)
    except ContentError as error:
        return [
            ContentFinding(ContentLevel.ERROR, str(folder), str(error), "corriger le fichier nommé")
        ]
    return check_content(content)


def check_content(content: CheckedContent) -> list[ContentFinding]:
    """Errors first, then warnings, then notes, each by file."""
    found = [f for article in content.articles for check in ARTICLE_CHECKS for f in check(article)]
    found += [f for one in content.articles for check in LINK_CHECKS for f in check(one, content)]
    found += [*_catalogue_links(content), *_duplicates(content)]
    return sorted(
        found,
        key=lambda finding: (
            list(ContentLevel).index(finding.level),
            finding.file,
            finding.problem,
        ),
    )


def article_file(article: Article) -> str:
    return f"{article.kind}/{article.theme}/{article.slug}.md"


def _error(article: Article, problem: str, remedy: str) -> ContentFinding:
    return ContentFinding(ContentLevel.ERROR, article_file(article), problem, remedy)


def _warning(article: Article, problem: str, remedy: str) -> ContentFinding:
    return ContentFinding(ContentLevel.WARNING, article_file(article), problem, remedy)


def _links(article: Article, content: CheckedContent) -> Iterator[ContentFinding]:
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


def _sources(article: Article) -> Iterator[ContentFinding]:
    if not article.sources:
        yield _error(article, "aucune source", "ajouter un bloc [[sources]] avec son adresse")
    dated = (article.published, article.modified, article.valid_from, article.valid_until)
    if not any(dated) and not any(
        source.published or source.modified for source in article.sources
    ):
        problem = "ni l'article ni ses sources n'ont de date"
        yield ContentFinding(
            ContentLevel.NOTE, article_file(article), problem, "la donner si la page en a une"
        )


def _validity(article: Article, content: CheckedContent) -> Iterator[ContentFinding]:
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


def _length(article: Article) -> Iterator[ContentFinding]:
    if len(article.answer) > LONGEST_ANSWER:
        problem = f"la réponse fait {len(article.answer)} caractères"
        yield _warning(article, problem, f"la ramener à {LONGEST_ANSWER}")
    words = len(article.body.split())
    if not FEWEST_WORDS <= words <= MOST_WORDS:
        yield _warning(article, f"{words} mots", f"viser {FEWEST_WORDS} à {MOST_WORDS}")
    if len(article.wordings) < FEWEST_WORDINGS:
        problem = f"{len(article.wordings)} formulations"
        yield _warning(article, problem, f"en écrire au moins {FEWEST_WORDINGS}")


def _announced_lists(article: Article) -> Iterator[ContentFinding]:
    if _ANNOUNCED.search(article.body):
        yield _error(
            article, "une liste est annoncée et vide", "écrire la liste ou ôter les deux-points"
        )


def _acronyms(article: Article, content: CheckedContent) -> Iterator[ContentFinding]:
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


def _catalogue_links(content: CheckedContent) -> Iterator[ContentFinding]:
    for sous_motif in content.catalogue.sous_motifs:
        for slug in sous_motif.articles:
            if slug not in content.by_slug:
                problem = f"{sous_motif.path} propose « {slug} », qui n'existe pas"
                yield ContentFinding(
                    ContentLevel.ERROR, "catalogue.toml", problem, "corriger ou ôter le lien"
                )
        if not sous_motif.articles:
            problem = f"{sous_motif.path} ne propose aucun article"
            yield ContentFinding(
                ContentLevel.ERROR, "catalogue.toml", problem, "en nommer au moins un"
            )


def _duplicates(content: CheckedContent) -> Iterator[ContentFinding]:
    for one, text, other, same in alike_wordings(content.articles):
        problem = f"« {text} » ressemble à « {same} » de {other.slug}"
        yield _warning(one, problem, "la garder pour un seul article")
    for one, other in alike_articles(content.articles):
        yield _warning(one, f"presque le même texte que {other.slug}", "n'en garder qu'un")


def alike_wordings(articles: Sequence[Article]) -> Iterator[tuple[Article, str, Article, str]]:
    """Wordings of two articles that are nearly the same, each with its article.

    Only those that share one of the two rarest words are compared.
    """
    wordings = [
        (article, text) for article in articles for text in (article.title, *article.wordings)
    ]
    folded = [" ".join(words_of(text)) for _, text in wordings]
    for first, second in _sharing_a_rare_word(folded):
        (one, text), (other, same) = wordings[first], wordings[second]
        if one.slug != other.slug and _same_question(folded[first], folded[second]):
            yield one, text, other, same


def _same_question(one: str, other: str) -> bool:
    """Alike, and about the same figures: « 75 % » and « 50 % » are two questions."""
    figures = [{word for word in text.split() if word[0].isdigit()} for text in (one, other)]
    return figures[0] == figures[1] and fuzz.ratio(one, other) >= ALIKE_WORDINGS


def _sharing_a_rare_word(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    holding: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        for word in set(text.split()):
            holding.setdefault(word, []).append(place)
    for place, text in enumerate(texts):
        rarest = sorted((holding[word] for word in set(text.split())), key=len)[:RAREST]
        yield from ((place, other) for other in set().union(*rarest) if other > place)


def alike_articles(articles: Sequence[Article]) -> Iterator[tuple[Article, Article]]:
    """Pairs of articles whose bodies are nearly the same."""
    words = [frozenset(words_of(article.body)) for article in articles]
    for place, article in enumerate(articles):
        for other in range(place + 1, len(words)):
            fewest = max(1, min(len(words[place]), len(words[other])))
            shared = len(words[place] & words[other]) / fewest
            if shared >= SHARED_WORDS and _same_text(article, articles[other]):
                yield article, articles[other]


def _same_text(one: Article, other: Article) -> bool:
    return fuzz.ratio(one.body, other.body) >= ALIKE_ARTICLES


ARTICLE_CHECKS: Sequence[Callable[[Article], Iterator[ContentFinding]]] = (
    _sources,
    _length,
    _announced_lists,
)
LINK_CHECKS: Sequence[Callable[[Article, CheckedContent], Iterator[ContentFinding]]] = (
    _links,
    _validity,
    _acronyms,
)
