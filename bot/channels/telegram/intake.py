"""The intake: updates become turns, in one transaction a batch.

**An update is acknowledged only after the transaction that handled it has committed.** The offset
to ask for next is part of that transaction; an update that comes again is known by its number.

No single update can hold the desk. A batch that fails is taken update by update, and one that fails
alone is put aside for the operator. What ends the process itself is known too: a batch is noted as
begun in a commit of its own before it is taken. What a process that died had begun is taken update
by update when it comes again, and one that was begun twice and never ended is put aside.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypeGuard
from uuid import uuid4

from telegram import Message, Update
from telegram.constants import ChatType

from bot.app import App
from bot.background.watchdog import Watchdog
from bot.channels.formatting import messages, render_telegram
from bot.channels.telegram import message_limits
from bot.channels.telegram.bot_client import BotClient, address_of
from bot.channels.telegram.events import Elsewhere, News, Reach, to_event
from bot.channels.telegram.message_limits import FloodLimit
from bot.channels.telegram.staff.commands import AdvisorCommands, follow_group, note_reaction
from bot.channels.telegram.staff.updates import (
    Brought,
    GroupMoved,
    Reacted,
    StaffNews,
    place_of,
    staff_news,
)
from bot.conversation.effects import EraseInput
from bot.conversation.texts import text
from bot.domain.delivery import Priority
from bot.domain.redaction import redact_all
from bot.logs import log_failure
from bot.services.helpdesk_config import IncomingEvent
from bot.storage.database import is_passing
from bot.storage.inbox import BegunUpdate
from bot.storage.store import Database
from bot.storage.ticket_links import ERRANDS

log = logging.getLogger(__name__)

CHANNEL = "telegram"
NOBODY = "telegram:0"
"""The address under which an update is kept that could not even be read."""
BEYOND = 2**63
"""No number of Telegram's is so large, and no database holds it."""
MOST_BEGUN = 2
UNCERTAIN = timedelta(seconds=3)

RawUpdate = dict[str, Any]


def is_update(raw: object) -> TypeGuard[RawUpdate]:
    """Whether JSON from Telegram is an update: an object with a number in `update_id`."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return type(number) is int and 0 <= number < BEYOND


@dataclass(frozen=True, slots=True)
class Arrival:
    """One update, read: what it means, and its message; or why it cannot be read."""

    raw: RawUpdate
    news: News | StaffNews | None = None
    message: Message | None = None
    fault: str | None = None


class Intake:
    """Takes updates into the desk.

    Everything here runs in the database thread; each method opens its own transactions.
    """

    def __init__(
        self,
        app: App,
        bot: BotClient,
        *,
        watchdog: Watchdog | None = None,
        flood_limit: FloodLimit | None = None,
    ) -> None:
        self._helpdesk = app.helpdesk
        self._store = app.store
        self._staff = AdvisorCommands.of(app, bot)
        self._bot = bot
        self._groups = set(app.settings.staff_chats)
        self._watchdog = watchdog or Watchdog()
        self._flood_limit = flood_limit or FloodLimit()
        self._life = uuid4().hex
        self._time_for_two = timedelta(seconds=MOST_BEGUN * self._watchdog.limit)

    def offset(self) -> int | None:
        """The next update to ask for."""
        with self._store.transaction() as db:
            return db.inbox.offset(CHANNEL)

    def begin(self, updates: Sequence[RawUpdate], now: datetime) -> bool:
        """Note that a batch is begun; False, and nothing is noted, where a process died over some
        of it: then each is begun alone, so that the others are not taken for what it died of."""
        numbers = [raw["update_id"] for raw in updates]
        with self._store.transaction() as db:
            if db.inbox.begun_before(CHANNEL, numbers, self._life):
                return False
            db.inbox.begin_updates(CHANNEL, numbers, self._life, now)
        return True

    def receive(
        self,
        updates: Sequence[RawUpdate],
        now: datetime,
        offset: int | None = None,
        *,
        alone: bool = False,
    ) -> None:
        """Take a batch, in order, and the offset behind it, in one commit.

        A turn that fails ends it, unless it is taken `alone`: then it is kept for the operator.
        """
        by_number = {raw["update_id"]: raw for raw in updates}
        with self._store.transaction() as db:
            new = db.inbox.remember_updates(CHANNEL, list(by_number), now)
            arrivals = [self._read(raw) for number, raw in by_number.items() if number in new]
            heard = [one.news.address for one in arrivals if isinstance(one.news, IncomingEvent)]
            db.people.load_many(heard, now)
            held = message_limits.holders(db) if heard else set()
            for arrival in arrivals:
                with self._watchdog.watch():
                    self._take(db, arrival, now, held, alone=alone)
            db.inbox.end_updates(CHANNEL, list(by_number))
            if offset is not None:
                db.inbox.save_offset(CHANNEL, offset)

    def receive_alone(self, raw: RawUpdate, now: datetime, offset: int | None = None) -> None:
        """The same for one update, unless processes died over it."""
        if self._may_begin(CHANNEL, raw["update_id"], now):
            self.receive([raw], now, offset, alone=True)
        else:
            self.put_aside(raw, "commencé deux fois, jamais fini", now, offset)

    def put_aside(
        self, raw: RawUpdate, fault: str, now: datetime, offset: int | None = None
    ) -> None:
        """Keep an update that cannot be taken for the operator, and go on behind it."""
        number = raw["update_id"]
        with self._store.transaction() as db:
            if db.inbox.remember_update(CHANNEL, number, now):
                self._keep_aside(db, raw, fault, now)
            db.inbox.end_updates(CHANNEL, [number])
            if offset is not None:
                db.inbox.save_offset(CHANNEL, offset)

    def keep_odd(self, things: Sequence[object], now: datetime) -> None:
        """Keep what came in the place of updates and is none, each once."""
        with self._store.transaction() as db:
            for thing in things:
                written = _written(thing)
                reference = sha256(written.encode("utf-8", "replace")).hexdigest()[:8].upper()
                log.error("un envoi de Telegram illisible est mis de côté : %s", reference)
                db.failed_updates.add(reference, NOBODY, written, "illisible", now)

    def take_file(self, row: int, came: IncomingEvent | Brought, now: datetime) -> bool:
        """Take a file that was fetched, once; False for one over which processes died.

        The outbox row that ordered it is settled in the same commit: what was fetched twice, by two
        processes or after a death between the two, is known again.
        """
        if not self._may_begin(ERRANDS, row, now):
            with self._store.transaction() as db:
                db.inbox.end_updates(ERRANDS, [row])
            return False
        with self._store.transaction() as db:
            if db.ticket_links.remember_event(ERRANDS, str(row), now):
                db.outbox.mark_sent((row,), now)
                with self._watchdog.watch():
                    if isinstance(came, IncomingEvent):
                        self._helpdesk.receive_one(db, came, now)
                    else:
                        self._take_brought(db, came, now)
            db.inbox.end_updates(ERRANDS, [row])
        return True

    def release_due(self, now: datetime) -> int:
        """Take the long texts whose rest did not come, each in a transaction; how many."""
        with self._store.transaction() as db:
            addresses = db.inbox.due_held_texts(now)
        for address in addresses:
            with self._store.transaction() as db, self._watchdog.watch():
                for event in message_limits.release_text(db, address):
                    self._helpdesk.receive_one(db, event, now)
        return len(addresses)

    def _may_begin(self, channel: str, number: int, now: datetime) -> bool:
        """Note that something is begun; False where it was begun twice and never ended.

        A process that is killed for other reasons dies over something too: who had no time to use
        up the processor time of two turns is not yet to blame.
        """
        with self._store.transaction() as db:
            before = db.inbox.begun_before(channel, [number], self._life)
            if self._is_to_blame(before.get(number), now):
                return False
            db.inbox.begin_updates(channel, [number], self._life, now)
        return True

    def _is_to_blame(self, begun: BegunUpdate | None, now: datetime) -> bool:
        return (
            begun is not None
            and begun.times >= MOST_BEGUN
            and now - begun.since >= self._time_for_two
        )

    def _read(self, raw: RawUpdate) -> Arrival:
        """What an update says; one that cannot be read has a `fault`."""
        try:
            with self._watchdog.watch():
                update = Update.de_json(raw)
                return Arrival(raw, self._news(update), update.message)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the others must be heard
            return Arrival(raw, fault=type(error).__name__)

    def _news(self, update: Update) -> News | StaffNews | None:
        chat, message = update.effective_chat, update.message
        before = message.migrate_from_chat_id if message is not None else None
        if chat is not None and (chat.id in self._groups or before in self._groups):
            return staff_news(update, self._bot.username)
        return to_event(update, self._bot.username)

    def _take(
        self, db: Database, arrival: Arrival, now: datetime, held: set[str], *, alone: bool
    ) -> None:
        match arrival.news:
            case IncomingEvent() as event:
                for one in self._ready(db, arrival, event, now, held):
                    self._helpdesk.receive_one(db, one, now, alone=alone)
            case Reach(address, reachable):
                _note_reach(db, address, now, reachable=reachable)
            case Elsewhere(chat_id) if db.ticket_links.is_moved_group(chat_id):
                self._groups.add(chat_id)  # another process saw it move
                self._take(db, self._read(arrival.raw), now, held, alone=alone)
            case Elsewhere(chat_id):
                self._leave(db, chat_id, now)
            case GroupMoved() as moved:
                follow_group(db, moved, now)
                self._groups.add(moved.after)
            case Reacted() as reacted:
                note_reaction(db, reacted, now)
            case None if arrival.fault is not None:
                self._keep_aside(db, arrival.raw, arrival.fault, now)
            case None:
                return
            case news:
                self._staff.take(db, news, now)

    def _ready(
        self, db: Database, arrival: Arrival, event: IncomingEvent, now: datetime, held: set[str]
    ) -> Iterator[IncomingEvent]:
        """The events to process now: none while a text waits for its rest, or in a flood."""
        message = arrival.message
        at = message_limits.written_at(message.date if message else None, now)
        number = arrival.raw["update_id"]
        if self._flood_limit.admits(event.address, number, at):
            if message is not None and message.media_group_id:
                event = message_limits.in_album(db, event, message.media_group_id, now)
            yield from message_limits.complete(db, event, at, held)
            return
        if redact_all(event.event) != event.event:  # not taken, but not left in the chat either
            db.outbox.add_all(event.address, render_telegram(EraseInput(), 0, event), now)
        if self._flood_limit.is_first_surplus(event.address, number):
            db.outbox.add_all(event.address, messages(text("anywhere.one_by_one")), now)

    def _take_brought(self, db: Database, came: Brought, now: datetime) -> None:
        """A file of an advisor's; one that cannot be taken is kept aside without its content."""
        try:
            with db.savepoint():
                self._staff.take(db, came, now)
        except Exception as error:
            if is_passing(error):
                raise
            log_failure(log, "staff", error)
            reference, who = uuid4().hex[:8].upper(), address_of(came.place.user_id)
            db.failed_updates.add(reference, who, repr(redact_all(came)), type(error).__name__, now)
            self._staff.apologise(db, came.place, reference, now)

    def _leave(self, db: Database, chat_id: int, now: datetime) -> None:
        """Say once where the desk is found, and go; a group writes faster than one leaves it.

        A desk with groups of its own waits a moment: one of them may have become this chat, and
        Telegram is about to say so.
        """
        lane, moment = address_of(chat_id), f"{now:%Y%m%d%H}{now.minute // 10}"
        due = now + UNCERTAIN if self._groups else now
        sentence = text("anywhere.group", link=f"https://t.me/{self._bot.username}")
        parting = [("parting", message.payload) for message in messages(sentence)]
        for kind, payload in (*parting, ("leave", {})):
            key = f"{kind}:{chat_id}:{moment}"
            db.outbox.add(lane, kind, payload, now, key=key, due_at=due)

    def _keep_aside(self, db: Database, raw: RawUpdate, fault: str, now: datetime) -> None:
        """Keep an update, and tell who sent it, where that can be read, under which reference."""
        reference = uuid4().hex[:8].upper()
        words = "le message %d de Telegram est mis de côté : %s (%s)"
        log.error(words, raw["update_id"], reference, fault)
        update = _try_to_read(raw)
        chat = update.effective_chat if update else None
        sender = update.effective_user if update else None
        message = update.effective_message if update else None
        address = address_of(sender.id) if sender else NOBODY
        db.failed_updates.add(reference, address, _written(raw), fault, now)
        if chat is not None and chat.id in self._groups:
            if message is not None and sender is not None:
                self._staff.apologise(db, place_of(message, sender), reference, now)
        elif sender is not None and (chat is None or chat.type == ChatType.PRIVATE):
            if message is not None and _holds_secret(raw):
                payload = {"message": str(message.message_id)}
                db.outbox.add(address, "erase", payload, now, priority=Priority.AT_ONCE)
            db.outbox.add_all(address, messages(text("anywhere.failed", reference=reference)), now)


def _try_to_read(raw: RawUpdate) -> Update | None:
    """An update as the library reads it, where it can."""
    with suppress(Exception):
        return Update.de_json(raw)
    return None


def _note_reach(db: Database, address: str, now: datetime, *, reachable: bool) -> None:
    """Whether somebody can be written to; who never wrote here stays unknown."""
    if not reachable:
        db.people.mark_unreachable(address, now)
    elif db.people.find(address) is not None:
        db.people.of(address, now)


def _holds_secret(raw: object) -> bool:
    with suppress(RecursionError):
        return bool(redact_all(raw) != raw)
    return False


def _written(raw: object) -> str:
    """An update as text, less its secrets; what is nested too deeply was nobody's message."""
    try:
        return json.dumps(redact_all(raw))
    except RecursionError:
        return ""
