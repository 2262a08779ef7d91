"""What is wrong with the content, file by file: `guichet kb check`.

An error stops a release (a link that leads nowhere, two articles with one code); a warning is for
somebody to read.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from importlib.resources.abc import Traversable
from itertools import combinations

from rapidfuzz import fuzz

from knowledge.articles import Article, Kind, load_articles
from knowledge.catalogue import Catalogue, load_catalogue
from knowledge.content_reader import ContentError
from knowledge.intents import load_intents
from knowledge.search.language import words_of
from knowledge.vocabulary import Vocabulary, load_vocabulary
from knowledge.wishes import load_wishes

SOON = timedelta(days=90)
UNREAD = timedelta(days=365)
"""A page without a date is read again after a year."""
LONGEST_TITLE = 60
"""Characters that a button of a phone shows."""
LONGEST_ANSWER = 320
"""Characters of the first paragraph; it is what a list of results shows."""
MOST_ANSWER_WORDS, MOST_SENTENCE_WORDS = 45, 30
"""Words of the first paragraph and of its first sentence: read at a glance, they answer."""
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
_SENTENCE = re.compile(r"(?<=[.!?])\s|\n+")
_BACKSTAGE = re.compile(
    r"par nos soins|\brelue?s?\b|nous n['’]avons|n['’]ont pas été|\blue?s? en 20|barème public"
    r"|d['’]après (?:un éditeur|une (?:fiche|page|seule)|un centre)|sources? privées?|nos sources"
    r"|non datée?|pages? consultée|en source\b|la presse|fiche (?:syndicale )?de 20"
    r"|page (?:de 20|ancienne)",
    re.IGNORECASE,
)
"""How the base was written, which is nothing to its reader."""
_DOUBT = re.compile(
    r"(?:est|sont|restent?|[,:(]) à (?:confirmer|vérifier)|\(à confirmer|en déduire"
    r"|on peut déduire|faites(?:-le)? confirmer|probablement|sans doute|\bserai(?:t|ent)\b"
    r"|n['’]est pas (?:connu|publié)|en cas de doute|interrogez",
    re.IGNORECASE,
)
_WHOM = re.compile(
    r"CNRACL|Ircantec|RAFP|ATIACL|FIPHFP|caisse|fonds|PEP['’]s|\.fr\b|\d\d(?: \d\d){4}",
    re.IGNORECASE,
)
_PROMISE = re.compile(r"\b(?:montant|taux|combien|valeurs?|barème)\b", re.IGNORECASE)
_FIGURE = re.compile(r"\d\s?(?:%|€)")
_YEAR = re.compile(r"\b20\d\d\b")
_ENDING = "## Avant de nous écrire"
_VAGUE = "## À savoir"
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


Problem = tuple[ContentLevel, str, str]
"""What is wrong in the article at hand, and what to do about it."""


@dataclass(frozen=True, slots=True)
class CheckedContent:
    """What is checked, and on which day."""

    articles: Sequence[Article]
    catalogue: Catalogue
    vocabulary: Vocabulary
    today: date


def check_folder(folder: Traversable, *, today: date) -> list[ContentFinding]:
    """Everything wrong with a content folder; or the one file in it that cannot be read."""
    try:
        vocabulary = load_vocabulary(folder)
        load_intents(folder, vocabulary)
        load_wishes(folder, vocabulary)
        content = CheckedContent(load_articles(folder), load_catalogue(folder), vocabulary, today)
    except ContentError as error:
        return [
            ContentFinding(ContentLevel.ERROR, str(folder), str(error), "corriger le fichier nommé")
        ]
    return check_content(content)


def check_content(content: CheckedContent) -> list[ContentFinding]:
    """Errors first, then warnings, then notes, each by file."""
    slugs = {article.slug for article in content.articles}
    found = [*_catalogue_links(content.catalogue, slugs), *_duplicates(content.articles)]
    for article in content.articles:
        problems = (
            *_links(article, content.catalogue, slugs),
            *_sources(article, content.today),
            *_validity(article, content.today),
            *_writing(article, content.vocabulary),
            *_answer(article),
            *_doubts(article),
        )
        found += [_finding(level, article, *told) for level, *told in problems]
    return sorted(found, key=lambda f: (list(ContentLevel).index(f.level), f.file, f.problem))


def _finding(level: ContentLevel, article: Article, problem: str, remedy: str) -> ContentFinding:
    return ContentFinding(
        level, f"{article.kind}/{article.theme}/{article.slug}.md", problem, remedy
    )


def _links(article: Article, catalogue: Catalogue, slugs: Collection[str]) -> Iterator[Problem]:
    for slug in article.related:
        if slug not in slugs:
            problem = f"« related » mène à « {slug} », qui n'existe pas"
            yield ContentLevel.ERROR, problem, "corriger ou ôter le lien"
        elif slug == article.slug:
            yield ContentLevel.ERROR, "« related » mène à l'article lui-même", "ôter le lien"
    for path in article.sous_motifs:
        if catalogue.sous_motif(path) is None:
            problem = f"sous-motif inconnu « {path} »"
            yield ContentLevel.ERROR, problem, "reprendre un chemin de catalogue.toml"
    if catalogue.theme(article.theme) is None:
        problem = f"thème inconnu « {article.theme} »"
        yield ContentLevel.ERROR, problem, "reprendre un code de catalogue.toml"
    if not article.sous_motifs:
        yield ContentLevel.WARNING, "aucun sous-motif", "nommer ceux que l'article sert"


def _sources(article: Article, today: date) -> Iterator[Problem]:
    if not article.sources:
        remedy = "ajouter un bloc [[sources]] avec son adresse"
        yield ContentLevel.ERROR, "aucune source", remedy
    for source in article.sources:
        if not (source.published or source.modified or source.read_on):
            problem = f"{source.url} n'a pas de date"
            remedy = "donner celle de la page, ou « read_on », le jour où elle a été lue"
            yield ContentLevel.WARNING, problem, remedy
        elif source.read_on and source.read_on + UNREAD < today:
            problem = f"{source.url} a été lue le {source.read_on:%d/%m/%Y}"
            yield ContentLevel.WARNING, problem, "la relire et changer « read_on »"


def _validity(article: Article, today: date) -> Iterator[Problem]:
    """Articles that are out of date or soon will be, and figures that never say so."""
    end = article.valid_until
    if end is None:
        lines = (line for line in _SENTENCE.split(article.body) if _FIGURE.search(line))
        years = {year for line in lines for year in _YEAR.findall(line)}
        if years & {str(today.year - 1), str(today.year), str(today.year + 1)}:
            problem = "un chiffre de l'année, et pas de fin de validité"
            yield ContentLevel.WARNING, problem, "donner « valid_until »"
        return
    if article.valid_from and article.valid_from > end:
        problem = "« valid_from » vient après « valid_until »"
        yield ContentLevel.ERROR, problem, "corriger les deux dates"
    if end < today:
        yield ContentLevel.WARNING, f"valable jusqu'au {end:%d/%m/%Y}", "mettre l'article à jour"
    elif end <= today + SOON:
        problem = f"ne sera plus valable après le {end:%d/%m/%Y}"
        yield ContentLevel.WARNING, problem, "préparer la mise à jour"


def _answer(article: Article) -> Iterator[Problem]:
    """The title and the first paragraph, as they are read on a phone."""
    if len(article.title) > LONGEST_TITLE:
        problem = f"le titre fait {len(article.title)} caractères"
        yield ContentLevel.WARNING, problem, f"le ramener à {LONGEST_TITLE}"
    words = len(article.answer.split())
    if words > MOST_ANSWER_WORDS:
        problem = f"la réponse fait {words} mots"
        yield ContentLevel.WARNING, problem, f"la ramener à {MOST_ANSWER_WORDS}"
    words = len(_SENTENCE.split(article.answer)[0].split())
    if words > MOST_SENTENCE_WORDS:
        problem = f"la première phrase fait {words} mots"
        yield ContentLevel.WARNING, problem, f"la ramener à {MOST_SENTENCE_WORDS}"
    promise = _PROMISE.search(article.title)
    if promise and not re.search(r"\d", article.answer):
        problem = f"le titre promet un chiffre (« {promise[0]} »), la réponse n'en donne pas"
        yield ContentLevel.WARNING, problem, "donner le chiffre, ou changer le titre"


def _doubts(article: Article) -> Iterator[Problem]:
    """What is not known is said once, with whom to ask; what tells the reader nothing is not
    said."""
    backstage = _BACKSTAGE.search(article.body)
    if backstage:
        problem = f"« {backstage[0]} » parle de notre travail"
        yield ContentLevel.WARNING, problem, "dire la règle, ou à qui la demander"
    doubtful = [one for one in _SENTENCE.split(article.body) if _DOUBT.search(one)]
    if len(doubtful) > 1:
        problem = f"{len(doubtful)} doutes"
        yield ContentLevel.WARNING, problem, "n'en garder qu'un"
    for sentence in doubtful:
        if not _WHOM.search(sentence):
            problem = f"un doute sans personne à qui demander : « {sentence[:60]} »"
            yield ContentLevel.WARNING, problem, "nommer la caisse, la page ou le téléphone"
    if article.kind is not Kind.AIDE and _ENDING in article.body:
        problem = "ce qu'il faut préparer, sans démarche à faire"
        yield ContentLevel.WARNING, problem, f"ôter « {_ENDING[3:]} »"
    if _VAGUE in article.body:
        problem = f"« {_VAGUE[3:]} » ne dit pas ce qui suit"
        yield ContentLevel.WARNING, problem, "donner à ce passage un titre, ou l'ôter"


def _writing(article: Article, vocabulary: Vocabulary) -> Iterator[Problem]:
    """Lengths, lists and acronyms."""
    if len(article.answer) > LONGEST_ANSWER:
        problem = f"la réponse fait {len(article.answer)} caractères"
        yield ContentLevel.WARNING, problem, f"la ramener à {LONGEST_ANSWER}"
    words = len(article.body.split())
    if not FEWEST_WORDS <= words <= MOST_WORDS:
        yield ContentLevel.WARNING, f"{words} mots", f"viser {FEWEST_WORDS} à {MOST_WORDS}"
    if len(article.wordings) < FEWEST_WORDINGS:
        problem = f"{len(article.wordings)} formulations"
        yield ContentLevel.WARNING, problem, f"en écrire au moins {FEWEST_WORDINGS}"
    if _ANNOUNCED.search(article.body):
        problem = "une liste est annoncée et vide"
        yield ContentLevel.ERROR, problem, "écrire la liste ou ôter les deux-points"
    text = f"{article.title} {article.body}".replace("PEP's", "").replace("PEP’s", "")
    for name in sorted(set(_ACRONYM.findall(text))):
        if not _ROMAN.fullmatch(name) and not vocabulary.knows(name):
            remedy = "l'ajouter à [acronyms] de vocabulary.toml"
            yield ContentLevel.WARNING, f"sigle inconnu « {name} »", remedy


def _catalogue_links(catalogue: Catalogue, slugs: Collection[str]) -> Iterator[ContentFinding]:
    for sous_motif in catalogue.sous_motifs:
        problems = [
            (f"{sous_motif.path} propose « {slug} », qui n'existe pas", "corriger ou ôter le lien")
            for slug in sous_motif.articles
            if slug not in slugs
        ]
        if not sous_motif.articles:
            problems.append(
                (f"{sous_motif.path} ne propose aucun article", "en nommer au moins un")
            )
        for problem, remedy in problems:
            yield ContentFinding(ContentLevel.ERROR, "catalogue.toml", problem, remedy)


def _duplicates(articles: Sequence[Article]) -> Iterator[ContentFinding]:
    for one, text, other, same in alike_wordings(articles):
        problem = f"« {text} » ressemble à « {same} » de {other.slug}"
        yield _finding(ContentLevel.WARNING, one, problem, "la garder pour un seul article")
    for one, other in alike_articles(articles):
        problem = f"presque le même texte que {other.slug}"
        yield _finding(ContentLevel.WARNING, one, problem, "n'en garder qu'un")


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
    with_words = [(article, set(words_of(article.body))) for article in articles]
    for (one, words), (other, others) in combinations(with_words, 2):
        shared = len(words & others) / max(1, min(len(words), len(others)))
        if shared >= SHARED_WORDS and fuzz.ratio(one.body, other.body) >= ALIKE_ARTICLES:
            yield one, other
