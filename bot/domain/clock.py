"""Moments and days: moments carry UTC, days are those of Paris."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def in_paris(moment: datetime) -> datetime:
    """The same moment, as a clock in Paris shows it."""
    return moment.astimezone(PARIS)


def day_in_paris(moment: datetime) -> date:
    return in_paris(moment).date()
