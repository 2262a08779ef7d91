"""The three verdicts: found, close, nothing.

Four things decide, weighed by a logistic regression that `make fit-verdict` fits on questions of
the desk and of elsewhere (docs/search.md has the figures): whether the words belong here, how
high the best score is, whether another service is named, and whether something is that is this
base's business alone. The bare ratio of the best score to the question's idf, which tells foreign
subjects apart, does not tell « jours de congé » from « congé parental dans le CIR ». Two cases
need no weighing: the very words of a wording, and a legal reference that an article holds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.search.confidence import Verdict

BELONGING_WEIGHT = 1.4
SCORE_WEIGHT = 2.3
ELSEWHERE_WEIGHT = 1.8
OURS_WEIGHT = 5.2
OFFSET = -11.7
CLOSE_FROM = -0.5
"""Confidence below which nothing was found."""
FOUND_FROM = 2.0
SAME_WORDING = 0.84
"""Whoever asks in the very words of a wording asks the base, whatever the words alone tell."""
SURE_LIKENESS = 0.3
SURE_LEAD = 0.12
"""An answer is given as one when a wording resembles the question and the next article is well
behind: then it is the right one nine times out of ten."""

SHOWN_FROM = 0.45
"""Share of the best score below which a hit is not shown."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What the verdict is made from.

    `belonging` is the evidence of the words, `score` the best hit's, `lead` the share of it by
    which the second is behind, `likeness` that of the nearest wording, `elsewhere` whether
    another service is named, `ours` whether something is named that is this base's business
    alone, `cited` whether the best hit holds a legal reference of the question.
    """

    belonging: float = 0.0
    score: float = 0.0
    lead: float = 0.0
    likeness: float = 0.0
    elsewhere: bool = False
    ours: bool = False
    cited: bool = False

    @property
    def confidence(self) -> float:
        """Above 0, rather a question for this base than not (the logarithm of the odds)."""
        return (
            OFFSET
            + BELONGING_WEIGHT * self.belonging
            + SCORE_WEIGHT * math.log(1 + self.score)
            - ELSEWHERE_WEIGHT * self.elsewhere
            + OURS_WEIGHT * self.ours
        )


def judge(signs: Signs) -> Verdict:
    """The verdict that the signs add up to."""
    same = signs.likeness >= SAME_WORDING and not signs.elsewhere
    is_ours = same or signs.cited or signs.confidence >= CLOSE_FROM
    if signs.score == 0 or not is_ours:
        return Verdict.NOTHING
    told = signs.cited or (signs.likeness >= SURE_LIKENESS and signs.confidence >= FOUND_FROM)
    return Verdict.FOUND if told and signs.lead >= SURE_LEAD else Verdict.CLOSE


def worth_showing(scores: Sequence[float]) -> int:
    """How many of the hits, best first, are near enough to the best."""
    return sum(score >= SHOWN_FROM * scores[0] for score in scores)
