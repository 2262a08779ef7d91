"""Gaps: questions that found no answer, kept without anything personal and grouped by likeness."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from knowledge.base import KnowledgeBase
from knowledge.search.query import ELLIPSIS

ALIKE = 80
"""Token-set likeness (0 to 100) from which two questions ask the same."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that ask the same: how often, in which words, and the article nearest."""

    weight: int
    questions: tuple[str, ...]
    nearest: str | None

    @property
    def wording(self) -> str:
        """The question to add as a wording: the shortest that is whole, else the shortest, less
        the marks of what was left out."""
        whole = [question for question in self.questions if ELLIPSIS not in question]
        return " ".join(min(whole or self.questions, key=len).replace(ELLIPSIS, " ").split())


def group_gaps(questions: Iterable[str], knowledge: KnowledgeBase) -> list[Gap]:
    """Groups of like questions, heaviest first."""
    groups: list[list[str]] = []
    for question in questions:
        for group in groups:
            if fuzz.token_set_ratio(question, group[0]) >= ALIKE:
                group.append(question)
                break
        else:
            groups.append([question])
    gaps = [_gap(group, knowledge) for group in groups]
    return sorted(gaps, key=lambda gap: -gap.weight)


def _gap(group: Sequence[str], knowledge: KnowledgeBase) -> Gap:
    hits = knowledge.search(group[0], limit=1).hits
    return Gap(len(group), tuple(dict.fromkeys(group)), hits[0].slug if hits else None)
