"""Receipts: what came of an attempt to deliver something."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived."""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Not now; `after` is the wait that the other side asked for, None when it asked for none."""

    code: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The person does not want to hear from us (a blocked bot), until they write again."""

    code: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side will never take it: final, and visible to the operator."""

    code: str


Receipt = Sent | RetryLater | Unreachable | Refused
