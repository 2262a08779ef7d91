"""Pace: how fast messages may go out, overall and to one chat."""

from collections.abc import Callable
from dataclasses import dataclass
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
