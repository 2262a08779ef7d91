"""Suggestions: the sous-motifs a question is most likely about, and labels that were typed.

Three scores are added: the articles that the question finds, each for the sous-motifs it serves;
the labels and needs of the catalogue, as small documents; the likeness of the nearest need.
"""

from collections import defaultdict
from collections.abc import Sequence

from rapidfuzz import fuzz

from knowledge.articles import Article
from knowledge.catalogue import Catalogue
from knowledge.search.confidence import Suggestion
from knowledge.search.engine import Index, IndexedArticle, Match, Wordings
from knowledge.search.language import words_of
from knowledge.search.query import QueryTerm
from knowledge.vocabulary import Vocabulary

SPEAKING_NEED = 0.45
"""From this likeness on the sous-motif of the nearest need is suggested, whatever articles say."""
CONSULTED = 8
"""Articles that have a say."""
LABEL_WEIGHT = 0.8
SECOND = 0.85
"""What an article counts for the second sous-motif it serves, compared with the first."""
LABEL_FIELDS = {"label": 1.0, "motif": 0.5, "theme": 0.2, "needs": 1.0}
NEED = 2.5
"""What the likeness of the nearest need counts, as a share of the weight of the question."""
LIKE_ENOUGH = 80
"""Out of 100; below it the person is asked again."""
CLEARLY = 6
"""How far the best label must be ahead of the next one."""


class Suggester:
    """Ranks the sous-motifs of the catalogue."""

    def __init__(
        self, articles: Sequence[Article], catalogue: Catalogue, vocabulary: Vocabulary
    ) -> None:
        self._served = [_served(article, catalogue) for article in articles]
        self._paths = [sous_motif.path for sous_motif in catalogue.sous_motifs]
        needs = [
            IndexedArticle(sous.needs, [vocabulary.stems(need) for need in sous.needs])
            for sous in catalogue.sous_motifs
        ]
        documents = [
            {
                "label": vocabulary.stems(sous.label),
                "motif": vocabulary.stems(motif.label),
                "theme": vocabulary.stems(theme.label),
                "needs": [term for line in said.lines for term in line],
            }
            for (theme, motif, sous), said in zip(catalogue.levels, needs, strict=True)
        ]
        self._labels = Index(documents, LABEL_FIELDS)
        self._needs = Wordings(needs, self._labels)

    def suggest(
        self, question: Sequence[QueryTerm], ranked: Sequence[Match], limit: int
    ) -> tuple[Suggestion, ...]:
        """The likeliest sous-motifs; each counts with the best article that speaks for it."""
        best: dict[str, float] = {}
        for match in ranked[:CONSULTED]:
            for path, weight in self._served[match.place].items():
                best[path] = max(best.get(path, 0.0), weight * match.score)
        whole = NEED * sum(self._labels.weight(one) for one in question)
        near = self._needs.nearest(question)
        scores = {
            self._paths[n]: LABEL_WEIGHT * s + whole * near.get(n, ("", 0.0))[1]
            for n, s in self._labels.scores(question).items()
        }
        for path, score in best.items():
            scores[path] = scores.get(path, 0.0) + score
        likeliest = sorted(scores, key=lambda path: (-scores[path], path))[:limit]
        likest = max(near, key=lambda place: near[place][1], default=0)
        if (
            likest in near
            and near[likest][1] >= SPEAKING_NEED
            and self._paths[likest] not in likeliest
        ):
            likeliest[-1] = self._paths[likest]
        return tuple(Suggestion(path, scores[path]) for path in likeliest)

    def theme_of(self, word: QueryTerm) -> str:
        """The theme whose labels and needs speak most of a word; empty where none does."""
        weights: defaultdict[str, float] = defaultdict(float)
        for place, score in self._labels.scores([word]).items():
            weights[self._paths[place].partition("/")[0]] += score
        return max(weights, key=weights.__getitem__, default="")


def _served(article: Article, catalogue: Catalogue) -> dict[str, float]:
    """The sous-motifs an article speaks for: those it names, in order, and those that name it."""
    weights = {path: SECOND**rank for rank, path in enumerate(article.sous_motifs)}
    for sous_motif in catalogue.sous_motifs:
        if article.slug in sous_motif.articles:
            proposed = SECOND ** sous_motif.articles.index(article.slug)
            weights[sous_motif.path] = max(weights.get(sous_motif.path, 0.0), proposed)
    return weights


def match_label(text: str, labels: Sequence[str]) -> int | None:
    """The place of the label meant, None when none is near enough or two are.

    The same words win at once; then labels that contain what was typed; then likeness.
    """
    typed = " ".join(words_of(text))
    folded = [" ".join(words_of(label)) for label in labels]
    if not typed:
        return None
    same = [place for place, label in enumerate(folded) if label == typed]
    holding = [place for place, label in enumerate(folded) if f" {typed} " in f" {label} "]
    for found in (same, holding):
        if len(found) == 1:
            return found[0]
    if holding:
        return None
    likeness = sorted(
        ((_likeness(typed, label), place) for place, label in enumerate(folded)), reverse=True
    )
    if not likeness or likeness[0][0] < LIKE_ENOUGH:
        return None
    ahead = len(likeness) == 1 or likeness[0][0] - likeness[1][0] >= CLEARLY
    return likeness[0][1] if ahead else None


def _likeness(typed: str, label: str) -> float:
    """Whole labels, or most words of one; short typings must match as a whole."""
    whole = fuzz.ratio(typed, label)
    return max(whole, fuzz.token_set_ratio(typed, label) - 5) if len(typed) > 5 else whole
