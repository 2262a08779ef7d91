"""Telling: a reminder is written into the outbox, and looked at again just before it leaves.

A reminder carries what it says as facts. Whoever is about to send it asks `still_holds` first, in a
transaction of its own: where something was renewed, deleted or taken away meanwhile, the message is
withdrawn, one with what is left is written in its place, and the note of what was told follows it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import TypeAdapter

from bot.conversation.accounts.reminders import Section
from bot.conversation.accounts.reminders import reminder_message as shown
from bot.conversation.effects import Ask, Say
from bot.conversation.events import Opened
from bot.conversation.session import Offer
from bot.conversation.texts import fill, text, unescape
from bot.domain.account import Account
from bot.domain.dates import day_in_paris
from bot.domain.delivery import OutboxMessage, OutgoingMessage, Priority
from bot.domain.people import Employer
from bot.domain.reminder import Mention, RegisterFacts, Reminder, as_it_stands
from bot.domain.reminder_rules import ReminderCalendar
from bot.domain.working_days import is_sending_time
from bot.services.helpdesk import HelpDeskConfig, IncomingEvent, channel_of
from bot.storage.store import Database

ABOUT: Final = "about"
PART: Final = "part"
INSTEAD: Final = "instead"
"""What leaves in the place of a message that may have arrived already."""
MAIL: Final = "mail"
"""The channel of letters; a lane of it names an account, never an address."""
HELD_UP: Final = timedelta(hours=1)
"""What has waited so long leaves in working hours only; until then it left when it was written."""
_REMINDERS = TypeAdapter(Reminder)


@dataclass(frozen=True, slots=True)
class Known:
    """What reminders name: accounts by their id, and employers' names by SIRET."""

    accounts: Mapping[str, Account]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Telling:
    """Writes reminders, and knows whether one still holds."""

    desk: HelpDeskConfig
    calendar: ReminderCalendar

    def write(
        self, db: Database, reminder: Reminder, now: datetime, *, instead_of: int = 0,
        known: Known | None = None,
    ) -> list[int]:  # fmt: skip
        """Put a reminder into the outbox; the ids of its messages.

        Who writes many hands over what is `known` of all of them, read at once.
        """
        known = known or know(db, reminder.mentions)
        sections = [_section(one, known) for one in reminder.mentions]
        ask = shown(sections, reminder.day)
        lane, parcels = self._parcels(db, reminder, ask, now)
        about = {ABOUT: _REMINDERS.dump_python(reminder, mode="json")}
        if not reminder.to.by_mail:  # a letter has a name by which it is known again
            about[INSTEAD] = self._hint(lane, ask)
        to, stamp = reminder.to, f"{now.timestamp():.0f}"
        key = f"reminder:{to.person}:{to.by_mail}:{stamp}:{instead_of}:"
        return [
            db.outbox.add(
                lane,
                parcel.kind,
                {**parcel.payload, **about, PART: place},
                now,
                key=f"{key}{place}",
                priority=Priority.BULK,
            )
            for place, parcel in enumerate(parcels)
        ]

    def still_holds(
        self, db: Database, row: OutboxMessage, now: datetime, *, pushed: bool = True
    ) -> bool:
        """Whether a message may leave as it is; if not, it is withdrawn here and now.

        `pushed` says that it reaches the person wherever they are: not at night, then.
        """
        reminder = _read(row)
        today = reminder.day + (day_in_paris(now) - day_in_paris(row.created_at))
        fresh = as_it_stands(reminder, _facts(db, reminder), today, self.calendar)
        is_late = pushed and now - row.created_at > HELD_UP
        if is_late and not is_sending_time(now, self.calendar.region):
            fresh = replace(fresh, mentions=())
        if fresh != reminder:
            self._put_in_place(db, row, fresh, now)
        return fresh == reminder

    def _put_in_place(
        self, db: Database, row: OutboxMessage, fresh: Reminder, now: datetime
    ) -> None:
        """Take a message out, and write what is left of it; later parts go with the first."""
        reminder = _read(row)
        db.accounts.lock_employers(one.siret for one in reminder.mentions)
        old = db.reminders.withdraw(row.lane, row.created_at, now)
        new: list[int] = []
        if fresh.mentions and row.payload[PART] == 0:
            new = self.write(db, fresh, now, instead_of=row.id)
        db.reminders.replace_messages(
            reminder.occasions, old, new, set(fresh.occasions) if new else ()
        )

    def _parcels(
        self, db: Database, reminder: Reminder, ask: Ask, now: datetime
    ) -> tuple[str, Sequence[OutgoingMessage]]:
        """The reminder as its channel shows it, with its buttons at hand whatever is said."""
        if reminder.to.by_mail:
            return f"{MAIL}:{reminder.to.by_mail}", self._letter(db, reminder, ask)
        address = db.people.lock(reminder.to.person)
        kept = self.desk.retention
        session = db.conversations.load(
            reminder.to.person, now, draft_ttl=kept.draft, nir_ttl=kept.nir
        )
        db.conversations.save(reminder.to.person, session.with_standing(_offers(ask)), now)
        heard = IncomingEvent(address=address, event=Opened())
        return address, tuple(self.desk.renderers[channel_of(address)](ask, 0, heard))

    def _hint(self, lane: str, ask: Ask) -> Mapping[str, Any]:
        """That a reminder was cut short, with the buttons of that reminder."""
        hint = Ask(text("notice.cut_short"), ask.rows, awaits_text=True)
        heard = IncomingEvent(address=lane, event=Opened())
        (parcel,) = self.desk.renderers[channel_of(lane)](hint, 0, heard)
        return parcel.payload

    def _letter(self, db: Database, reminder: Reminder, ask: Ask) -> Sequence[OutgoingMessage]:
        """The same by e-mail: without buttons, and with the way back into the chat."""
        account = db.accounts.by_id([reminder.to.by_mail])[reminder.to.by_mail]
        link = text("letter.link", link=self.desk.rules.link) if self.desk.rules.link else ""
        words = Say(text("letter.reminder", reminder=ask.text, link=link))
        heard = IncomingEvent(address=f"{MAIL}:{account.id}", event=Opened())
        head = {
            "to": account.holder.email,
            "subject": unescape(fill(text("letter.reminder_subject"))),
        }
        rendered = self.desk.renderers[MAIL](words, 0, heard)
        return [OutgoingMessage(one.kind, {**one.payload, **head}) for one in rendered]


def is_reminder(payload: Mapping[str, Any]) -> bool:
    """Whether a message has to be looked at again before it leaves."""
    return ABOUT in payload


def has_instead(payload: Mapping[str, Any]) -> bool:
    """Whether something else is to leave where a message may have arrived already."""
    return INSTEAD in payload


def instead(row: OutboxMessage) -> OutboxMessage:
    """What leaves in the place of a reminder that may have arrived already."""
    hint: Mapping[str, Any] = row.payload.get(INSTEAD, row.payload)
    return replace(row, payload=hint)


def _read(row: OutboxMessage) -> Reminder:
    return _REMINDERS.validate_python(row.payload[ABOUT])


def _offers(ask: Ask) -> tuple[Offer, ...]:
    return tuple(
        Offer(button.code, unescape(fill(button.label))) for row in ask.rows for button in row
    )


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


def know(db: Database, mentions: Iterable[Mention]) -> Known:
    """Everything that these mentions name."""
    named = list(mentions)
    return Known(
        accounts=db.accounts.by_id({one for mention in named for one in mention.accounts}),
        names=db.accounts.employer_names({mention.siret for mention in named}),
    )


def _section(mention: Mention, known: Known) -> Section:
    expiring = dict.fromkeys(one.account for one in mention.due)
    return Section(
        employer=Employer(mention.siret, known.names[mention.siret]),
        expiring=[known.accounts[one] for one in expiring],
        leaving=[known.accounts[one] for one in mention.leaving],
        advised=bool(mention.advice),
        only=mention.only,
    )
