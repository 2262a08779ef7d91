"""The intake: updates become turns, in one transaction a batch.

**An update is acknowledged only after the transaction that handled it has committed.** The offset
to ask for next is part of that transaction; an update that comes again is known by its number.
Whoever brings the updates (long polling, the webhook) calls `receive`.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from bot.channels.telegram import long_messages
from bot.channels.telegram.events import Elsewhere, News, Reach, address_of, to_event
from bot.channels.telegram.line import Line
from bot.channels.telegram.rendering import messages
from bot.channels.telegram.staff.commands import AdvisorCommands
from bot.channels.telegram.staff.updates import (
    Edited,
    Pressed,
    Reacted,
    Said,
    StaffNews,
    TopicMoved,
)
from bot.channels.telegram.turnstile import Turnstile
from bot.channels.telegram.updates import Part, RawUpdate
from bot.conversation.texts import text
from bot.logs import log_failure
from bot.services.helpdesk import HelpDesk, IncomingEvent
from bot.storage.database import is_passing
from bot.storage.store import Database, Store

log = logging.getLogger(__name__)

CHANNEL = "telegram"
NOBODY = "telegram:0"
"""The address under which an update is kept that could not even be read."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One update: its number, what it means, when it was written, and the press to answer."""

    update_id: int
    raw: RawUpdate
    news: News | None = None
    date: datetime | None = None
    press: str | None = None
    fault: str | None = None


class Intake:
    """Takes updates into the desk; `line` knows who they were sent to."""

    def __init__(  # noqa: PLR0913 -- two of them are options
        self,
        desk: HelpDesk,
        store: Store,
        line: Line,
        staff_chat_ids: tuple[int, ...] = (),
        staff: AdvisorCommands | None = None,
        *,
        turnstile: Turnstile | None = None,
    ) -> None:
        self._staff = staff
        self._turnstile = turnstile
        self._desk = desk
        self._store = store
        self._line = line
        self._staff_chat_ids = staff_chat_ids

    def read(self, raw: RawUpdate) -> Arrival:
        """What an update says; one that cannot be read has a `fault`."""
        number, update = int(raw["update_id"]), Part(raw)
        try:
            news = to_event(update, self._line.username, self._staff_chat_ids)
            message, press = update.find("message"), update.find("callback_query")
            return Arrival(
                number,
                raw,
                news=news,
                date=datetime.fromtimestamp(message.number("date"), UTC) if message else None,
                press=press.text("id") if press else None,
            )
        except Exception as error:  # noqa: BLE001 -- whatever it is, the others must be heard
            return Arrival(number, raw, fault=type(error).__name__)

    def offset(self) -> int | None:
        """The next update to ask for."""
        with self._store.transaction() as db:
            return db.inbox.offset(CHANNEL)

    def receive(
        self,
        arrivals: Sequence[Arrival],
        now: datetime,
        offset: int | None = None,
        put_off: timedelta = timedelta(0),
    ) -> None:
        """Take a batch, in order, and the offset behind it, in one commit.

        What is answered may be `put_off`: where people wrote long ago, and may have written more.
        """
        with self._store.transaction() as db:
            if put_off:
                db.outbox.put_off_replies(now + put_off)
            held = long_messages.holders(db)
            waiting = self._turnstile.waiting(db) if self._turnstile else set()
            new = db.inbox.remember_updates(CHANNEL, [one.update_id for one in arrivals], now)
            by_number = {one.update_id: one for one in arrivals}
            fresh = [one for number, one in by_number.items() if number in new]
            db.people.load_many(
                [one.news.address for one in fresh if isinstance(one.news, IncomingEvent)], now
            )
            for arrival in fresh:
                if not self._must_wait(db, arrival, now, waiting):
                    self._take(db, arrival, now, held)
            if offset is not None:
                db.inbox.save_offset(CHANNEL, offset)

    def release_replies(self, now: datetime) -> None:
        """Nothing more waits to be heard: what was put off may go."""
        with self._store.transaction() as db:
            db.outbox.release_replies(f"{CHANNEL}:", now)

    def take_late(self, raw: RawUpdate, row: int, now: datetime) -> None:
        """Take an update that waited in the outbox, and settle its row, in one commit."""
        with self._store.transaction() as db:
            self._take(db, self.read(raw), now, long_messages.holders(db))
            db.outbox.mark_sent([row], now)

    def put_aside(
        self, arrival: Arrival, fault: str, now: datetime, offset: int | None = None
    ) -> None:
        """Keep an update that cannot be taken for the operator, and go on behind it."""
        with self._store.transaction() as db:
            db.inbox.remember_update(CHANNEL, arrival.update_id, now)
            self._keep_aside(db, arrival, fault, now)
            if offset is not None:
                db.inbox.save_offset(CHANNEL, offset)

    def release_due(self, now: datetime) -> int:
        """Take the long texts whose rest did not come, each in a transaction; how many."""
        with self._store.transaction() as db:
            addresses = db.inbox.due_held_texts(now)
        for address in addresses:
            with self._store.transaction() as db:
                self._turn(db, long_messages.release(db, address), now)
        return len(addresses)

    def _take(self, db: Database, arrival: Arrival, now: datetime, held: set[str]) -> None:
        match arrival.news:
            case IncomingEvent() as heard:
                at = long_messages.written_at(arrival.date, now)
                self._turn(db, long_messages.complete(db, heard, at, held), now)
            case Reach(address, reachable):
                _note_reach(db, address, now, reachable=reachable)
            case Said() | Edited() | Pressed() | TopicMoved() | Reacted() as news:
                self._take_staff(db, arrival, news, now)
            case Elsewhere(chat_id):
                self._leave(db, chat_id, now)
            case None if arrival.fault is not None:
                self._keep_aside(db, arrival, arrival.fault, now)

    def _must_wait(self, db: Database, arrival: Arrival, now: datetime, waiting: set[str]) -> bool:
        """Whether the person writes too fast: then it is kept for later, behind what waits."""
        if self._turnstile is None or not isinstance(arrival.news, IncomingEvent):
            return False
        address, at = arrival.news.address, long_messages.written_at(arrival.date, now)
        lets_in = self._turnstile.lets_in(address, at)
        if address not in waiting:
            if lets_in:
                return False
            waiting.add(address)
            self._turnstile.say_so(db, address, now)
        self._turnstile.hold(db, address, arrival.raw, now)
        return True

    def _take_staff(self, db: Database, arrival: Arrival, news: StaffNews, now: datetime) -> None:
        """One thing in a staff group; what fails is kept aside, and stops nobody."""
        if self._staff is None:
            return
        try:
            with db.savepoint():
                self._staff.take(db, news, now)
        except Exception as error:
            if is_passing(error):
                raise
            log_failure(log, "staff", error)
            self._keep_aside(db, arrival, type(error).__name__, now)

    def _turn(self, db: Database, heard: Iterator[IncomingEvent], now: datetime) -> None:
        for one in heard:
            self._desk.receive_one(db, one, now)

    def _leave(self, db: Database, chat_id: int, now: datetime) -> None:
        """Say once where the desk is found, and go; a group writes faster than one leaves it."""
        lane, moment = address_of(chat_id), f"{now:%Y%m%d%H}{now.minute // 10}"
        sentence = text("anywhere.group", link=f"https://t.me/{self._line.username}")
        for parcel in messages(sentence):
            db.outbox.add(lane, "parting", parcel.payload, now, key=f"parting:{chat_id}:{moment}")
        db.outbox.add(lane, "leave", {}, now, key=f"leave:{chat_id}:{moment}")

    def _keep_aside(self, db: Database, arrival: Arrival, fault: str, now: datetime) -> None:
        reference = uuid4().hex[:8].upper()
        log.error("update %d kept aside as %s: %s", arrival.update_id, reference, fault)
        heard = arrival.news if isinstance(arrival.news, IncomingEvent) else None
        address = heard.address if heard else NOBODY
        db.inbox.add_failed(reference, address, _written(arrival.raw), fault, now)
        if heard is not None:
            for parcel in messages(text("anywhere.failed", reference=reference)):
                db.outbox.add(address, parcel.kind, parcel.payload, now)


def _note_reach(db: Database, address: str, now: datetime, *, reachable: bool) -> None:
    """Whether somebody can be written to; who never wrote here stays unknown."""
    if not reachable:
        db.people.mark_unreachable(address, now)
    elif db.people.find(address) is not None:
        db.people.of(address, now)


def _written(raw: RawUpdate) -> str:
    """An update as text; what is nested too deeply to be written again was nobody's message."""
    try:
        return json.dumps(raw)
    except RecursionError:
        return ""
