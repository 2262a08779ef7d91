"""Rate limits: how fast messages may go out, overall and to one chat.

A sender sends to one chat one message after the other, and has at most a second's worth of messages
under way altogether. So whatever stalls, between us and the other side, no more arrives there at
once than a burst and what was under way.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from time import monotonic

FEW_LANES = 200  # so few cost nothing: no look at which of them rest


@dataclass(frozen=True, slots=True)
class RateLimit:
    """`rate` a second in the long run, `burst` at once after a rest."""

    rate: float
    burst: float


class TokenBucket:
    """Keeps one limit: places are given in the order in which they are asked for.

    It is full, or with `empty_at` holds what has come since then.
    """

    def __init__(
        self,
        limit: RateLimit,
        clock: Callable[[], float] = monotonic,
        *,
        empty_at: float | None = None,
    ) -> None:
        self._limit = limit
        self._clock = clock
        self._level = limit.burst if empty_at is None else 0.0
        self._filled_at = clock() if empty_at is None else empty_at

    def take(self) -> float:
        """Takes the next place, and says how many seconds it is away."""
        self._fill()
        self._level -= 1
        return max(0.0, -self._level / self._limit.rate)

    def next_in(self) -> float:
        """How many seconds away the next place is; it is not taken."""
        self._fill()
        return max(0.0, (1 - self._level) / self._limit.rate)

    @property
    def is_full(self) -> bool:
        """Nothing was sent for so long that this bucket need not be remembered."""
        self._fill()
        return self._level >= self._limit.burst

    def _fill(self) -> None:
        now = self._clock()
        gained = (now - self._filled_at) * self._limit.rate
        self._level = min(self._limit.burst, self._level + gained)
        self._filled_at = now


class PriorityGate:
    """Lets through at one rate, the most urgent of those who wait first.

    At most `most` are through and not back yet.
    """

    def __init__(self, bucket: TokenBucket, most: int) -> None:
        self._bucket = bucket
        self._most = most
        self._under_way = 0
        self._is_open = False
        self._queue: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = count()
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def passing(self, urgency: int) -> AsyncIterator[None]:
        """Waits for a place, and takes it for a while; the smaller `urgency`, the sooner."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._queue, (urgency, next(self._count), waiting))
        self._let_through()
        try:
            await waiting
            yield
        finally:
            if waiting.done() and not waiting.cancelled():
                self._under_way -= 1
                self._let_through()

    def open_wide(self) -> None:
        """Nobody waits from now on."""
        self._is_open = True
        self._let_through()

    def _let_through(self) -> None:
        """Gives the places that are there, and comes back for the next."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._queue and (
            self._is_open or (self._under_way < self._most and self._bucket.next_in() == 0)
        ):
            waiting = heappop(self._queue)[2]
            if not waiting.done():  # or who waited has gone
                self._under_way += 1
                self._bucket.take()
                waiting.set_result(None)
        if self._queue and self._under_way < self._most:
            wait = max(0.001, self._bucket.next_in())  # no timer is finer
            self._timer = asyncio.get_running_loop().call_later(wait, self._let_through)


class RateLimiter:
    """The limits of one sender: what each lane bears, and the whole.

    Made when a process begins to send. All its buckets are empty then: its predecessor may just
    have used them up. Used from the event loop alone.
    """

    def __init__(self, limit: RateLimit, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._began = clock()
        whole = TokenBucket(limit, clock, empty_at=self._began)
        self.gate = PriorityGate(whole, most=max(1, int(limit.rate)))
        self._buckets: dict[str, TokenBucket] = {}
        self._forget_at = FEW_LANES

    def wait_in_lane(self, lane: str, limit: RateLimit) -> float:
        """Takes the next place of a lane, and says how many seconds it is away."""
        if lane not in self._buckets:
            self._forget_rested_lanes()
            self._buckets[lane] = TokenBucket(limit, self._clock, empty_at=self._began)
        return self._buckets[lane].take()

    def _forget_rested_lanes(self) -> None:
        """Else every person who ever wrote keeps a bucket.

        It is done each time the lanes have doubled, so that a new lane costs a constant on average.
        """
        if len(self._buckets) >= self._forget_at:
            self._buckets = {name: one for name, one in self._buckets.items() if not one.is_full}
            self._forget_at = max(FEW_LANES, 2 * len(self._buckets))

    def __len__(self) -> int:
        return len(self._buckets)
