"""The flood limit: so many messages a minute are taken of one person, the surplus is not.

Counted in memory, by the time at which they were written: a backlog is not taken for haste. An
update that is taken again, because its batch failed, is counted once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MOST = 60
A_MINUTE = timedelta(minutes=1)
MOST_PEOPLE = 10_000


@dataclass(slots=True)
class _Minute:
    """What one person wrote since its begin: the numbers of their updates, and the first that was
    too much."""

    begin: datetime
    numbers: set[int] = field(default_factory=set)
    surplus: int | None = None


class FloodLimit:
    """Counts what each person writes; used in the database thread alone."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._people: dict[str, _Minute] = {}

    def admits(self, address: str, number: int, at: datetime) -> bool:
        """Whether an update, by its number, that was written at that moment is to be taken."""
        minute = self._people.get(address)
        if minute is None or at - minute.begin >= A_MINUTE:
            if len(self._people) >= MOST_PEOPLE:
                self._people = dict(self._recent(at))
            minute = self._people[address] = _Minute(at)
        if number in minute.numbers or len(minute.numbers) < self._most:
            minute.numbers.add(number)
            return True
        if minute.surplus is None:
            minute.surplus = number
        return False

    def is_first_surplus(self, address: str, number: int) -> bool:
        """Whether the person is to be told: once a minute."""
        return self._people[address].surplus == number

    def _recent(self, at: datetime) -> Iterator[tuple[str, _Minute]]:
        for address, minute in self._people.items():
            if at - minute.begin < A_MINUTE:
                yield address, minute
