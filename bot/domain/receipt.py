"""Receipts: what came of an attempt to deliver something."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived."""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Not now; `after` is the wait that the other side asked for, None when it asked for none.

    `perhaps` it arrived all the same: no answer came.
    """

    code: str
    after: timedelta | None = None
    perhaps: bool = False


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The person does not want to hear from us (a blocked bot), until they write again."""

    code: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The other side will never take it: final, and visible to the operator."""

    code: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """It was not to be sent any more, and is taken out of the outbox already."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """Another system has it, and calls it `their_id` (empty where it gives no name).

    `dropped` names what it did not keep, where it does not say so itself.
    """

    their_id: str = ""
    dropped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Uncertain:
    """It may have arrived: asked for before it is ever sent again, at the soonest after `after`."""

    code: str
    after: timedelta | None = None


Carried = Delivered | RetryLater | Refused | Uncertain
"""What a connector makes of one attempt."""

Receipt = Sent | RetryLater | Unreachable | Refused | Withdrawn
