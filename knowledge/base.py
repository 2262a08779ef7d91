"""The knowledge base: articles, catalogue and search, loaded once from the shipped content."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

from knowledge.answers import Found, Hit, Reason, Suggestion, Verdict, Why
from knowledge.articles import Article, load_articles
from knowledge.catalogue import Catalogue, SousMotif, load_catalogue
from knowledge.question import Reader
from knowledge.search import Engine, Match
from knowledge.vocabulary import Vocabulary, load_vocabulary


class KnowledgeBase:
    """Everything that can be read or asked."""

    def __init__(self, articles: Sequence[Article], catalogue: Catalogue, vocabulary: Vocabulary) -> None:
        self.articles: Mapping[str, Article] = {article.slug: article for article in articles}
        self.catalogue = catalogue
        self._by_code = {article.code: article for article in articles}
        self._engine = Engine(articles, catalogue, vocabulary)
        self._reader = Reader(vocabulary, self._engine.written)

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
        if theme is None:
            return ()
        weight: dict[str, float] = {}
        for sous_motif in theme.sous_motifs:
            for rank, slug in enumerate(sous_motif.articles):
                weight[slug] = weight.get(slug, 0.0) + 1 / (1 + rank)
        best = sorted((s for s in weight if s in self.articles), key=lambda s: -weight[s])
        return tuple(self.articles[slug] for slug in best[:limit])

    def search(self, question: str, *, limit: int = 3) -> Found:
        """The articles that best answer a question, and how surely they do."""
        read = self._reader.read(question)
        ranked = self._engine.rank(read)
        hits = tuple(self._hit(match) for match in ranked[:limit])
        verdict = Verdict.CLOSE if hits else Verdict.NOTHING
        reason = Reason.ANSWER if hits else Reason.UNKNOWN
        return Found(hits=hits, verdict=verdict, reason=reason, corrected=read.corrected)

    def _hit(self, match: Match) -> Hit:
        article = self._engine.articles[match.place]
        return Hit(
            slug=article.slug,
            title=article.title,
            kind=article.kind,
            score=match.score,
            passage=article.answer,
            why=Why((), match.wording),
        )

    def suggest(self, question: str, *, limit: int = 3) -> tuple[Suggestion, ...]:
        """The sous-motifs a question is most likely about."""
        scores: dict[str, float] = {}
        for match in self._engine.rank(self._reader.read(question))[:10]:
            for path in self._engine.articles[match.place].sous_motifs:
                scores[path] = max(scores.get(path, 0.0), match.score)
        best = sorted(scores, key=lambda path: (-scores[path], path))
        return tuple(Suggestion(path, scores[path]) for path in best[:limit])

    @cached_property
    def size(self) -> int:
        return len(self.articles)


def load_knowledge(folder: Traversable | None = None) -> KnowledgeBase:
    """The shipped content, or that of another folder of the same shape.

    Raises:
        ContentError: something in it cannot be used.
    """
    content = folder or files("knowledge") / "content"
    return KnowledgeBase(load_articles(content), load_catalogue(content), load_vocabulary(content))
