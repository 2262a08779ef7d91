"""The knowledge base: articles, catalogue and search, loaded once from the shipped content."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from knowledge.answers import Found, Hit, Reason, Suggestion, Verdict, Why
from knowledge.articles import Article, load_articles
from knowledge.belonging import Belonging
from knowledge.catalogue import Catalogue, SousMotif, load_catalogue
from knowledge.impersonal import impersonal
from knowledge.intents import Intents, load_intents
from knowledge.labels import match_label
from knowledge.language import LONGEST_TEXT
from knowledge.passages import Passages
from knowledge.question import Question, Reader
from knowledge.respelling import Respeller
from knowledge.search import Engine, Match
from knowledge.suggest import CONSULTED, Suggester
from knowledge.verdicts import Signs, judge
from knowledge.vocabulary import Vocabulary, load_vocabulary

SECOND_BEST = 2
"""The verdict looks at the second hit too, however few are asked for."""

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
    ) -> None:
        self.articles: Mapping[str, Article] = {article.slug: article for article in articles}
        self.catalogue = catalogue
        self.vocabulary = vocabulary
        self._by_code = {article.code: article for article in articles}
        self._intents = intents
        self._engine = Engine(articles, catalogue, vocabulary)
        self._reader = Reader(vocabulary, self._engine.written, intents.outside)
        outside = (vocabulary.stems(text) for text in intents.outside)
        self._belonging = Belonging(self._engine.wordings, outside)
        self._respeller = Respeller(articles, self._engine.index)
        self._passages = Passages(articles, vocabulary, self._engine.index)
        self._suggester = Suggester(articles, catalogue, vocabulary)

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
        text = question[:LONGEST_TEXT]
        read = self._reader.read(text)
        ranked = self._engine.rank(read, max(limit, SECOND_BEST))
        hits = tuple(self._hit(match, read) for match in ranked[:limit])
        corrected = self._respeller.respell(text, read.repairs)
        found = Found(hits=hits, verdict=Verdict.NOTHING, reason=Reason.EMPTY, corrected=corrected)
        return self._judged(found, text, read, self._signs(read, ranked))

    def _judged(self, found: Found, text: str, read: Question, signs: Signs) -> Found:
        """The hits with their verdict; small talk goes before what is somebody else's."""
        intent = self._intents.small_talk(text) or self._intents.own_business(read.words)
        elsewhere = self._intents.others_business(read.words)
        verdict = judge(replace(signs, elsewhere=elsewhere is not None))
        if intent is None and verdict is not Verdict.NOTHING:
            return replace(found, verdict=verdict, reason=Reason.ANSWER)
        refused = intent or elsewhere
        if refused is None:
            return replace(found, reason=Reason.UNKNOWN) if read.asked else found
        return replace(found, reason=refused.reason, intent=refused.code, redirect=refused.answer)

    def _signs(self, read: Question, ranked: Sequence[Match]) -> Signs:
        if not ranked:
            return Signs()
        best, *others = ranked
        lead = 1 - others[0].score / best.score if others else 1.0
        return Signs(self._belonging.mean(read.asked), best.score, lead, best.likeness)

    def _hit(self, match: Match, read: Question) -> Hit:
        article = self._engine.articles[match.place]
        return Hit(
            slug=article.slug,
            title=article.title,
            kind=article.kind,
            score=match.score,
            passage=self._passages.best(match.place, read.asked),
            why=Why(
                self._engine.shared(match.place, read.asked),
                match.wording if match.likeness >= SPEAKING_LIKENESS else None,
            ),
        )

    def impersonal(self, question: str) -> str:
        """The question with only the words that the base knows: no name, no number, no address."""
        return impersonal(question, self._reader.is_known)

    def suggest(self, question: str, *, limit: int = 3) -> tuple[Suggestion, ...]:
        """The sous-motifs a question is most likely about."""
        read = self._reader.read(question[:LONGEST_TEXT])
        return self._suggester.suggest(read.asked, self._engine.rank(read, CONSULTED), limit)


def content_folder() -> Path:
    """Where the shipped content lies on this machine."""
    return Path(str(files("knowledge") / "content"))


def load_knowledge(folder: Traversable | None = None) -> KnowledgeBase:
    """The shipped content, or that of another folder of the same shape.

    Raises:
        ContentError: something in it cannot be used.
    """
    content = folder or content_folder()
    vocabulary = load_vocabulary(content)
    intents = load_intents(content, vocabulary)
    return KnowledgeBase(load_articles(content), load_catalogue(content), vocabulary, intents)
