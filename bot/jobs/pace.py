"""Pace: how fast messages may go out, overall and to one chat."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from time import monotonic


@dataclass(frozen=True, slots=True)
class Pace:
    """`rate` a second in the long run, `burst` at once after a rest."""

    rate: float
    burst: float


class Bucket:
    """Keeps one pace: places are given in the order in which they are asked for."""

    def __init__(self, pace: Pace, clock: Callable[[], float] = monotonic) -> None:
        self._pace = pace
        self._clock = clock
        self._level = pace.burst
        self._filled_at = clock()

    def take(self) -> float:
        """Takes the next place, and says how many seconds it is away."""
        self._fill()
        self._level -= 1
        return max(0.0, -self._level / self._pace.rate)

    def next_in(self) -> float:
        """How many seconds away the next place is; it is not taken."""
        self._fill()
        return max(0.0, (1 - self._level) / self._pace.rate)

    def fill_to_at_most(self, level: float) -> None:
        """Others have taken from it too: no more than that is left."""
        self._fill()
        self._level = min(self._level, level)

    def change(self, pace: Pace) -> None:
        """Another pace from now on."""
        self._fill()
        self._pace = pace
        self._level = min(self._level, pace.burst)

    @property
    def is_full(self) -> bool:
        """Nothing was sent for so long that this bucket need not be remembered."""
        self._fill()
        return self._level >= self._pace.burst

    def _fill(self) -> None:
        now = self._clock()
        gained = (now - self._filled_at) * self._pace.rate
        self._level = min(self._pace.burst, self._level + gained)
        self._filled_at = now


class Gate:
    """Lets through at one pace, the most urgent of those who wait first."""

    def __init__(self, pace: Pace) -> None:
        self._bucket = Bucket(pace)
        self._queue: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = count()
        self._timer: asyncio.TimerHandle | None = None

    async def through(self, urgency: int) -> None:
        """Waits for a place; the smaller `urgency`, the sooner."""
        if not self._queue and self._bucket.next_in() == 0:
            self._bucket.take()
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._queue, (urgency, next(self._count), waiting))
        self._let_through()
        await waiting

    def change(self, pace: Pace) -> None:
        """Another pace from now on."""
        self._bucket.change(pace)

    def open_wide(self) -> None:
        """Nobody waits any longer."""
        while self._queue:
            _grant(heappop(self._queue)[2])

    def _let_through(self) -> None:
        """Gives the places that are there, and comes back for the next."""
        if self._timer is not None:
            self._timer.cancel()
        while self._queue and self._bucket.next_in() == 0:
            if _grant(heappop(self._queue)[2]):
                self._bucket.take()
        if self._queue:
            wait = max(0.001, self._bucket.next_in())  # no timer is finer
            self._timer = asyncio.get_running_loop().call_later(wait, self._let_through)


def _grant(waiting: asyncio.Future[None]) -> bool:
    if waiting.done():  # who waited has gone
        return False
    waiting.set_result(None)
    return True
