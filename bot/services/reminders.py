"""Daily reminders: which employers' administrators are told today, once, in one message a day.

A transaction takes one group of employers or several, writes their messages into the outbox and
notes the thresholds as told: whatever is killed, a threshold is told once. Employers that share an
administrator form a group, which is never cut: that administrator reads one message.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from bot.domain.dates import day_in_paris
from bot.domain.employer_accounts import AdministratorLink
from bot.domain.reminder import Mention, MentionedAccount, Reminder
from bot.domain.reminder_rules import (
    ONLY_ADMINISTRATOR,
    SUPPORT,
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
    last_to_expire,
)
from bot.domain.working_days import Region
from bot.services.helpdesk import HelpDeskConfig
from bot.services.last_administrator import file_last_administrator_ticket
from bot.services.reminder_messages import ReminderMessages, read_mentioned
from bot.storage.condition import REMINDERS
from bot.storage.store import Database

EMPLOYERS_A_BATCH = 50
"""Employers a transaction, unless a group is larger: a turn never waits long for the reminders."""
SLACK = timedelta(days=12)
"""A threshold may move to the working day before it: the longest row of days off, and more."""
LOST_MESSAGES_FOR = timedelta(days=8)
"""How far back messages are looked for that never arrived, so that they are told again."""


@dataclass(frozen=True, slots=True)
class ReminderDay:
    """A day with every employer that has a date near enough, and what was told already."""

    today: date
    calendar: ReminderCalendar
    fronts: Mapping[str, EmployerDeadlines]
    told: AlreadyTold


@dataclass(slots=True)
class EmployerNews:
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


def read_reminder_day(
    db: Database, today: date, calendar: ReminderCalendar, *, can_mail: bool = False
) -> ReminderDay:
    """Read a day: employers whose accounts expire soon, with who is told and what was told."""
    farthest = max(calendar.horizon, ONLY_ADMINISTRATOR)
    deadlines = db.accounts.deadlines(today + timedelta(days=farthest) + SLACK)
    return add_recipients(
        db, deadlines, ReminderDay(today, calendar, {}, AlreadyTold({})), can_mail=can_mail
    )


def add_recipients(
    db: Database, deadlines: Iterable[Deadline], day: ReminderDay, *, can_mail: bool
) -> ReminderDay:
    """A day with these deadlines, the administrators linked, and what was told of them."""
    ours = tuple(deadlines)
    sirets = {one.siret for one in ours}
    links = db.accounts.links(sirets)
    mailable = _mailable(db, links) if can_mail else frozenset[str]()
    told = AlreadyTold(db.reminders.last_told([*(one.account for one in ours), *sirets]))
    return replace(day, fronts=deadlines_by_employer(ours, links, mailable), told=told)


def _mailable(db: Database, links: Mapping[str, Sequence[AdministratorLink]]) -> frozenset[str]:
    """The accounts of people whom the chat does not reach, where their e-mail is known."""
    silent = {one.account for ours in links.values() for one in ours if not one.reachable}
    accounts = db.accounts.by_id(silent).values()
    return frozenset(account.id for account in accounts if account.holder.email)


def collect_news(day: ReminderDay) -> Iterator[EmployerNews]:
    """What is to be told today, employer by employer."""
    today = day.today
    if not day.calendar.reminds_on(today):
        return
    for siret, front in day.fronts.items():
        news = EmployerNews(siret, front)
        news.due.extend(due_reminders(front, day.told, today, day.calendar))
        if front.recipients(today):
            news.leaving.extend(due_departures(front, day.told, today))
            news.advice = advice_of(front, siret, day.told, today)
            _add_snoozed(news, day)
        if not news.is_empty:
            yield news


def _add_snoozed(news: EmployerNews, day: ReminderDay) -> None:
    """Who asked to hear of it again today hears of everything that is still open."""
    today = day.today
    administrators = {one.account for one in news.front.administrators}
    for seat in news.front.links:
        is_over = seat.snoozed_until is not None and seat.snoozed_until <= today
        if is_over and seat.account in administrators and seat.reachable:
            news.asked_by.add(seat.person)
    if news.asked_by:
        horizon = today + timedelta(days=day.calendar.horizon)
        news.again = [one for one in news.front.deadlines if one.expires <= horizon]


def group_by_person(news: Iterable[EmployerNews], today: date) -> list[list[EmployerNews]]:
    """Employers in groups, so that no person is told in two of them."""
    group_of: dict[str, list[EmployerNews]] = {}
    found: list[list[EmployerNews]] = []
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


def batch_groups(found: Iterable[list[EmployerNews]]) -> Iterator[list[EmployerNews]]:
    """Groups joined into batches that share a commit."""
    held: list[EmployerNews] = []
    for group in found:
        if held and len(held) + len(group) > EMPLOYERS_A_BATCH:
            yield held
            held = []
        held = [*held, *group]
    if held:
        yield held


class DailyReminders:
    """Writes the reminders of a day into the outbox; called every few minutes, or by a command."""

    def __init__(self, config: HelpDeskConfig, calendar: ReminderCalendar) -> None:
        self._config = config
        self._calendar = calendar
        self._messages = ReminderMessages(config, calendar)
        self._can_mail = config.rules.can_mail

    @property
    def region(self) -> Region:
        return self._calendar.region

    def run(self, now: datetime, today: date | None = None) -> int:
        """Write what is due, and count the messages; what was told once is not told again."""
        today = today or day_in_paris(now)
        with self._config.store.transaction() as db:
            db.reminders.forget_lost(today - LOST_MESSAGES_FOR)
            day = read_reminder_day(db, today, self._calendar, can_mail=self._can_mail)
            warned = self._warn_desk(db, day, now)
        sent = 0
        for group in batch_groups(group_by_person(collect_news(day), today)):
            with self._config.store.transaction() as db:
                sent += self._tell(db, group, day, now)
        with self._config.store.transaction() as db:
            db.condition.note_done(REMINDERS, now)
        return sent + warned

    def _warn_desk(self, db: Database, day: ReminderDay, now: datetime) -> int:
        """File a ticket for each employer whose last administrator is about to expire."""
        warned = 0
        if not self._calendar.reminds_on(day.today):
            return 0
        for front in day.fronts.values():
            last = last_to_expire(front, day.told, day.today)
            if last is not None:
                file_last_administrator_ticket(db, self._config, front, last, now)
                db.reminders.note_told(last.account, [SUPPORT], day.today, [])
                warned += 1
        return warned

    def _tell(
        self, db: Database, group: Sequence[EmployerNews], day: ReminderDay, now: datetime
    ) -> int:
        """Write the messages of a group, and note that they were told; one transaction."""
        today = day.today
        db.accounts.lock_employers(news.siret for news in group)
        fresh = self._still_due(db, group, day)
        messages: dict[str, list[int]] = {news.siret: [] for news in fresh}
        everybody = sorted({one for news in fresh for one in news.recipients(today)})
        reminders = [_reminder(fresh, recipient, today) for recipient in everybody]
        known = read_mentioned(db, (one for reminder in reminders for one in reminder.mentions))
        for reminder in reminders:
            sent = self._messages.write(db, reminder, now, known=known)
            for mention in reminder.mentions:
                messages[mention.siret].extend(sent)
        for news in fresh:
            _note(db, news, today, messages[news.siret])
        return len(everybody)

    def _still_due(
        self, db: Database, group: Sequence[EmployerNews], day: ReminderDay
    ) -> list[EmployerNews]:
        """The group read again under its lock: an account may be renewed, or told meanwhile."""
        deadlines = list(_as_of_now(db, [one for n in group for one in n.front.deadlines]))
        again = add_recipients(db, deadlines, day, can_mail=self._can_mail)
        return [news for news in collect_news(again) if news.front.recipients(day.today)]


def _as_of_now(db: Database, deadlines: Sequence[Deadline]) -> Iterator[Deadline]:
    there = db.accounts.by_id({one.account for one in deadlines})
    for one in deadlines:
        account = there.get(one.account)
        if account is not None:
            yield replace(
                one,
                expires=account.expires,
                estimated=account.estimated,
                leaving=account.leaving,
                administrator=account.is_administrator,
            )


def _reminder(group: Sequence[EmployerNews], recipient: Recipient, today: date) -> Reminder:
    mine = [news for news in group if news.concerns(recipient, today)]
    mentions = tuple(_mention(news, recipient) for news in mine)
    return Reminder(to=recipient, day=today, mentions=mentions)


def _mention(news: EmployerNews, recipient: Recipient) -> Mention:
    """An employer as one administrator hears of it."""
    due = [
        MentionedAccount(one.deadline.account, one.deadline.expires, one.threshold)
        for one in news.due
    ]
    if recipient.person in news.asked_by:
        shown = {one.account for one in due}
        again = [one for one in news.again if one.account not in shown]
        due += [MentionedAccount(one.account, one.expires) for one in again]
    named = {one.account for one in due}
    only = (one.account for one in news.front.deadlines if news.front.is_alone(one))
    return Mention(
        siret=news.siret,
        due=tuple(due),
        leaving=tuple(one.account for one in news.leaving),
        advice=news.advice or "",
        only=next((account for account in only if account in named), ""),
    )


def _note(db: Database, news: EmployerNews, today: date, messages: Sequence[int]) -> None:
    """Note what was told today, and end the snoozes that were answered."""
    told = _mention(news, Recipient(""))
    for subject, occasion in told.occasions:
        db.reminders.note_told(subject, [occasion], today, messages)
    if news.asked_by:
        db.accounts.end_snoozes(news.siret, news.asked_by)
