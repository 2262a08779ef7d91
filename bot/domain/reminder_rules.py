"""Reminder rules: when administrators are reminded of an account's date, and which of them.

A threshold of D days is open while *next smaller threshold < days left ≤ D*; the last one, AFTER,
opens the day after the date. On each account a threshold is told once, on a working day while it is
open. One that has no working day is told on the working day before it opens.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Final

from bot.domain.employer_accounts import AdministratorLink
from bot.domain.working_days import Region, is_working_day, working_day_before

DEFAULT_THRESHOLDS: Final = (90, 30, 15, 7, 1)
"""Days before an account's date; the only place where they are written."""
AFTER: Final = -1
ONLY_ADMINISTRATOR: Final = 120
"""The extra threshold of an only administrator's own account."""

LEAVING: Final = "leaving"
"""The occasion of an account to delete: told every week until it is."""
SUPPORT: Final = "support"
"""The occasion on which the desk is told that the last administrator is about to expire."""
_SUPPORT_DAYS: Final = 15
_DEPARTURE_INTERVAL: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderCalendar:
    """When to remind: the thresholds in days, and whose public holidays are kept.

    `every_day` reminds on days off, too: the demonstration is opened on any day.
    """

    thresholds: tuple[int, ...] = DEFAULT_THRESHOLDS
    region: Region = Region.METROPOLE
    every_day: bool = False

    def reminds_on(self, day: date) -> bool:
        """Whether administrators are reminded on this day."""
        return self.every_day or is_working_day(day, self.region)

    @property
    def horizon(self) -> int:
        """How many days before its date an account first needs attention."""
        return max(self.thresholds)


@dataclass(frozen=True, slots=True)
class ReminderThreshold:
    """A threshold and when it is open; `closes` is None for the one without end."""

    days: int
    opens: date
    closes: date | None
    tellable_from: date = field(compare=False)
    """The first day on which it may be told: `opens`, or the working day before it."""

    def may_be_told(self, today: date) -> bool:
        """Whether it may be told on this day, if it is a working day."""
        is_open = self.opens <= today and (self.closes is None or today <= self.closes)
        return is_open or today == self.tellable_from


@lru_cache(maxsize=20_000)
def thresholds_of(
    expires: date, calendar: ReminderCalendar, *, alone: bool = False
) -> tuple[ReminderThreshold, ...]:
    """Every threshold of an account that ends on `expires`; asked for every day until then."""
    before = {*calendar.thresholds, ONLY_ADMINISTRATOR} if alone else set(calendar.thresholds)
    found = []
    for days, smaller in pairwise((*sorted(before, reverse=True), AFTER)):
        left = range(smaller + 1, days + 1)
        has_day = any(calendar.reminds_on(expires - timedelta(days=number)) for number in left)
        opens, closes = (expires - timedelta(days=number) for number in (days, smaller + 1))
        first = opens if has_day else working_day_before(opens, calendar.region)
        found.append(ReminderThreshold(days, opens, closes, first))
    opens = expires + timedelta(days=1)
    return (*found, ReminderThreshold(AFTER, opens, None, opens))


def open_thresholds(
    expires: date, today: date, calendar: ReminderCalendar, *, alone: bool = False
) -> tuple[ReminderThreshold, ...]:
    """The thresholds that may be told today, were today a working day; most urgent last."""
    every = thresholds_of(expires, calendar, alone=alone)
    return tuple(one for one in every if one.may_be_told(today))


@dataclass(frozen=True, slots=True)
class Deadline:
    """An account as reminders see it: no name."""

    siret: str
    account: str
    identifier: str
    administrator: bool
    expires: date
    estimated: bool
    leaving: bool


@dataclass(frozen=True, slots=True, order=True)
class Recipient:
    """Somebody to tell: in the chat, or `by_mail`, at the address of that account of theirs."""

    person: str
    by_mail: str = ""


class HeldReason(StrEnum):
    """Why a threshold is not told to anybody."""

    NO_ADMINISTRATOR = "no_administrator"
    UNREACHABLE = "unreachable"
    NOT_OPEN = "not_open"
    TOLD = "already_told"
    DAY_OFF = "day_off"
    LEAVING = "to_be_deleted"


@dataclass(frozen=True, slots=True)
class DueReminder:
    """One threshold of one account, and to whom; `held` says why it is to nobody."""

    deadline: Deadline
    threshold: int
    recipients: tuple[Recipient, ...] = ()
    held: HeldReason | None = None


@dataclass(frozen=True, slots=True)
class EmployerDeadlines:
    """What an employer looks like to reminders: its accounts with a date, and who is linked.

    `mailable` are accounts whose holder can be written to by e-mail, should the chat fail.
    """

    deadlines: Sequence[Deadline]
    links: Sequence[AdministratorLink]
    mailable: frozenset[str] = frozenset()

    @property
    def administrators(self) -> tuple[Deadline, ...]:
        return tuple(one for one in self.deadlines if one.administrator)

    def is_alone(self, deadline: Deadline) -> bool:
        return deadline.administrator and len(self.administrators) == 1

    @property
    def linked(self) -> tuple[AdministratorLink, ...]:
        """The administrators whom the chat knows."""
        accounts = {one.account for one in self.administrators}
        return tuple(link for link in self.links if link.account in accounts)

    def recipients(self, today: date) -> tuple[Recipient, ...]:
        """The administrators who are there and can be reached; those on leave if nobody else is.

        Where the chat reaches none of them, those whose e-mail is known.
        """
        reachable = [link for link in self.linked if link.reachable]
        present = [link for link in reachable if not link.is_away(today)]
        if reachable:
            return tuple(dict.fromkeys(Recipient(link.person) for link in present or reachable))
        by_mail = {one.person: one.account for one in self.linked if one.account in self.mailable}
        return tuple(Recipient(person, account) for person, account in by_mail.items())


class AlreadyTold:
    """The last day on which each occasion of a subject was told.

    Subjects are accounts, and employers by their SIRET. The occasion of a threshold is its number
    of days; whether a threshold was told is asked of the account alone, so that other thresholds in
    the settings remind nobody again of what they have just read.
    """

    def __init__(self, days: Mapping[tuple[str, str], date]) -> None:
        self._days = days
        self._thresholds: dict[str, date] = {}
        for (subject, occasion), day in days.items():
            if occasion.lstrip("-").isdecimal():
                self._thresholds[subject] = max(day, self._thresholds.get(subject, day))

    def on(self, subject: str, occasion: str) -> date | None:
        """The last day on which an occasion was told."""
        return self._days.get((subject, occasion))

    def covers(self, account: str, threshold: ReminderThreshold) -> bool:
        """Whether a reminder about this account left on this threshold's first day or after it."""
        last = self._thresholds.get(account)
        return last is not None and last >= threshold.tellable_from


def due_reminders(
    employer: EmployerDeadlines, told: AlreadyTold, today: date, calendar: ReminderCalendar
) -> Iterator[DueReminder]:
    """The thresholds of an employer's accounts that are to be told today."""
    if not calendar.reminds_on(today):
        return
    recipients = employer.recipients(today)
    held = None
    if not recipients:
        held = HeldReason.UNREACHABLE if employer.linked else HeldReason.NO_ADMINISTRATOR
    for deadline in _reminded(employer):
        alone = employer.is_alone(deadline)
        for one in open_thresholds(deadline.expires, today, calendar, alone=alone):
            if not told.covers(deadline.account, one):
                yield DueReminder(deadline, one.days, recipients, held)


def held_reminders(
    employer: EmployerDeadlines, told: AlreadyTold, today: date, calendar: ReminderCalendar
) -> Iterator[DueReminder]:
    """Every threshold that is not to be told today, with the reason."""
    due_today = due_reminders(employer, told, today, calendar)
    due = {(one.deadline.account, one.threshold) for one in due_today}
    reminded = set(_reminded(employer))
    for deadline in employer.deadlines:
        for one in thresholds_of(deadline.expires, calendar, alone=employer.is_alone(deadline)):
            if (deadline.account, one.days) in due:
                continue
            reason = HeldReason.DAY_OFF
            if deadline not in reminded:
                reason = HeldReason.LEAVING
            elif not one.may_be_told(today):
                reason = HeldReason.NOT_OPEN
            elif told.covers(deadline.account, one):
                reason = HeldReason.TOLD
            yield DueReminder(deadline, one.days, held=reason)


def _reminded(employer: EmployerDeadlines) -> tuple[Deadline, ...]:
    """An account to delete is not to be renewed, unless it is the only administrator's."""
    return tuple(one for one in employer.deadlines if not one.leaving or employer.is_alone(one))


def due_departures(
    employer: EmployerDeadlines, told: AlreadyTold, today: date
) -> Iterator[Deadline]:
    """The accounts to delete of which the administrators have not heard for a week."""
    for deadline in employer.deadlines:
        last = told.on(deadline.account, LEAVING)
        if deadline.leaving and (last is None or last + _DEPARTURE_INTERVAL <= today):
            yield deadline


def last_to_expire(employer: EmployerDeadlines, told: AlreadyTold, today: date) -> Deadline | None:
    """The administrator's account after which nobody is left, if that is near and not told."""
    staying = [one for one in employer.administrators if not one.leaving] or employer.administrators
    if not staying:
        return None
    last = max(staying, key=lambda one: one.expires)
    opens = last.expires - timedelta(days=_SUPPORT_DAYS)
    heard = told.on(last.account, SUPPORT)
    is_near = opens <= today <= last.expires
    return last if is_near and (heard is None or heard < opens) else None


_ADVICE_PERIODS: Final = (("june", (6, 24), (6, 30)), ("december", (12, 10), (12, 20)))
"""When a single administrator is advised to name a second one: before summer and year's end."""


def advice_of(
    employer: EmployerDeadlines, siret: str, told: AlreadyTold, today: date
) -> str | None:
    """The advice that is due: before 1 July and in mid-December, once each."""
    if len(employer.administrators) != 1:
        return None
    for name, first, last in _ADVICE_PERIODS:
        opens = date(today.year, *first)
        if opens <= today <= date(today.year, *last):
            heard = told.on(siret, name)
            return None if heard is not None and heard >= opens else name
    return None


def deadlines_by_employer(
    deadlines: Iterable[Deadline],
    links: Mapping[str, Sequence[AdministratorLink]],
    mailable: frozenset[str],
) -> dict[str, EmployerDeadlines]:
    """Deadlines gathered by employer."""
    found: dict[str, list[Deadline]] = defaultdict(list)
    for deadline in deadlines:
        found[deadline.siret].append(deadline)
    return {
        siret: EmployerDeadlines(theirs, links.get(siret, ()), mailable)
        for siret, theirs in found.items()
    }
