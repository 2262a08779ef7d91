"""Suggestions: the sous-motifs a question is most likely about.

Two voices, added: the articles that the question finds, each speaking for the sous-motifs it
serves; and the labels themselves, searched as small documents.
"""

from collections.abc import Mapping, Sequence

from knowledge.articles import Article
from knowledge.catalogue import Catalogue
from knowledge.search.confidence import Suggestion
from knowledge.search.engine import Match
from knowledge.search.index import Index, QueryTerm
from knowledge.vocabulary import Vocabulary

CONSULTED = 8
"""Articles that have a say."""
LABEL_WEIGHT = 0.8
SECOND = 0.85
"""What an article counts for the second sous-motif it serves, compared with the first."""
LABEL_FIELDS = {"label": 1.0, "motif": 0.5, "theme": 0.2}


class Suggester:
    """Ranks the sous-motifs of the catalogue."""

    def __init__(
        self, articles: Sequence[Article], catalogue: Catalogue, vocabulary: Vocabulary
    ) -> None:
        self._served = [_served(article, catalogue) for article in articles]
        self._paths = [sous_motif.path for sous_motif in catalogue.sous_motifs]
        self._labels = Index(
            [
                {
                    "label": vocabulary.stems(s.label),
                    "motif": vocabulary.stems(m.label),
                    "theme": vocabulary.stems(t.label),
                }
                for t in catalogue.themes
                for m in t.motifs
                for s in m.sous_motifs
            ],
            LABEL_FIELDS,
        )

    def suggest(
        self, question: Sequence[QueryTerm], ranked: Sequence[Match], limit: int
    ) -> tuple[Suggestion, ...]:
        scores = {
            self._paths[n]: LABEL_WEIGHT * s for n, s in self._labels.scores(question).items()
        }
        for path, score in self._voices(ranked).items():
            scores[path] = scores.get(path, 0.0) + score
        best = sorted(scores, key=lambda path: (-scores[path], path))
        return tuple(Suggestion(path, scores[path]) for path in best[:limit])

    def _voices(self, ranked: Sequence[Match]) -> Mapping[str, float]:
        """For each sous-motif the best article that speaks for it."""
        voices: dict[str, float] = {}
        for match in ranked[:CONSULTED]:
            for path, weight in self._served[match.place].items():
                voices[path] = max(voices.get(path, 0.0), weight * match.score)
        return voices


def _served(article: Article, catalogue: Catalogue) -> dict[str, float]:
    """The sous-motifs an article speaks for: those it names, in order, and those that propose
    it."""
    weights = {path: SECOND**rank for rank, path in enumerate(article.sous_motifs)}
    for sous_motif in catalogue.sous_motifs:
        if article.slug in sous_motif.articles:
            proposed = SECOND ** sous_motif.articles.index(article.slug)
            weights[sous_motif.path] = max(weights.get(sous_motif.path, 0.0), proposed)
    return weights
