"""Reminders as messages: written into the outbox, and checked again just before they leave.

A message carries the facts it states. Whoever is about to send it asks `still_holds` first, in a
transaction of its own: where an account was renewed, deleted or taken away meanwhile, the message
is withdrawn, one with what is left is written in its place, and the notes of what was told follow.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import TypeAdapter

from bot.conversation.accounts.texts import Section
from bot.conversation.accounts.texts import reminder_message as shown
from bot.conversation.effects import Ask, Say
from bot.conversation.session import Offer
from bot.conversation.texts import fill, text, unescape
from bot.domain.account import Account
from bot.domain.dates import day_in_paris
from bot.domain.delivery import OutboxMessage, OutgoingMessage, Priority
from bot.domain.people import Employer
from bot.domain.reminder import Mention, RegisterFacts, Reminder, as_it_stands
from bot.domain.reminder_rules import ReminderCalendar
from bot.domain.working_days import is_sending_time
from bot.services.helpdesk_config import HelpDeskConfig
from bot.storage.store import Database

REMINDER: Final = "about"
"""In the payload of every message that has to be looked at again before it leaves."""
PART: Final = "part"
REPLACEMENT: Final = "instead"
"""The payload that leaves in the place of a message that may have arrived already."""
MAIL: Final = "mail"
"""The channel of e-mails; its lanes name an account, never an address."""
LATE: Final = timedelta(hours=1)
"""A message that waited longer leaves in working hours only."""
_REMINDERS = TypeAdapter(Reminder)


@dataclass(frozen=True, slots=True)
class MentionedRecords:
    """Everything that reminders mention: accounts by id, and employers' names by SIRET."""

    accounts: Mapping[str, Account]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReminderMessages:
    """Writes reminders and checks them; every method works inside the caller's transaction."""

    config: HelpDeskConfig
    calendar: ReminderCalendar

    def write(
        self, db: Database, reminder: Reminder, now: datetime, *, instead_of: int = 0,
        known: MentionedRecords | None = None,
    ) -> list[int]:  # fmt: skip
        """Put a reminder into the outbox; the ids of its messages.

        A caller that writes many reads what they all mention at once, and passes it as `known`.
        """
        known = known or read_mentioned(db, reminder.mentions)
        sections = [_section(one, known) for one in reminder.mentions]
        ask = shown(sections, reminder.day)
        lane, messages = self._rendered(db, reminder, ask, now)
        about = {REMINDER: _REMINDERS.dump_python(reminder, mode="json")}
        if not reminder.to.by_mail:  # a letter has a name by which it is known again
            cut_short = Ask(text("notice.cut_short"), ask.rows, awaits_text=True)
            (replacement,) = self.config.render(lane, cut_short)
            about[REPLACEMENT] = replacement.payload
        to, stamp = reminder.to, f"{now.timestamp():.0f}"
        key = f"reminder:{to.person}:{to.by_mail}:{stamp}:{instead_of}:"
        return [
            db.outbox.add(
                lane,
                message.kind,
                {**message.payload, **about, PART: place},
                now,
                key=f"{key}{place}",
                priority=Priority.BULK,
            )
            for place, message in enumerate(messages)
        ]

    def still_holds(
        self, db: Database, row: OutboxMessage, now: datetime, *, pushed: bool = True
    ) -> bool:
        """Whether a message may leave as it is; if not, it is withdrawn here and now.

        `pushed` says that it reaches the person wherever they are: not at night, then.
        """
        reminder = _REMINDERS.validate_python(row.payload[REMINDER])
        today = reminder.day + (day_in_paris(now) - day_in_paris(row.created_at))
        fresh = as_it_stands(reminder, _facts(db, reminder), today, self.calendar)
        is_late = pushed and now - row.created_at > LATE
        if is_late and not is_sending_time(now, self.calendar.region):
            fresh = replace(fresh, mentions=())
        if fresh == reminder:
            return True
        # Taken out, and what is left of it written; later parts go with the first.
        db.accounts.lock_employers(one.siret for one in reminder.mentions)
        old = db.reminders.withdraw(row.lane, row.created_at, now)
        new: list[int] = []
        if fresh.mentions and row.payload[PART] == 0:
            new = self.write(db, fresh, now, instead_of=row.id)
        told = set(fresh.occasions) if new else set()
        db.reminders.replace_messages(reminder.occasions, old, new, told)
        return False

    def _rendered(
        self, db: Database, reminder: Reminder, ask: Ask, now: datetime
    ) -> tuple[str, Sequence[OutgoingMessage]]:
        """The reminder as its channel shows it, with its buttons at hand whatever is said."""
        if reminder.to.by_mail:
            return f"{MAIL}:{reminder.to.by_mail}", self._letter(db, reminder, ask)
        address = db.people.lock(reminder.to.person)
        kept = self.config.retention
        session = db.conversations.load(
            reminder.to.person, now, draft_ttl=kept.draft, nir_ttl=kept.nir
        )
        buttons = [button for row in ask.rows for button in row]
        offers = tuple(Offer(one.code, unescape(fill(one.label))) for one in buttons)
        standing = replace(session, standing=offers)
        db.conversations.save(reminder.to.person, standing, now)
        return address, tuple(self.config.render(address, ask))

    def _letter(self, db: Database, reminder: Reminder, ask: Ask) -> Sequence[OutgoingMessage]:
        """The same by e-mail: without buttons, and with the way back into the chat."""
        account = db.accounts.by_id([reminder.to.by_mail])[reminder.to.by_mail]
        url = self.config.bot_link.url
        link = text("letter.link", link=url) if url else ""
        words = Say(text("letter.reminder", reminder=ask.text, link=link))
        head = {
            "to": account.holder.email,
            "subject": unescape(fill(text("letter.reminder_subject"))),
        }
        rendered = self.config.render(f"{MAIL}:{account.id}", words)
        return [OutgoingMessage(one.kind, {**one.payload, **head}) for one in rendered]


def has_replacement(payload: Mapping[str, Any]) -> bool:
    """Whether something else is to leave where a message may have arrived already."""
    return REPLACEMENT in payload


def replacement_of(row: OutboxMessage) -> OutboxMessage:
    """What leaves in the place of a reminder that may have arrived already."""
    payload: Mapping[str, Any] = row.payload.get(REPLACEMENT, row.payload)
    return replace(row, payload=payload)


def _facts(db: Database, reminder: Reminder) -> RegisterFacts:
    """What the registers say now of everything that a reminder names."""
    to = reminder.to
    mine = db.accounts.administered_by(to.person)
    sirets = {one.siret for one in reminder.mentions}
    ids = {account for one in reminder.mentions for account in one.accounts} | {to.by_mail}
    accounts = db.accounts.by_id(ids)
    has_way = not to.by_mail or bool(to.by_mail in accounts and accounts[to.by_mail].holder.email)
    theirs = {
        employer.siret for employer, account in mine if has_way and to.by_mail in ("", account)
    }
    return RegisterFacts(
        accounts=accounts,
        administrators=db.accounts.count_administrators(sirets),
        theirs=frozenset(theirs),
    )


def read_mentioned(db: Database, mentions: Iterable[Mention]) -> MentionedRecords:
    """Everything that these mentions name."""
    named = list(mentions)
    return MentionedRecords(
        accounts=db.accounts.by_id({one for mention in named for one in mention.accounts}),
        names=db.accounts.employer_names({mention.siret for mention in named}),
    )


def _section(mention: Mention, known: MentionedRecords) -> Section:
    expiring = dict.fromkeys(one.account for one in mention.due)
    return Section(
        employer=Employer(mention.siret, known.names[mention.siret]),
        expiring=[known.accounts[one] for one in expiring],
        leaving=[known.accounts[one] for one in mention.leaving],
        advised=bool(mention.advice),
        only=mention.only,
    )
