"""The knowledge base: articles, catalogue and search, loaded once from the shipped content."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from knowledge.articles import Article, load_articles
from knowledge.catalogue import Catalogue, SousMotif, load_catalogue
from knowledge.intents import Intents, load_intents
from knowledge.orientation import Orientation, Orientations, load_orientations
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
from knowledge.search.display import QueryCorrector, Snippets
from knowledge.search.engine import Engine, Match
from knowledge.search.language import LONGEST_TEXT, words_of
from knowledge.search.query import ParsedQuery, QueryParser
from knowledge.search.suggestions import CONSULTED, Suggester, match_label
from knowledge.vocabulary import Vocabulary, load_vocabulary
from knowledge.wishes import Wish, Wishes, load_wishes

SECOND_BEST = 2
"""The verdict looks at the second hit too, however few are asked for."""

WORDS_OF_ONE = 2
"""« le congé » is one word; « et pour un contractuel ? » goes on from somewhere."""

CACHED_QUESTIONS = 256
"""Questions whose ranking is cached: those of the conversations under way."""

SPEAKING_LIKENESS = 0.4
"""From here on the wording explains the hit better than its words do."""


class KnowledgeBase:
    """Articles, catalogue and search.

    Built once at the start and shared by every turn; nothing in it changes but two caches of
    recent questions, so any thread may use it.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- the parts of the content
        self,
        articles: Sequence[Article],
        catalogue: Catalogue,
        vocabulary: Vocabulary,
        intents: Intents,
        wishes: Wishes,
        orientations: Sequence[Orientation] = (),
    ) -> None:
        self.articles: Mapping[str, Article] = {article.slug: article for article in articles}
        self.catalogue = catalogue
        self.vocabulary = vocabulary
        self._by_code = {article.code: article for article in articles}
        self._intents = intents
        self._wishes = wishes
        self._engine = Engine(articles, catalogue, vocabulary)
        titles = [article.title for article in articles]
        labels = [one.label for level in catalogue.levels for one in level]
        self._orientations = Orientations(orientations, vocabulary, self._engine.index)
        needs = [need for one in catalogue.sous_motifs for need in one.needs]
        self._parser = QueryParser(
            vocabulary, self._engine.written, (*intents.outside, *needs), (*titles, *labels)
        )
        outside = (vocabulary.stems(text) for text in intents.others)
        self._classifier = DomainClassifier(self._engine.wordings, outside)
        self._corrector = QueryCorrector(articles, self._engine.index)
        self._snippets = Snippets(articles, vocabulary, self._engine.index)
        self._suggester = Suggester(articles, catalogue, vocabulary)
        self._rank_cached = lru_cache(CACHED_QUESTIONS)(self._rank)
        self._find_cached = lru_cache(CACHED_QUESTIONS)(self._find)

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

    def wish_of(self, text: str, *, names_request: bool = False) -> Wish | None:
        """What a message wishes from the desk itself; `names_request`: it has a reference too."""
        return self._wishes.wish_of(text, names_request=names_request)

    def wish_told_in(self, text: str) -> Wish | None:
        """The wish that a story comes down to, where no text is awaited."""
        return self._wishes.told_in(text)

    def people_in(self, text: str, known: frozenset[str] = frozenset()) -> frozenset[str]:
        """The words, folded, that are names of people: written as such, or `known` ones that are no
        words of everyday French."""
        names = frozenset(name for name in known if not self._parser.is_known(name))
        rest = self._parser.names.without_names(text, names)
        return frozenset(words_of(text)).difference(words_of(rest))

    def is_angry(self, text: str) -> bool:
        """Whether a message is an insult or an outburst, and nothing else."""
        talk = self._intents.small_talk(text)
        return talk is not None and talk.reason is Reason.INSULT

    def search(
        self, question: str, *, limit: int = 3, names: frozenset[str] = frozenset()
    ) -> Found:
        """The articles that best answer a question, and how surely they do.

        Names of people are neither corrected nor searched; `names` are those whom the question may
        be about, as `fold` writes them.
        """
        return self._find_cached(question[:LONGEST_TEXT], limit, names)

    def suggest(
        self, question: str, *, limit: int = 3, names: frozenset[str] = frozenset()
    ) -> tuple[Suggestion, ...]:
        """The sous-motifs a question is most likely about."""
        query, ranked = self._rank_cached(question[:LONGEST_TEXT], CONSULTED, names)
        return self._suggester.suggest(query.terms, ranked[:CONSULTED], limit)

    def impersonal(self, question: str) -> str:
        """The question with only the words that the base knows: no name, no number, no address."""
        return self._parser.anonymised(question[:LONGEST_TEXT])

    def signals_of(self, question: str) -> Signals | None:
        """What the verdict on a question would be made from; None where no verdict is needed,
        because it is small talk or the person's own business."""
        query, ranked = self._rank(question, SECOND_BEST)
        if self._intents.small_talk(question) or self._intents.own_business(query.words):
            return None
        return self._signals(query, ranked)

    def _rank(
        self, text: str, depth: int, names: frozenset[str] = frozenset()
    ) -> tuple[ParsedQuery, tuple[Match, ...]]:
        """A question parsed, and the articles it may mean: cached, for on the way to a request
        one question is searched several times."""
        query = self._parser.parse(self._parser.names.without_names(text, names))
        return query, tuple(self._engine.rank(query, depth))

    def _find(self, text: str, limit: int, names: frozenset[str]) -> Found:
        query, ranked = self._rank_cached(text, max(limit, CONSULTED), names)
        found = Found(
            hits=tuple(self._hit(match, query) for match in ranked[:limit]),
            shown=count_shown([match.score for match in ranked[:limit]]),
            verdict=Verdict.NOTHING,
            reason=Reason.UNKNOWN if query.terms else Reason.EMPTY,
            corrected=self._corrector.corrected(text, query.repairs),
        )
        intent = self._intents.small_talk(text) or self._intents.own_business(query.words)
        if intent is None:
            signals = self._signals(query, ranked)
            intent = self._intents.others_business(query.words)
            code = intent.code if intent else ""
            oriented = self._orientations.find(text, query.terms, code, signals)
            found = replace(found, orientation=oriented)
            verdict = decide_verdict(signals)
            is_word = len(query.terms) == 1 and len(query.words) <= WORDS_OF_ONE
            if is_word and verdict is not Verdict.FOUND:
                found = replace(found, theme=self._suggester.theme_of(query.terms[0]))
                verdict = Verdict.CLOSE if found.theme and ranked else verdict
            if oriented is not None and verdict is Verdict.FOUND:
                verdict = Verdict.CLOSE
            if verdict is not Verdict.NOTHING:
                return replace(found, verdict=verdict, reason=Reason.ANSWER)
        if intent is None:
            return found
        return replace(found, reason=intent.reason, intent=intent.code, redirect=intent.answer)

    def _signals(self, query: ParsedQuery, ranked: Sequence[Match]) -> Signals:
        """What the verdict is made from; `ranked` are the two best articles or more."""
        if not ranked:
            return Signals()
        best, *others = ranked
        return Signals(
            belonging=self._classifier.strength(query.terms),
            score=best.score,
            lead=1 - others[0].score / best.score if others else 1.0,
            likeness=best.likeness,
            elsewhere=self._intents.others_business(query.words) is not None,
            cited=self._engine.cited(best.place, query.terms),
            ours=self._intents.names_ours(query.words),
        )

    def _hit(self, match: Match, query: ParsedQuery) -> Hit:
        article = self._engine.articles[match.place]
        return Hit(
            slug=article.slug,
            title=article.title,
            kind=article.kind,
            score=match.score,
            passage=self._snippets.best(match.place, query.terms),
            why=Why(
                self._engine.shared(match.place, query.terms),
                match.wording if match.likeness >= SPEAKING_LIKENESS else None,
            ),
        )


def content_folder() -> Path:
    """Where the shipped content lies on this machine."""
    return Path(str(files("knowledge") / "content"))


@cache
def load_knowledge() -> KnowledgeBase:
    """The shipped content, read once a process: it does not change while one runs.

    Raises:
        ContentError: something in it cannot be used.
    """
    content = content_folder()
    vocabulary = load_vocabulary(content)
    return KnowledgeBase(
        load_articles(content),
        load_catalogue(content),
        vocabulary,
        load_intents(content, vocabulary),
        load_wishes(content, vocabulary),
        load_orientations(content),
    )
