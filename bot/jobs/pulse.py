"""The pulse of the line to Telegram: when it last answered, and since when it does not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.clock import utc_now


@dataclass(slots=True)
class Pulse:
    """Told of every call by the transport; `silent_since` is None while Telegram answers."""

    clock: Callable[[], datetime] = utc_now
    answered_at: datetime | None = None
    silent_since: datetime | None = None
    calls: int = field(default=0)
    failures: int = field(default=0)

    def answered(self) -> None:
        self.calls += 1
        self.answered_at, self.silent_since = self.clock(), None

    def missed(self) -> None:
        self.calls += 1
        self.failures += 1
        self.silent_since = self.silent_since or self.clock()
