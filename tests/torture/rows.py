"""Rows: figures beside their goals, told when they are there and once more at the end."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Row:
    """A figure beside its goal; `holds` is None where it was not measured, or not whole."""

    what: str
    figure: str
    goal: str
    holds: bool | None

    def __str__(self) -> str:
        said = {True: "holds", False: "FALLS SHORT", None: NOT_RUN}[self.holds]
        return f"{self.what:<58} {self.figure:<42} {self.goal:<24} {said}"


@dataclass(slots=True)
class Sizes:
    """How long it takes; `is_cut_short` from the moment at which somebody wants it to end."""

    kills: int
    cuts: int
    fleets: int
    minutes: float
    deep: bool
    is_cut_short: bool = False


Part = Callable[[Sizes, Path], Iterator[Row]]


@dataclass(slots=True)
class Progress:
    """Says on standard error how far a long part is, and when it will be done."""

    what: str
    whole: int
    began: float = field(default_factory=monotonic)

    def say(self, done: int, so_far: object) -> None:
        spent = monotonic() - self.began
        left = spent * max(0, self.whole - done) / done if done else 0.0
        share = f"{done}/{self.whole} {self.what}"
        print(f"  {share}, {spent:.0f} s, {left:.0f} s left: {so_far}", file=sys.stderr, flush=True)


def verdict(good: bool, done: int, asked: int) -> bool | None:
    """What was cut short and found nothing is no pass."""
    if not good:
        return False
    return True if done >= asked else None
