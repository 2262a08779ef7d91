"""A round of reminders: what a day looks like, what is to be told, and in which groups.

Employers that share an administrator are a *group*: it is never cut, so that whoever administers
several of them reads one message.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from bot.domain.employer_accounts import AdministratorLink
from bot.domain.reminder_rules import (
    ONLY_ADMINISTRATOR,
    AlreadyTold,
    Deadline,
    DueReminder,
    EmployerDeadlines,
    Recipient,
    ReminderCalendar,
    advice_of,
    deadlines_by_employer,
    due_departures,
    due_reminders,
)
from bot.storage.store import Database

BATCH = 50
"""Employers a transaction, unless they hang together: a turn never waits long for a reminder."""
SLACK = timedelta(days=12)
"""A window may move to the working day before it opens: the longest row of days off, and more."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a day looks like to the reminders."""

    today: date
    calendar: ReminderCalendar
    fronts: Mapping[str, EmployerDeadlines]
    told: AlreadyTold


@dataclass(slots=True)
class News:
    """What one employer's administrators are to be told."""

    siret: str
    front: EmployerDeadlines
    due: list[DueReminder] = field(default_factory=list)
    leaving: list[Deadline] = field(default_factory=list)
    again: list[Deadline] = field(default_factory=list)
    asked_by: set[str] = field(default_factory=set)
    advice: str | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.due or self.leaving or self.asked_by or self.advice)

    def recipients(self, today: date) -> set[Recipient]:
        """Everybody who hears something of it."""
        return {*self.front.recipients(today), *map(Recipient, self.asked_by)}

    def concerns(self, recipient: Recipient, today: date) -> bool:
        told = bool(self.due or self.leaving or self.advice)
        asked = recipient.person in self.asked_by
        return asked or (told and recipient in self.front.recipients(today))


def look(db: Database, today: date, calendar: ReminderCalendar, *, can_mail: bool = False) -> Round:
    """Every employer with a date near enough, and what was told already."""
    farthest = max(calendar.horizon, ONLY_ADMINISTRATOR)
    deadlines = db.accounts.deadlines(today + timedelta(days=farthest) + SLACK)
    return frame(db, deadlines, Round(today, calendar, {}, AlreadyTold({})), can_mail=can_mail)


def frame(db: Database, deadlines: Iterable[Deadline], day: Round, *, can_mail: bool) -> Round:
    """Deadlines with who is linked, and what was told of them."""
    ours = tuple(deadlines)
    sirets = {one.siret for one in ours}
    seats = db.links(sirets)
    mailable = _mailable(db, seats) if can_mail else frozenset[str]()
    told = AlreadyTold(db.reminders.last_told([*(one.account for one in ours), *sirets]))
    return replace(day, fronts=deadlines_by_employer(ours, seats, mailable), told=told)


def _mailable(db: Database, seats: Mapping[str, Sequence[AdministratorLink]]) -> frozenset[str]:
    """The accounts of people whom the chat does not reach, where their e-mail is known."""
    silent = {one.account for ours in seats.values() for one in ours if not one.reachable}
    accounts = db.accounts.by_id(silent).values()
    return frozenset(account.id for account in accounts if account.holder.email)


def gather(round_: Round) -> Iterator[News]:
    """What is to be told today, employer by employer."""
    today = round_.today
    if not round_.calendar.reminds_on(today):
        return
    for siret, front in round_.fronts.items():
        news = News(siret, front)
        news.due.extend(due_reminders(front, round_.told, today, round_.calendar))
        if front.recipients(today):
            news.leaving.extend(due_departures(front, round_.told, today))
            news.advice = advice_of(front, siret, round_.told, today)
            _add_snoozed(news, round_)
        if not news.is_empty:
            yield news


def _add_snoozed(news: News, round_: Round) -> None:
    """Who asked to hear of it again today hears of everything that is still open."""
    today = round_.today
    chairs = {one.account for one in news.front.administrators}
    for seat in news.front.links:
        is_over = seat.snoozed_until is not None and seat.snoozed_until <= today
        if is_over and seat.account in chairs and seat.reachable:
            news.asked_by.add(seat.person)
    if news.asked_by:
        horizon = today + timedelta(days=round_.calendar.horizon)
        news.again = [one for one in news.front.deadlines if one.expires <= horizon]


def groups(news: Iterable[News], today: date) -> list[list[News]]:
    """Employers gathered so that no person has a part in two groups."""
    group_of: dict[str, list[News]] = {}
    found: list[list[News]] = []
    for one in news:
        people = {recipient.person for recipient in one.recipients(today)}
        joined = [one]
        for group in {id(g): g for g in (group_of.get(p) for p in people) if g}.values():
            joined = [*group, *joined]
            found.remove(group)
        found.append(joined)
        for member in joined:
            for recipient in member.recipients(today):
                group_of[recipient.person] = joined
    return found


def batches(found: Iterable[list[News]]) -> Iterator[list[News]]:
    """Small groups put together, so that they share a commit."""
    held: list[News] = []
    for group in found:
        if held and len(held) + len(group) > BATCH:
            yield held
            held = []
        held = [*held, *group]
    if held:
        yield held
