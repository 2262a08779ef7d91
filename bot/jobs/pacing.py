"""Pacing: the budget of a sender and what each chat bears, one process among several or alone.

The budget is divided by the processes that are there. What one chat bears cannot be divided, for
any process may answer it: where there are several, each looks at what the others have just sent
there, as the outbox has it, before it begins on a lane.
"""

from collections.abc import Callable
from datetime import datetime
from time import monotonic

from bot.background.rate_limit import PriorityGate, RateLimit, TokenBucket
from bot.domain.delivery import OutboxMessage

MOST_BUCKETS = 10_000


class Pacing:
    """How soon a row may leave."""

    def __init__(self, rate: float, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._gate = PriorityGate(_pace(rate))
        self._buckets: dict[str, TokenBucket] = {}
        self.is_shared = False

    def share(self, processes: int) -> None:
        """So many processes send under the same limits."""
        self.is_shared = processes > 1
        self._gate.change(_pace(self._rate / processes))

    def wait_in_lane(self, row: OutboxMessage, pace: RateLimit, now: datetime) -> float:
        """Takes the next place of a lane, and says how many seconds it is away."""
        bucket = self._bucket(row.lane, pace)
        if row.sent_before:
            bucket.fill_to_at_most(_left(row.sent_before, pace, now))
        return bucket.take()

    async def pass_gate(self, row: OutboxMessage) -> None:
        """Waits for a place in the budget, the most urgent first."""
        await self._gate.through(row.priority)

    def open_wide(self) -> None:
        """Nobody waits any longer."""
        self._gate.open_wide()

    def _bucket(self, lane: str, pace: RateLimit) -> TokenBucket:
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets = {name: one for name, one in self._buckets.items() if not one.is_full}
        return self._buckets.setdefault(lane, TokenBucket(pace, self._clock))


def _left(sent: tuple[datetime, ...], pace: RateLimit, now: datetime) -> float:
    """What is left of a lane's burst after what was sent there, the newest first.

    In the time in which a whole burst comes back no more than a burst may be sent, by whomever:
    however the processes take turns, the lane never gets more than its pace.
    """
    window, most = pace.burst / pace.rate, max(1, int(pace.burst))
    ago = [(now - one).total_seconds() for one in sent]
    recent = [one for one in ago if one < window]
    if len(recent) < most:
        return pace.burst - len(recent)
    return 1 - (window - recent[most - 1]) * pace.rate


def _pace(rate: float) -> RateLimit:
    return RateLimit(rate, burst=max(1.0, rate / 5))
