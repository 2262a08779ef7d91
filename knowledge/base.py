"""The knowledge base: articles, catalogue and search, loaded once from the shipped content."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from knowledge.articles import Article, load_articles
from knowledge.catalogue import Catalogue, SousMotif, load_catalogue
from knowledge.intents import Intent, Intents, load_intents
from knowledge.kept import kept_or_built
from knowledge.legi import load_further
from knowledge.meaning import RERANKED, Meaning, installed_encoder
from knowledge.search.confidence import (
    DomainClassifier,
    Found,
    Hit,
    Reason,
    Signals,
    Suggestion,
    Verdict,
    Why,
    count_shown,
    decide_verdict,
)
from knowledge.search.engine import Engine, Match
from knowledge.search.index import QueryTerm
from knowledge.search.language import LONGEST_TEXT
from knowledge.search.query import ParsedQuery, QueryParser, anonymise
from knowledge.search.snippets import Snippets
from knowledge.search.spelling import QueryCorrector
from knowledge.search.suggestions import CONSULTED, Suggester, match_label
from knowledge.vocabulary import Vocabulary, load_vocabulary

SECOND_BEST = 2
"""The verdict looks at the second hit too, however few are asked for."""

RECENT = 256
"""Questions that are still understood when they are asked again: of those in dialogue now."""

SPEAKING_LIKENESS = 0.4
"""From here on the wording explains the hit better than its words do."""


class KnowledgeBase:
    """Everything that can be read or asked."""

    def __init__(
        self,
        articles: Sequence[Article],
        catalogue: Catalogue,
        vocabulary: Vocabulary,
        intents: Intents,
        *,
        further: Sequence[Article] = (),
    ) -> None:
        everything = [*articles, *further]
        self.articles: Mapping[str, Article] = {article.slug: article for article in everything}
        self.own = tuple(articles)  # less what was imported
        self.catalogue = catalogue
        self.vocabulary = vocabulary
        self._by_code = {article.code: article for article in everything}
        self._intents = intents
        self.meaning: Meaning | None = None  # set where there is an encoder
        self._engine = Engine(articles, catalogue, vocabulary, further)
        self._reader = QueryParser(
            vocabulary, self._engine.written, intents.outside, self._engine.shelf
        )
        outside = (vocabulary.stems(text) for text in intents.others)
        self._belonging = DomainClassifier(self._engine.wordings, outside)
        self._respeller = QueryCorrector(articles, self._engine.index)
        self._passages = Snippets(everything, vocabulary, self._engine.index)
        self._suggester = Suggester(articles, catalogue, vocabulary)
        self._remember()

    def _remember(self) -> None:
        """Room for the questions of those in dialogue."""
        self._recent = lru_cache(RECENT)(self._consider)
        self._found = lru_cache(RECENT)(self._find)

    def __getstate__(self) -> dict[str, object]:
        """All but the questions."""
        asked = {"_recent", "_found"}
        return {name: value for name, value in vars(self).items() if name not in asked}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self._remember()

    def article(self, slug: str) -> Article | None:
        return self.articles.get(slug)

    def article_by_code(self, code: str) -> Article | None:
        return self._by_code.get(code)

    def articles_of(self, sous_motif: SousMotif) -> list[Article]:
        """The articles to propose before the form, in the catalogue's order."""
        return [self.articles[slug] for slug in sous_motif.articles if slug in self.articles]

    def main_articles(self, theme_code: str, *, limit: int = 5) -> tuple[Article, ...]:
        """The articles that most sous-motifs of a theme propose first."""
        theme = self.catalogue.theme(theme_code)
        weight: dict[str, float] = {}
        for sous_motif in theme.sous_motifs if theme else ():
            for rank, article in enumerate(self.articles_of(sous_motif)):
                weight[article.slug] = weight.get(article.slug, 0.0) + 1 / (1 + rank)
        best = sorted(weight, key=lambda slug: -weight[slug])
        return tuple(self.articles[slug] for slug in best[:limit])

    def match_label(self, text: str, labels: Sequence[str]) -> int | None:
        """Which of the labels a person typed, None when it is none of them or could be several."""
        return match_label(text, labels)

    def search(self, question: str, *, limit: int = 3) -> Found:
        """The articles that best answer a question, and how surely they do."""
        return self._found(question[:LONGEST_TEXT], limit)

    def _find(self, text: str, limit: int) -> Found:
        read, ranked = self._considered(text, max(limit, self._depth))
        corrected = self._respeller.respell(text, read.repairs)
        ordered = self.meaning.reranked(corrected or text, ranked) if self.meaning else ranked
        telling = self._engine.reminder_messages(read.asked)
        found = Found(
            hits=tuple(self._hit(match, read, telling) for match in ordered[:limit]),
            shown=count_shown([match.score for match in ranked[:limit]]),
            verdict=Verdict.NOTHING,
            reason=Reason.EMPTY,
            corrected=corrected,
        )
        intent = self._intents.small_talk(text) or self._intents.own_business(read.words)
        verdict = Verdict.NOTHING if intent else self._judge(read, ranked, ordered)
        if verdict is not Verdict.NOTHING:
            return replace(found, verdict=verdict, reason=Reason.ANSWER)
        return self._refused(found, read, intent or self._intents.others_business(read.words))

    @property
    def _depth(self) -> int:
        return RERANKED if self.meaning else SECOND_BEST

    def prepare(self) -> None:
        """Makes the optional encoder ready, where there is one; takes seconds, hinders nobody."""
        if self.meaning:
            self.meaning.prepare()
            self._found.cache_clear()  # it was found without it

    def _judge(
        self, read: ParsedQuery, ranked: Sequence[Match], ordered: Sequence[Match]
    ) -> Verdict:
        """The verdict of the words; where meaning puts another article first, nothing is sure."""
        verdict = decide_verdict(self._signs(read, ranked))
        agreed = not ranked or ordered[0].place == ranked[0].place
        return verdict if agreed or verdict is not Verdict.FOUND else Verdict.CLOSE

    def _refused(self, found: Found, read: ParsedQuery, refused: Intent | None) -> Found:
        """Why nothing answers: small talk and personal questions go before another service's."""
        if refused is None:
            return replace(found, reason=Reason.UNKNOWN) if read.asked else found
        return replace(found, reason=refused.reason, intent=refused.code, redirect=refused.answer)

    def signs_of(self, question: str) -> Signals | None:
        """What the verdict on a question would be made from; None where no verdict is needed,
        because it is small talk or the person's own business."""
        read = self._reader.read(question)
        if self._intents.small_talk(question) or self._intents.own_business(read.words):
            return None
        return self._signs(read, self._engine.rank(read, SECOND_BEST))

    def _signs(self, read: ParsedQuery, ranked: Sequence[Match]) -> Signals:
        """What the verdict on a question is made from; `ranked` are its two best articles or
        more."""
        if not ranked:
            return Signals()
        best, *others = ranked
        return Signals(
            belonging=self._belonging.strength(read.asked),
            score=best.score,
            lead=1 - others[0].score / best.score if others else 1.0,
            likeness=best.likeness,
            elsewhere=self._intents.others_business(read.words) is not None,
            cited=self._engine.cited(best.place, read.asked),
            ours=self._intents.names_ours(read.words),
        )

    def _hit(self, match: Match, read: ParsedQuery, telling: Sequence[QueryTerm]) -> Hit:
        article = self._engine.articles[match.place]
        return Hit(
            slug=article.slug,
            title=article.title,
            kind=article.kind,
            score=match.score,
            passage=self._passages.best(match.place, read.asked),
            why=Why(
                self._engine.shared(match.place, telling),
                match.wording if match.likeness >= SPEAKING_LIKENESS else None,
            ),
        )

    def impersonal(self, question: str) -> str:
        """The question with only the words that the base knows: no name, no number, no address."""
        return anonymise(question, self._reader.is_known)

    def suggest(self, question: str, *, limit: int = 3) -> tuple[Suggestion, ...]:
        """The sous-motifs a question is most likely about."""
        read, best = self._considered(question[:LONGEST_TEXT], CONSULTED)
        ranked = [m for m in best if m.place < self._engine.own]
        return self._suggester.suggest(read.asked, ranked, limit)

    def _considered(self, text: str, depth: int) -> tuple[ParsedQuery, Sequence[Match]]:
        """A question as it is understood, and so many of the articles that it may mean.

        It is asked several times on the way to a request, and understood once.
        """
        read, ranked = self._recent(text, max(depth, CONSULTED))
        return read, ranked[:depth]

    def _consider(self, text: str, depth: int) -> tuple[ParsedQuery, Sequence[Match]]:
        read = self._reader.read(text)
        return read, tuple(self._engine.rank(read, depth))


def content_folder() -> Path:
    """Where the shipped content lies on this machine."""
    return Path(str(files("knowledge") / "content"))


def load_knowledge(
    folder: Traversable | None = None, *, extra: Path | None = None, meaning: Path | None = None
) -> KnowledgeBase:
    """The shipped content, or that of another folder of the same shape; with the further
    documents of `extra`, where something was imported there; with the optional encoder, where it
    is installed, its vectors kept in `meaning` (`KnowledgeBase.prepare` makes it ready).

    The shipped content alone is read once a process: it does not change while one runs. It is
    taken up as it was read before, where that was kept (`knowledge.kept`).

    Raises:
        ContentError: something in it cannot be used.
    """
    further = load_further(extra) if extra else ()
    encoder = installed_encoder() if meaning else None
    if folder is None and not further and encoder is None:
        return _shipped()
    if folder is None and not further:
        base = _taken_up()
    else:
        base = read_content(folder or content_folder(), further)
    if encoder and meaning:
        base.meaning = Meaning(base.own, encoder, meaning)
    return base


@cache
def _shipped() -> KnowledgeBase:
    return _taken_up()


def _taken_up() -> KnowledgeBase:
    """The shipped content, as it was read before where it can be."""
    content = content_folder()
    return kept_or_built(content, partial(read_content, content))


def read_content(content: Traversable, further: Sequence[Article] = ()) -> KnowledgeBase:
    """A base read from its files.

    Raises:
        ContentError: something in it cannot be used.
    """
    vocabulary = load_vocabulary(content)
    return KnowledgeBase(
        load_articles(content),
        load_catalogue(content),
        vocabulary,
        load_intents(content, vocabulary),
        further=further,
    )
