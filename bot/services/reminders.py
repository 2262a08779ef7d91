"""Daily reminders: which employers' administrators are told today, once, in one message a day.

A transaction takes one group of employers or several, writes their messages into the outbox and
notes the thresholds as told: whatever is killed, a threshold is told once. Employers that share an
administrator form a group, which is never cut: that administrator reads one message.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from bot.conversation.effects import Say
from bot.conversation.texts import text
from bot.domain.dates import day_in_paris, format_date
from bot.domain.people import Employer
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
from bot.domain.ticket import Answer, TicketRequest
from bot.services.helpdesk_config import HelpDeskConfig
from bot.services.reminder_messages import ReminderMessages, read_mentioned
from bot.storage.statistics import REMINDERS
from bot.storage.store import Database

LAST_ADMINISTRATOR_PATH: Final = "acces-peps/gestion-des-comptes/changement-administrateur"
"""The sous-motif of the ticket that is filed before an employer's last administrator expires."""
NOBODY_LINKED: Final = "desk:reminders"
"""Files that ticket where no administrator is linked; nothing is ever sent to it."""
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
    employers: Mapping[str, EmployerDeadlines]
    told: AlreadyTold


@dataclass(slots=True)
class EmployerNews:
    """What one employer's administrators are to be told."""

    siret: str
    employer: EmployerDeadlines
    due: list[DueReminder] = field(default_factory=list)
    leaving: list[Deadline] = field(default_factory=list)
    again: list[Deadline] = field(default_factory=list)
    asked_by: set[str] = field(default_factory=set)
    advice: str | None = None

    def recipients(self, today: date) -> set[Recipient]:
        """Everybody who hears something of it."""
        return {*self.employer.recipients(today), *map(Recipient, self.asked_by)}

    def concerns(self, recipient: Recipient, today: date) -> bool:
        told = bool(self.due or self.leaving or self.advice)
        asked = recipient.person in self.asked_by
        return asked or (told and recipient in self.employer.recipients(today))

    def mention_for(self, person: str) -> Mention:
        """The employer as one administrator hears of it."""
        due = [
            MentionedAccount(one.deadline.account, one.deadline.expires, one.threshold)
            for one in self.due
        ]
        if person in self.asked_by:
            shown = {one.account for one in due}
            again = [one for one in self.again if one.account not in shown]
            due += [MentionedAccount(one.account, one.expires) for one in again]
        named = {one.account for one in due}
        only = (one.account for one in self.employer.deadlines if self.employer.is_alone(one))
        return Mention(
            siret=self.siret,
            due=tuple(due),
            leaving=tuple(one.account for one in self.leaving),
            advice=self.advice or "",
            only=next((account for account in only if account in named), ""),
        )


def read_reminder_day(
    db: Database, today: date, calendar: ReminderCalendar, *, can_mail: bool = False
) -> ReminderDay:
    """Read a day: employers whose accounts expire soon, with who is told and what was told."""
    farthest = max(calendar.horizon, ONLY_ADMINISTRATOR)
    deadlines = db.accounts.deadlines(today, today + timedelta(days=farthest) + SLACK)
    day = ReminderDay(today, calendar, {}, AlreadyTold({}))
    return _with_employers(db, day, deadlines, can_mail=can_mail)


def _with_employers(
    db: Database, day: ReminderDay, deadlines: Iterable[Deadline], *, can_mail: bool
) -> ReminderDay:
    """A day with these deadlines, the administrators linked, and what was told of them.

    Whom the chat does not reach is written to, where their e-mail is known.
    """
    ours = tuple(deadlines)
    sirets = {one.siret for one in ours}
    links = db.accounts.links(sirets)
    mailable = frozenset[str]()
    if can_mail:
        silent = {one.account for some in links.values() for one in some if not one.reachable}
        accounts = db.accounts.by_id(silent).values()
        mailable = frozenset(account.id for account in accounts if account.holder.email)
    told = AlreadyTold(db.reminders.last_told([*(one.account for one in ours), *sirets]))
    return replace(day, employers=deadlines_by_employer(ours, links, mailable), told=told)


def collect_news(day: ReminderDay) -> Iterator[EmployerNews]:
    """What is to be told today, employer by employer."""
    today = day.today
    if not day.calendar.reminds_on(today):
        return
    for siret, employer in day.employers.items():
        news = EmployerNews(siret, employer)
        news.due.extend(due_reminders(employer, day.told, today, day.calendar))
        if employer.recipients(today):
            news.leaving.extend(due_departures(employer, day.told, today))
            news.advice = advice_of(employer, siret, day.told, today)
        # Who asked to hear of it again by today hears of everything that is still open.
        for link in employer.linked:
            if link.reachable and link.snoozed_until is not None and link.snoozed_until <= today:
                news.asked_by.add(link.person)
        if news.asked_by:
            horizon = today + timedelta(days=day.calendar.horizon)
            news.again = [one for one in employer.deadlines if one.expires <= horizon]
        if news.due or news.leaving or news.asked_by or news.advice:
            yield news


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
        self.config = config
        self.calendar = calendar

    def run(self, now: datetime, today: date | None = None) -> int:
        """Write what is due, and count the messages; what was told once is not told again."""
        today = today or day_in_paris(now)
        with self.config.store.transaction() as db:
            db.reminders.forget_lost(today - LOST_MESSAGES_FOR)
            day = read_reminder_day(db, today, self.calendar, can_mail=self.config.rules.can_mail)
            warned = self._file_tickets(db, day, now)
        sent = 0
        for group in batch_groups(group_by_person(collect_news(day), today)):
            with self.config.store.transaction() as db:
                sent += self._write(db, group, day, now)
        with self.config.store.transaction() as db:
            db.condition.note_done(REMINDERS, now)
        return sent + warned

    def _write(
        self, db: Database, group: Sequence[EmployerNews], day: ReminderDay, now: datetime
    ) -> int:
        """Write the messages of a group, and note that they were told; one transaction."""
        today = day.today
        db.accounts.lock_employers(news.siret for news in group)
        fresh = self._still_due(db, group, day)
        reminders = [
            Reminder(
                to=recipient,
                day=today,
                mentions=tuple(
                    news.mention_for(recipient.person)
                    for news in fresh
                    if news.concerns(recipient, today)
                ),
            )
            for recipient in sorted({one for news in fresh for one in news.recipients(today)})
        ]
        known = read_mentioned(db, (one for reminder in reminders for one in reminder.mentions))
        messages = ReminderMessages(self.config, self.calendar)
        written: dict[str, list[int]] = {news.siret: [] for news in fresh}
        for reminder in reminders:
            sent = messages.write(db, reminder, now, known=known)
            for mention in reminder.mentions:
                written[mention.siret].extend(sent)
        for news in fresh:
            for subject, occasion in news.mention_for("").occasions:
                db.reminders.note_told(subject, [occasion], today, written[news.siret])
            if news.asked_by:
                db.accounts.end_snoozes(news.siret, news.asked_by)
        return len(reminders)

    def _still_due(
        self, db: Database, group: Sequence[EmployerNews], day: ReminderDay
    ) -> list[EmployerNews]:
        """The group read again under its lock: an account may be renewed, or told meanwhile."""
        before = [one for news in group for one in news.employer.deadlines]
        accounts = db.accounts.by_id({one.account for one in before})
        deadlines = [
            replace(
                one,
                expires=account.expires,
                estimated=account.estimated,
                leaving=account.is_leaving(day.today),
                administrator=account.is_administrator,
            )
            for one in before
            if (account := accounts.get(one.account)) is not None
        ]
        again = _with_employers(db, day, deadlines, can_mail=self.config.rules.can_mail)
        return [news for news in collect_news(again) if news.employer.recipients(day.today)]

    def _file_tickets(self, db: Database, day: ReminderDay, now: datetime) -> int:
        """File a ticket for each employer whose last administrator is about to expire."""
        filed = 0
        if not self.calendar.reminds_on(day.today):
            return 0
        for employer in day.employers.values():
            last = last_to_expire(employer, day.told, day.today)
            if last is not None:
                self._file_ticket(db, employer, last, now)
                db.reminders.note_told(last.account, [SUPPORT], day.today, [])
                filed += 1
        return filed

    def _file_ticket(
        self, db: Database, employer: EmployerDeadlines, last: Deadline, now: datetime
    ) -> None:
        """File it in the name of the administrator if known, and tell whom the chat reaches."""
        person = next((one.person for one in employer.linked if one.account == last.account), "")
        if not person:  # advisors who answer are told that nobody reads it
            person = db.people.of(NOBODY_LINKED, now).id
            db.people.mark_unreachable(NOBODY_LINKED, now)
        name = db.accounts.employer_names((last.siret,))[last.siret]
        request = self._request(Employer(last.siret, name), last)
        tickets = self.config.requester_tickets(db, person)
        ticket = tickets.file(request, now, by="reminders")
        day, reference = format_date(last.expires), ticket.reference
        words = text("notice.support", employer=name, day=day, reference=reference)
        for link in employer.linked:
            if link.reachable:
                address = db.people.address_of(link.person)
                for message in self.config.render(address, Say(words)):
                    key = f"lastcall:{reference}:{link.person}"
                    db.outbox.add(address, message.kind, message.payload, now, key=key)

    def _request(self, employer: Employer, last: Deadline) -> TicketRequest:
        catalogue, path = self.config.knowledge.catalogue, LAST_ADMINISTRATOR_PATH
        theme = catalogue.theme(path.partition("/")[0])
        motif = catalogue.motif(path.rpartition("/")[0])
        sous_motif = catalogue.sous_motif(path)
        if theme is None or motif is None or sous_motif is None:
            raise LookupError(path)
        day = format_date(last.expires)
        return TicketRequest(
            identity=f"last:{last.account}:{last.expires.isoformat()}",
            path=path,
            labels=(theme.label, motif.label, sous_motif.label),
            fund=None,
            employer=employer,
            email="",
            answers=(
                Answer("siret", employer.siret),
                Answer("employer_name", employer.name),
                Answer("date", day),
            ),
            agents=(),
            description=(
                f"Le compte du dernier administrateur ({last.identifier}) expire le {day} ; sans "
                "renouvellement, plus personne ne pourra gérer les accès de cet établissement. "
                "Message établi par le suivi des comptes."
            ),
        )
