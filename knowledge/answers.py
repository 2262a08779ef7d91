"""What a search gives back: hits, a verdict, and why."""

from dataclasses import dataclass
from enum import StrEnum

from knowledge.articles import Kind


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
    """What found an article: the words shared with it, and the wording that resembles the
    question."""

    words: tuple[str, ...]
    wording: str | None = None

    def __str__(self) -> str:
        found = ", ".join(self.words)
        return f"« {self.wording} »" if self.wording else found


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
class Found:
    """The result of a search.

    `hits` is always the ranked list, also when the verdict is `nothing`; `shown` is how many of
    them, from the first on, are near enough to the best to be worth showing.
    `corrected` is the question as it was understood, where its spelling was repaired.
    `intent` is the code of the rule of `intents.toml` that recognised it, `redirect` what that
    rule answers.
    """

    hits: tuple[Hit, ...]
    shown: int
    verdict: Verdict
    reason: Reason
    corrected: str | None = None
    intent: str | None = None
    redirect: str | None = None

    @property
    def confident(self) -> bool:
        return self.verdict is not Verdict.NOTHING


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A sous-motif that a question may be about."""

    path: str
    score: float
