"""The two halves of a file of questions: A to learn from, B to be measured on and never read."""

import hashlib
from collections.abc import Iterable

from knowledge.tools.evaluation import Case


def is_in_a(question: str) -> bool:
    """By a hash of the question: the same half wherever it stands in the file."""
    return int(hashlib.md5(question.encode(), usedforsecurity=False).hexdigest(), 16) % 2 == 1


def half_a(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if is_in_a(case.question)]


def half_b(cases: Iterable[Case]) -> list[Case]:
    return [case for case in cases if not is_in_a(case.question)]
