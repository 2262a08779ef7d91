"""The clock of the process: the only place of the product that reads the real one.

Commands, channels and background tasks ask it where nobody hands them a moment; below them time is
an argument. A test, or a demonstration, runs the process by another clock.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

Clock = Callable[[], datetime]
"""Reads a moment, in UTC."""


class ProcessClock:
    """What all threads of the process read the time from."""

    def __init__(self) -> None:
        self._read: Clock = lambda: datetime.now(UTC)

    def now(self) -> datetime:
        return self._read()

    @contextmanager
    def running_by(self, clock: Clock) -> Iterator[None]:
        """Runs everything by another clock until the end of the block."""
        before, self._read = self._read, clock
        try:
            yield
        finally:
            self._read = before


PROCESS_CLOCK: Final = ProcessClock()


def utc_now() -> datetime:
    """Now, in UTC."""
    return PROCESS_CLOCK.now()
