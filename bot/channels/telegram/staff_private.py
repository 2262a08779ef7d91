"""What goes between the bot and one advisor alone: what they asked to see, files they answer with.

A NIR or a piece is shown once and now, or not at all: a second attempt would come when nobody
looks any more.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from bot.channels.telegram import files
from bot.channels.telegram.bot_client import ForbiddenError, LineError, read_error
from bot.channels.telegram.events import address_of, chat_of
from bot.channels.telegram.line import Line
from bot.channels.telegram.staff.context import plain
from bot.channels.telegram.staff.reveals import PIECE
from bot.channels.telegram.staff.updates import Brought, TopicPlace
from bot.clock import utc_now
from bot.conversation.display import attachment_line
from bot.conversation.texts import text
from bot.domain.delivery import Delivered, DeliveryResult, OutboxMessage, Refused
from bot.domain.identifiers import parse_nir
from bot.domain.ticket import Ticket
from bot.services.ticket_notifications import STAFF
from bot.storage.db_thread import DatabaseThread
from bot.storage.store import Database

SHOWN_FOR = timedelta(minutes=2)

TakeBrought = Callable[[int, Brought], Awaitable[None]]
"""Hands the room what an errand (the number of its row) has fetched; the same one counts once."""


class StaffPrivate:
    """Carries the rows of one advisor's own lane."""

    def __init__(
        self,
        line: Line,
        clerk: DatabaseThread,
        take: TakeBrought,
        piece_bytes: int,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._clock = clock
        self._line = line
        self._clerk = clerk
        self._take = take
        self._piece_bytes = piece_bytes

    async def fetch(self, row: OutboxMessage) -> DeliveryResult:
        """Bring a file; what Telegram will not give comes as an empty one, and is said."""
        try:
            document = str(row.payload["document"])
            content = await files.fetch(self._line, document, self._piece_bytes)
        except LineError as error:
            receipt = read_error(error, row)
            if not isinstance(receipt, Refused):
                return receipt
            content = b""
        chat_id, thread_id, user_id, message_id = map(int, row.payload["place"])
        place = TopicPlace(
            chat_id=chat_id, thread_id=thread_id, user_id=user_id, message_id=message_id
        )
        said = row.payload
        await self._take(row.id, Brought(place, str(said["text"]), str(said["name"]), content))
        return Delivered()

    async def reveal(self, row: OutboxMessage, ticket: Ticket) -> DeliveryResult:
        """Once and now, or not at all."""
        user_id, payload, now = chat_of(row.lane), row.payload, self._clock()
        if row.attempts > 1 or now > datetime.fromisoformat(payload["until"]):
            await self._clerk.record(_say_missed, row, now)
            return Refused("reveal.too_late")
        try:
            shown = await self._show(user_id, ticket, payload)
        except ForbiddenError:
            await self._send_link(ticket)
            return Refused("reveal.not_started")
        except LineError:
            await self._clerk.record(_say_missed, row, now)
            return Refused("reveal.not_sent")
        if shown is None:
            return Refused("reveal.gone")
        await self._clerk.record(_erase_later, user_id, shown, now)
        return Delivered()

    async def _show(self, user_id: int, ticket: Ticket, payload: Any) -> int | None:
        """The message that shows it; None when it is gone."""
        number = int(payload["number"])
        if payload["what"] != PIECE:
            words = _revealed(ticket, number)
            return await self._line.post(user_id, words, protect_content=True)
        found = await self._clerk.record(
            lambda db: db.attachments.content(ticket.reference, number)
        )
        if found is None:
            return None
        piece, content = found
        said = text(
            "staff.piece_revealed", reference=ticket.reference, piece=attachment_line(piece)
        )
        options = {"caption": plain(said)[:1024], "protect_content": True}
        return await files.give(self._line, user_id, piece, content, **options)

    async def _send_link(self, ticket: Ticket) -> None:
        topic = await self._clerk.record(lambda db: db.ticket_links.topic(ticket.reference))
        if topic is not None:
            link = f"https://t.me/{self._line.username}?start=bureau"
            said = plain(text("staff.start_first", link=link))
            await self._line.post(topic.chat_id, said, message_thread_id=topic.thread_id)


def _say_missed(db: Database, row: OutboxMessage, now: datetime) -> None:
    """Whoever asked waits for it; and what was shown all the same, only they can erase."""
    payload = {
        "reference": row.payload["reference"],
        "text": plain(text("staff.reveal_missed")),
        "reply_to": row.payload.get("reply_to", 0),
        "rows": [],
    }
    db.outbox.add(f"{STAFF}:{row.payload['chat_id']}", "say", payload, now)


def _erase_later(db: Database, user_id: int, message_id: int, now: datetime) -> None:
    payload = {"message": str(message_id)}
    db.outbox.add(address_of(user_id), "erase", payload, now, due_at=now + SHOWN_FOR)


def _revealed(ticket: Ticket, place: int) -> str:
    nir = ticket.request.agents[place - 1].answer("nir")
    shown = parse_nir(nir.value).compact if nir and nir.value else plain(text("staff.no_nir"))
    return plain(text("staff.revealed", reference=ticket.reference, agent=place, nir=shown))
