"""Notices of the operator: a failure or a maintenance that everybody should know of for a time."""

from dataclasses import dataclass
from datetime import datetime, time

from bot.domain.dates import PARIS, in_paris, parse_date

END_OF_DAY = time(23, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceNotice:
    """What the operator tells everybody from one moment to another; `number` names it."""

    number: int
    words: str
    starts_at: datetime
    ends_at: datetime

    def is_current(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at

    @property
    def term(self) -> str:
        """« du 01/12/2026 à 08 h 00 au 02/12/2026 à 18 h 00 », Paris time."""
        return f"du {_written(self.starts_at)} au {_written(self.ends_at)}"


def _written(moment: datetime) -> str:
    return f"{in_paris(moment):%d/%m/%Y à %H h %M}"


def parse_moment(typed: str, *, at_end: bool = False) -> datetime:
    """Read « 01/12/2026 18:00 », Paris time; of a day alone its beginning, or its end.

    Raises:
        InvalidAnswerError: it is no such day.
        ValueError: it is no such hour.
    """
    day, _, hour = typed.strip().partition(" ")
    clock = time.fromisoformat(hour.strip()) if hour else END_OF_DAY if at_end else time.min
    return datetime.combine(parse_date(day), clock, PARIS)
