"""When a thing that could not be sent is tried again, and when it is given up.

The wait doubles from one second to a quarter of an hour: a hiccup is over at once, and a neighbour
that is down for a night is asked four times an hour. A hundred attempts are about 22 hours.
"""

from datetime import timedelta
from typing import Final

FIRST_DELAY: Final = timedelta(seconds=1)
LONGEST_DELAY: Final = timedelta(minutes=15)
GIVE_UP_AFTER: Final = 100
"""Attempts in all; the thing is buried after the last, where the operator sees it."""

# How much of a wait chance may take away, so that what failed together does not return together.
JITTER_SHARE: Final = 0.25
# 2 ** 10 seconds are over the longest delay; no larger power need be computed.
_DOUBLINGS_AT_MOST: Final = 10


def delay_before(attempt: int, *, jitter: float = 0.0) -> timedelta:
    """The wait between the attempt before and this one; attempts count from 1, the first at once.

    `jitter` is chance's part, from 0 (the whole wait) to 1 (a quarter less); it never lengthens.
    """
    if attempt < 1 or not 0 <= jitter <= 1:
        raise ValueError(attempt, jitter)
    if attempt == 1:
        return timedelta(0)
    doubled = FIRST_DELAY * (1 << min(attempt - 2, _DOUBLINGS_AT_MOST))
    return min(doubled, LONGEST_DELAY) * (1 - JITTER_SHARE * jitter)


def is_spent(attempts: int, patience: int = GIVE_UP_AFTER) -> bool:
    """Whether so many failed attempts are enough to give up."""
    return attempts >= patience
