"""A NIR or a piece shown to one advisor in their private chat, for a reason that is kept.

The reason is a button; who, which and why are in the audit log in the same commit as the order to
show it. It is shown once and now, or not at all: a second attempt would come when nobody looks.
Files that advisors answer with take the same way, from the private lane of who sent them.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from telegram.error import Forbidden, TelegramError

from bot.channels.telegram import bot_client
from bot.channels.telegram.bot_client import BotClient, address_of, chat_of, read_error
from bot.channels.telegram.staff.updates import (
    AdvisorContext,
    Brought,
    LabelRows,
    TopicPlace,
    plain_text,
)
from bot.clock import utc_now
from bot.conversation.screens.layout import attachment_line
from bot.conversation.texts import Text, text
from bot.domain.delivery import Delivered, DeliveryResult, OutboxMessage, Refused
from bot.domain.identifiers import parse_nir
from bot.domain.ticket import Ticket
from bot.services.ticket_notifications import STAFF
from bot.storage.store import Database, DatabaseThread

REVEAL, PIECE = "reveal", "piece"
REASONS = ("treatment", "identity", "control")
LIFE = timedelta(minutes=1)
"""Who asked has gone on by then."""

SHOWN_FOR = timedelta(minutes=2)

TakeBrought = Callable[[int, Brought], Awaitable[bool]]
"""Hands on what was fetched, under the number of its row; False where it cannot be taken."""


def ask_why_nir(context: AdvisorContext, payload: str) -> None:
    """`/reveler 1`: the NIR of the first agent."""
    agents = context.ticket.request.agents
    agent = _number(payload)
    if not 1 <= agent <= len(agents):
        context.say(text("staff.which_agent", agents=len(agents)))
        return
    context.say(text("staff.why", agent=agent), _reasons(REVEAL, agent))


def ask_why_piece(context: AdvisorContext, payload: str) -> None:
    """`/piece 2`: the second piece; without a number, which ones there are."""
    piece = context.ticket.piece(_number(payload))
    if piece is None:
        context.say(_which_piece(context))
        return
    context.say(
        text("staff.why_piece", piece=attachment_line(piece)), _reasons(PIECE, piece.number)
    )


def _which_piece(context: AdvisorContext) -> Text:
    pieces = context.ticket.pieces
    if not pieces:
        return text("staff.no_piece")
    lines = tuple(text("layout.bullet", words=attachment_line(piece)) for piece in pieces)
    return text("staff.which_piece", lines=lines)


def reveal_in_topic(context: AdvisorContext, kind: str, number: int, reason: str) -> None:
    """To the private chat of who asked, and to nobody else."""
    if kind == REVEAL:
        if not 1 <= number <= len(context.ticket.request.agents):
            return
        context.tickets_for().reveal(context.reference, f"agent {number}: {reason}")
    elif not context.tickets_for().reveal_piece(context.reference, number, reason):
        return
    payload = {
        "reference": context.reference,
        "what": kind,
        "number": number,
        "until": (context.now + LIFE).isoformat(),
        "chat_id": context.place.chat_id,
        "reply_to": context.place.message_id,
    }
    context.db.outbox.add(context.own_lane, "reveal", payload, context.now)


def _reasons(kind: str, number: int) -> LabelRows:
    return [
        [(plain_text(text(f"staff.reason_{reason}")), f"{kind}~{number}~{reason}")]
        for reason in REASONS
    ]


def _number(payload: str) -> int:
    return int(payload) if payload.isdecimal() and len(payload) < 4 else 0


class PrivateDelivery:
    """Carries the rows of one advisor's own lane."""

    def __init__(
        self,
        bot: BotClient,
        db_thread: DatabaseThread,
        take: TakeBrought,
        piece_bytes: int,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._clock = clock
        self._bot = bot
        self._db_thread = db_thread
        self._take = take
        self._piece_bytes = piece_bytes

    async def fetch(self, row: OutboxMessage) -> DeliveryResult:
        """Bring a file; what Telegram will not give comes as an empty one, and is said."""
        try:
            document = str(row.payload["document"])
            content = await bot_client.fetch(self._bot, document, self._piece_bytes)
        except TelegramError as error:
            receipt = read_error(error, row)
            if not isinstance(receipt, Refused):
                return receipt
            content = b""
        chat_id, thread_id, user_id, message_id = map(int, row.payload["place"])
        place = TopicPlace(
            chat_id=chat_id, thread_id=thread_id, user_id=user_id, message_id=message_id
        )
        said = row.payload
        brought = Brought(place, str(said["text"]), str(said["name"]), content)
        return Delivered() if await self._take(row.id, brought) else Refused("telegram.not_taken")

    async def reveal(self, row: OutboxMessage, ticket: Ticket) -> DeliveryResult:
        """Once and now, or not at all."""
        user_id, payload, now = chat_of(row.lane), row.payload, self._clock()
        if row.attempts > 1 or now > datetime.fromisoformat(payload["until"]):
            await self._db_thread.record(_say_missed, row, now)
            return Refused("reveal.too_late")
        try:
            shown = await self._show(user_id, ticket, payload)
        except Forbidden:
            await self._send_link(ticket)
            return Refused("reveal.not_started")
        except TelegramError:
            await self._db_thread.record(_say_missed, row, now)
            return Refused("reveal.not_sent")
        if shown is None:
            return Refused("reveal.gone")
        await self._db_thread.record(_erase_later, user_id, shown, now)
        return Delivered()

    async def _show(self, user_id: int, ticket: Ticket, payload: Any) -> int | None:
        """The message that shows it; None when it is gone."""
        number = int(payload["number"])
        if payload["what"] != PIECE:
            words = _revealed(ticket, number)
            sent = await self._bot.send_message(user_id, words, protect_content=True)
            return sent.message_id
        found = await self._db_thread.record(
            lambda db: db.attachments.content(ticket.reference, number)
        )
        if found is None:
            return None
        piece, content = found
        said = text(
            "staff.piece_revealed", reference=ticket.reference, piece=attachment_line(piece)
        )
        options = {"caption": plain_text(said)[:1024], "protect_content": True}
        return await bot_client.give(self._bot, user_id, piece, content, **options)

    async def _send_link(self, ticket: Ticket) -> None:
        topic = await self._db_thread.record(lambda db: db.ticket_links.topic(ticket.reference))
        if topic is not None:
            link = f"https://t.me/{self._bot.username}?start=bureau"
            said = plain_text(text("staff.start_first", link=link))
            await self._bot.send_message(topic.chat_id, said, message_thread_id=topic.thread_id)


def _say_missed(db: Database, row: OutboxMessage, now: datetime) -> None:
    """Whoever asked waits for it; and what was shown all the same, only they can erase."""
    payload = {
        "reference": row.payload["reference"],
        "text": plain_text(text("staff.reveal_missed")),
        "reply_to": row.payload["reply_to"],
        "rows": [],
    }
    db.outbox.add(f"{STAFF}:{row.payload['chat_id']}", "say", payload, now)


def _erase_later(db: Database, user_id: int, message_id: int, now: datetime) -> None:
    payload = {"message": str(message_id)}
    db.outbox.add(address_of(user_id), "erase", payload, now, due_at=now + SHOWN_FOR)


def _revealed(ticket: Ticket, place: int) -> str:
    nir = ticket.request.agents[place - 1].answer("nir")
    shown = parse_nir(nir.value).compact if nir and nir.value else plain_text(text("staff.no_nir"))
    return plain_text(text("staff.revealed", reference=ticket.reference, agent=place, nir=shown))
