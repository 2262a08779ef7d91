"""Whether a question belongs here: the words of the base's wordings against those of other
people's business.

Scores alone do not tell: « congé pour un mariage » finds articles on leave and on marriage. So
the words are weighed like a spam filter's (naive Bayes): how often in the curated wordings, how
often in the examples of `intents.toml`. A word of neither says a little against the question.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from knowledge.search.index import QueryTerm

INSIDE_PRIOR = 0.5
OUTSIDE_PRIOR = 0.1
"""What is added to each count; the outside is the smaller collection, so it is trusted less on
rare words."""
LEAST = -1.0
OWN_SPELLING = 0.65
"""Terms below this weight are neighbours of the word, not the word."""


class Belonging:
    """Word evidence, from lines of terms of either side."""

    def __init__(self, inside: Iterable[Sequence[str]], outside: Iterable[Sequence[str]]) -> None:
        within, without = ({frozenset(line) for line in side} for side in (inside, outside))
        self._inside = Counter(term for line in within for term in line)
        self._outside = Counter(term for line in without for term in line)
        self._balance = math.log((len(without) + 1) / (len(within) + 1))

    def evidence(self, term: str) -> float:
        """Positive for a word of this base, negative for one of elsewhere (a log-likelihood
        ratio)."""
        inside = math.log(self._inside[term] + INSIDE_PRIOR)
        outside = math.log(self._outside[term] + OUTSIDE_PRIOR)
        return inside - outside + self._balance

    def strength(self, question: Sequence[QueryTerm]) -> float:
        """The evidence of a whole question, 0 for one without words.

        Words add up like independent measurements, so by the root of their number; none counts
        for less than `LEAST`: no single word makes a question somebody else's.
        """
        parts = [max(LEAST, self._likeliest(asked.terms)) for asked in question]
        return sum(parts) / math.sqrt(len(parts)) if parts else 0.0

    def _likeliest(self, terms: Mapping[str, float]) -> float:
        spelled = (term for term, weight in terms.items() if weight > OWN_SPELLING)
        return max(self.evidence(term) for term in spelled)
