"""The three verdicts: found, close, nothing.

Three things decide, weighed by a logistic regression that was fitted on questions of the desk
and of elsewhere (cross-validated; docs/search.md has the figures): whether the words belong
here, how high the best score is, and whether another service is named. The bare ratio of the
best score to the question's idf, which tells foreign subjects apart, does not tell « jours de
congé » from « congé parental dans le CIR ».
"""

import math
from dataclasses import dataclass

from knowledge.answers import Verdict

BELONGING_WEIGHT = 2.7
SCORE_WEIGHT = 4.3
ELSEWHERE_WEIGHT = 3.6
OFFSET = -19.0
CLOSE_FROM = 0.5
"""Confidence below which nothing was found."""
FOUND_FROM = 2.0
SURE_LIKENESS = 0.3
SURE_LEAD = 0.12
"""An answer is given as one when a wording resembles the question and the next article is well
behind: then it is the right one nine times out of ten."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What the verdict is made from.

    `belonging` is the evidence a word, `score` the best hit's, `lead` the share of it by which
    the second is behind, `likeness` that of the nearest wording, `elsewhere` whether another
    service is named.
    """

    belonging: float = 0.0
    score: float = 0.0
    lead: float = 0.0
    likeness: float = 0.0
    elsewhere: bool = False

    @property
    def confidence(self) -> float:
        """Above 0, rather a question for this base than not (the logarithm of the odds)."""
        return (
            OFFSET
            + BELONGING_WEIGHT * self.belonging
            + SCORE_WEIGHT * math.log(1 + self.score)
            - ELSEWHERE_WEIGHT * self.elsewhere
        )


def judge(signs: Signs) -> Verdict:
    """The verdict that the signs add up to."""
    if signs.score == 0 or signs.confidence < CLOSE_FROM:
        return Verdict.NOTHING
    alone = signs.likeness >= SURE_LIKENESS and signs.lead >= SURE_LEAD
    return Verdict.FOUND if alone and signs.confidence >= FOUND_FROM else Verdict.CLOSE
