"""Findings: how a part of an installation was found, in one French sentence."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a part is found."""

    GOOD = "good"
    ADVICE = "advice"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found, in one French sentence."""

    level: Level
    words: str
