"""Delivery: what waits to be sent, what came of an attempt, and when the next one follows.

The wait before another attempt doubles from one second to a quarter of an hour: a system that is
down for a night is asked four times an hour. A hundred attempts are about 22 hours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, Final

EMAIL_LANES: Final = "mail:"
"""How the names of the lanes begin that go by e-mail to people."""
TICKET_LANES: Final = "connector:"
"""How those begin that go to ticketing systems."""
LONGEST_DELAY: Final = timedelta(minutes=15)
LONGEST_WAIT: Final = timedelta(hours=1)
"""As long as another side may ask us to wait: a retry that is due later than this from now was
planned before the clock went back, and is due."""
GIVE_UP_AFTER: Final = 100
"""Attempts in all; the message is buried after the last, where the operator sees it."""

TICKET_RESTRICTED: Final = "ticket.restricted"
"""The failure code of what may not leave while the processing of its ticket is restricted."""


class OutboxState(StrEnum):
    """What became of a message so far."""

    WAITING = "waiting"
    SENT = "sent"
    BURIED = "buried"


class Priority(IntEnum):
    """Which lane goes first where not all can go at once; inside a lane the order of asking holds.

    `AT_ONCE` protects somebody (a NIR is erased), `DIALOGUE` is waited for, `BULK` goes to many.
    """

    AT_ONCE = 0
    DIALOGUE = 1
    BULK = 2


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A reply as its channel delivers it, on its way into the outbox."""

    kind: str
    payload: Mapping[str, Any]
    priority: Priority = Priority.DIALOGUE


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """A message in the outbox, with its attempts and the code of the last failure."""

    id: int
    lane: str
    kind: str
    payload: Mapping[str, Any]
    state: OutboxState
    created_at: datetime
    due_at: datetime
    attempts: int
    failure: str | None = None
    priority: Priority = Priority.DIALOGUE


@dataclass(frozen=True, slots=True)
class Delivered:
    """It arrived; another system calls it `their_id` (empty where it gives no name).

    `dropped` names what that system did not keep, where it does not say so itself.
    """

    their_id: str = ""
    dropped: tuple[str, ...] = ()


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
class Uncertain:
    """It may have arrived: asked for before it is ever sent again, at the soonest after `after`."""

    code: str
    after: timedelta | None = None


ConnectorResult = Delivered | RetryLater | Refused | Uncertain
"""What a connector makes of one attempt."""

DeliveryResult = Delivered | RetryLater | Unreachable | Refused | Withdrawn
"""What the outbox learns of one attempt."""


def delay_before(attempt: int, *, jitter: float = 0.0) -> timedelta:
    """The wait between the attempt before and this one; attempts count from 1, the first at once.

    `jitter` is chance's part, from 0 (the whole wait) to 1 (a quarter less), so that what failed
    together does not return together.
    """
    if attempt < 1 or not 0 <= jitter <= 1:
        raise ValueError(attempt, jitter)
    if attempt == 1:
        return timedelta(0)
    doubled = timedelta(seconds=2 ** min(attempt - 2, 10))  # which is over the longest delay
    return min(doubled, LONGEST_DELAY) * (1 - 0.25 * jitter)
