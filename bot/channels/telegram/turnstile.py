"""The turnstile: whoever writes faster than a conversation goes waits, alone and in order.

So much at once is taken as it comes, and so much a second for ever. What is beyond it goes into a
lane of the person's own in the outbox, sealed, in the commit that acknowledges it, and is taken
from there at the same pace: nothing is lost, and nobody else waits for it. Once something waits,
what follows waits behind it. The person reads one sentence.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.background.rate_limit import RateLimit
from bot.channels.telegram.rendering import messages
from bot.channels.telegram.updates import RawUpdate
from bot.conversation.texts import text
from bot.storage.store import Database

LANES = "later:"
USUAL = RateLimit(rate=1, burst=60)
"""An update a second, and sixty at once: nobody types or presses so fast for so long."""
MOST_PEOPLE = 10_000


@dataclass(slots=True)
class _Allowance:
    """What one person may still write at once."""

    level: float
    at: datetime


class Turnstile:
    """Counts what each person writes, by the time at which they wrote it."""

    def __init__(self, pace: RateLimit = USUAL) -> None:
        self._pace = pace
        self._people: dict[str, _Allowance] = {}

    def waiting(self, db: Database) -> set[str]:
        """The people who have something waiting: asked once a batch."""
        return {lane.removeprefix(LANES) for lane in db.outbox.waiting_lanes(LANES)}

    def lets_in(self, address: str, at: datetime) -> bool:
        """Whether something written then is to be taken now."""
        pace = self._pace
        if len(self._people) > MOST_PEOPLE:
            self._forget_the_calm(at)
        mine = self._people.setdefault(address, _Allowance(pace.burst, at))
        gained = max(0.0, (at - mine.at).total_seconds()) * pace.rate
        mine.level, mine.at = min(pace.burst, mine.level + gained), max(at, mine.at)
        if mine.level < 1:
            return False
        mine.level -= 1
        return True

    def hold(self, db: Database, address: str, raw: RawUpdate, now: datetime) -> None:
        """Keep an update for later."""
        db.outbox.add(f"{LANES}{address}", "update", {"raw": raw}, now)

    def say_so(self, db: Database, address: str, now: datetime) -> None:
        for parcel in messages(text("anywhere.one_by_one")):
            db.outbox.add(address, parcel.kind, parcel.payload, now)

    def _forget_the_calm(self, at: datetime) -> None:
        """Whoever wrote nothing for so long may write as much as a newcomer."""
        rest = self._pace.burst / self._pace.rate
        self._people = {
            address: one
            for address, one in self._people.items()
            if (at - one.at).total_seconds() < rest
        }
