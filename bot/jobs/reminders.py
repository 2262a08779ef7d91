"""Reminders: administrators are told in time, once, in one message a day.

A transaction takes one group of employers or several, puts their messages into the outbox and notes
the windows as told: whatever is killed, a window is told once. The sender then takes its time, and
looks at each message again before it leaves (`bot.telling`).
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.clock import utc_now
from bot.domain.dates import day_in_paris
from bot.domain.reminder import Mention, MentionedAccount, Reminder
from bot.domain.reminder_rules import SUPPORT, Deadline, Recipient, ReminderCalendar, last_to_expire
from bot.domain.working_days import Region, is_sending_time
from bot.services.helpdesk import HelpDeskConfig
from bot.services.last_administrator import file_last_administrator_ticket
from bot.services.reminder_messages import ReminderMessages, read_mentioned
from bot.services.reminders import (
    EmployerNews,
    ReminderDay,
    add_recipients,
    batch_groups,
    collect_news,
    group_by_person,
    read_reminder_day,
)
from bot.storage.condition import REMINDERS
from bot.storage.db_thread import DatabaseThread
from bot.storage.store import Database

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=5)
MEMORY = timedelta(days=8)
"""How far back a message is looked for that never arrived."""


class Reminding:
    """Sends what is due."""

    def __init__(self, desk: HelpDeskConfig, calendar: ReminderCalendar) -> None:
        self._desk = desk
        self._calendar = calendar
        self._telling = ReminderMessages(desk, calendar)
        self._can_mail = desk.rules.can_mail

    @property
    def region(self) -> Region:
        return self._calendar.region

    def run(self, now: datetime, today: date | None = None) -> int:
        """Tell what is due, and how many messages that made; nothing is told twice."""
        today = today or day_in_paris(now)
        with self._desk.store.transaction() as db:
            db.reminders.forget_lost(today - MEMORY)
            round_ = read_reminder_day(db, today, self._calendar, can_mail=self._can_mail)
            warned = self._warn_support(db, round_, now)
        sent = 0
        for group in batch_groups(group_by_person(collect_news(round_), today)):
            with self._desk.store.transaction() as db:
                sent += self._tell(db, group, round_, now)
        with self._desk.store.transaction() as db:
            db.condition.note_done(REMINDERS, now)
        return sent + warned

    def _warn_support(self, db: Database, round_: ReminderDay, now: datetime) -> int:
        """The desk hears of it before the last administrator of an employer expires."""
        warned = 0
        if not self._calendar.reminds_on(round_.today):
            return 0
        for front in round_.fronts.values():
            last = last_to_expire(front, round_.told, round_.today)
            if last is not None:
                file_last_administrator_ticket(db, self._desk, front, last, now)
                db.reminders.note_told(last.account, [SUPPORT], round_.today, [])
                warned += 1
        return warned

    def _tell(
        self, db: Database, group: Sequence[EmployerNews], round_: ReminderDay, now: datetime
    ) -> int:
        """One transaction: the messages of a group, and the note that they were written."""
        today = round_.today
        db.accounts.lock_employers(news.siret for news in group)
        fresh = self._still_due(db, group, round_)
        messages: dict[str, list[int]] = {news.siret: [] for news in fresh}
        everybody = sorted({one for news in fresh for one in news.recipients(today)})
        reminders = [_reminder(fresh, recipient, today) for recipient in everybody]
        known = read_mentioned(db, (one for reminder in reminders for one in reminder.mentions))
        for reminder in reminders:
            sent = self._telling.write(db, reminder, now, known=known)
            for mention in reminder.mentions:
                messages[mention.siret].extend(sent)
        for news in fresh:
            _note(db, news, today, messages[news.siret])
        return len(everybody)

    def _still_due(
        self, db: Database, group: Sequence[EmployerNews], round_: ReminderDay
    ) -> list[EmployerNews]:
        """The group as it stands now: somebody may have renewed, or another process told it."""
        deadlines = list(_as_of_now(db, [one for n in group for one in n.front.deadlines]))
        again = add_recipients(db, deadlines, round_, can_mail=self._can_mail)
        return [news for news in collect_news(again) if news.front.recipients(round_.today)]


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
    """What was told today; a snooze that was answered is over."""
    told = _mention(news, Recipient(""))
    for subject, occasion in told.occasions:
        db.reminders.note_told(subject, [occasion], today, messages)
    if news.asked_by:
        db.accounts.end_snoozes(news.siret, news.asked_by)


async def keep_reminding(
    clerk: DatabaseThread,
    reminding: Reminding,
    *,
    clock: Callable[[], datetime] = utc_now,
) -> None:
    """Look every few minutes, on working days from 9 h to 18 h in Paris, for ever."""
    while True:
        now = clock()
        if is_sending_time(now, reminding.region):
            try:
                await clerk.do(reminding.run, now)
            except Exception as error:  # noqa: BLE001 -- the next round may be better
                log.error("reminders failed: %s", type(error).__name__)  # noqa: TRY400
        await asyncio.sleep(EVERY.total_seconds())
