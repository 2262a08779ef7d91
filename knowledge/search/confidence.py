"""What a search returns, and how sure it is: found, close or nothing.

Four signals decide, weighed by a logistic regression that `make fit-verdict` fits on questions of
the desk and of elsewhere (docs/search.md has the figures): whether the words belong to the desk's
domain, the best score, whether another service is named, and whether something is named that is
this base's business alone. Two cases need no weighing: the very words of a wording, and a legal
reference that an article holds.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from knowledge.articles import Kind
from knowledge.search.query import QueryTerm

INSIDE_PRIOR = 0.5
OUTSIDE_PRIOR = 0.1
"""What is added to each count; the outside is the smaller collection, so it is trusted less on
rare words."""
LEAST = -1.0
OWN_SPELLING = 0.65
"""Terms below this weight are neighbours of the word, not the word."""

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


class Verdict(StrEnum):
    """How sure the search is: answer, offer titles, or say that nothing was found."""

    FOUND = "found"
    CLOSE = "close"
    NOTHING = "nothing"


class Reason(StrEnum):
    """Why the verdict is what it is."""

    ANSWER = "answer"
    """Something answers, surely (found) or perhaps (close)."""
    UNKNOWN = "unknown"
    """A question, but nothing here answers it."""
    EMPTY = "empty"
    """No word to search for."""
    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    INSULT = "insult"
    WHO = "who"
    """Who or what is answering here."""
    SMALL_TALK = "small-talk"
    ELSEWHERE = "elsewhere"
    """Another administration's business; `Found.intent` names it."""
    SELF = "self"
    """An agent or a pensioner asking for themselves."""


@dataclass(frozen=True, slots=True)
class Why:
    """What found an article: the words it shares with the question, and the wording like it."""

    words: tuple[str, ...]
    wording: str | None = None

    def __str__(self) -> str:
        return f"« {self.wording} »" if self.wording else ", ".join(self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article found; scores compare within one search only."""

    slug: str
    title: str
    kind: Kind
    score: float
    passage: str
    why: Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Oriented:
    """Another service, as one question meets it; `first`: it stands before the articles."""

    code: str
    title: str
    answer: str
    contact: str
    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The result of a search.

    `hits` is always the ranked list, also when the verdict is `nothing`; `shown` is how many of
    them, from the first on, are near enough to the best to be worth showing.
    `corrected` is the question as it was understood, where its spelling was repaired.
    `intent` is the code of the rule of `intents.toml` that recognised it, `redirect` what that
    rule answers. `theme` is the theme that a word of the trade, asked alone, opens.
    `orientation` is the other service that the question is for, if it is for one: beside it the
    verdict is never `found`.
    """

    hits: tuple[Hit, ...]
    shown: int
    verdict: Verdict
    reason: Reason
    corrected: str | None = None
    intent: str | None = None
    redirect: str | None = None
    orientation: Oriented | None = None
    theme: str = ""

    @property
    def confident(self) -> bool:
        """Whether there is an answer; a word alone asks nothing."""
        return self.verdict is not Verdict.NOTHING and not self.theme


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A sous-motif that a question may be about."""

    path: str
    score: float


class DomainClassifier:
    """Whether a question belongs here: the words of the base's wordings against those of other
    services' business.

    Scores alone do not tell: « congé pour un mariage » finds articles on leave and on marriage. So
    the words are weighed like a spam filter's (naive Bayes): how often in the curated wordings, how
    often in the examples of `intents.toml`. A word of neither says a little against the question.
    """

    def __init__(self, inside: Iterable[Sequence[str]], outside: Iterable[Sequence[str]]) -> None:
        within, without = ({frozenset(line) for line in side} for side in (inside, outside))
        self._inside = Counter(term for line in within for term in line)
        self._outside = Counter(term for line in without for term in line)
        self._balance = math.log((len(without) + 1) / (len(within) + 1))

    def strength(self, question: Sequence[QueryTerm]) -> float:
        """The evidence of a whole question, 0 for one without words.

        Words add up like independent measurements, so by the root of their number; none counts
        for less than `LEAST`: no single word makes a question somebody else's.
        """
        spellings = [[t for t, w in one.variants.items() if w > OWN_SPELLING] for one in question]
        parts = [max(LEAST, *map(self._evidence, terms)) for terms in spellings]
        return sum(parts) / math.sqrt(len(parts)) if parts else 0.0

    def _evidence(self, term: str) -> float:
        """A log-likelihood ratio: positive for a word of this base, negative for elsewhere."""
        inside = math.log(self._inside[term] + INSIDE_PRIOR)
        outside = math.log(self._outside[term] + OUTSIDE_PRIOR)
        return inside - outside + self._balance


@dataclass(frozen=True, slots=True)
class Signals:
    """What the verdict on a question is made from.

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


def decide_verdict(signals: Signals) -> Verdict:
    """The verdict that the signals add up to."""
    same = signals.likeness >= SAME_WORDING and not signals.elsewhere
    is_ours = same or signals.cited or signals.confidence >= CLOSE_FROM
    if signals.score == 0 or not is_ours:
        return Verdict.NOTHING
    told = signals.cited or (signals.likeness >= SURE_LIKENESS and signals.confidence >= FOUND_FROM)
    return Verdict.FOUND if told and signals.lead >= SURE_LEAD else Verdict.CLOSE


def count_shown(scores: Sequence[float]) -> int:
    """How many of the hits, best first, are near enough to the best."""
    return sum(score >= SHOWN_FROM * scores[0] for score in scores)
