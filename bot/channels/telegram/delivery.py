"""How an outbox row becomes calls of the Bot API, for the chats of requesters."""

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, TelegramError

from bot.background.rate_limit import RateLimit
from bot.channels.formatting import messages
from bot.channels.telegram import bot_client
from bot.channels.telegram.bot_client import (
    FETCHES,
    LEAVING,
    UNPARSED,
    BotClient,
    chat_of,
    read_error,
)
from bot.conversation.events import AttachmentFetched, DocumentFetched
from bot.conversation.texts import text
from bot.domain.attachment import MOST_BYTES
from bot.domain.delivery import Delivered, DeliveryResult, OutboxMessage, Refused
from bot.domain.spreadsheet import LARGEST_FILE
from bot.services.helpdesk_config import IncomingEvent
from bot.services.spreadsheet_reader import read_document
from bot.storage.store import Database, DatabaseThread


@dataclass(frozen=True, slots=True)
class SendingLimits:
    """What Telegram bears, less a little: messages a second, over all chats and to each.

    An article in parts and its question come at once, then one message a second. `staff` stands
    beside the requesters' share; a group takes twenty messages a minute anyway.
    """

    overall: float = 25.0
    chat: RateLimit = RateLimit(rate=1, burst=4)
    group: RateLimit = RateLimit(rate=20 / 60, burst=3)
    staff: float = 2.0


USUAL_LIMITS = SendingLimits()


NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
PACED = ("say", "document", "piece", "parting")

Take = Callable[[int, IncomingEvent], Awaitable[bool]]
"""Hands on what was fetched, under the number of its row; False where it cannot be taken."""


class Delivery:
    """Carries the rows of `telegram:` lanes, for the sender; on the event loop."""

    def __init__(
        self,
        bot: BotClient,
        db_thread: DatabaseThread,
        take: Take,
        *,
        limits: SendingLimits = USUAL_LIMITS,
        piece_bytes: int = MOST_BYTES,
    ) -> None:
        self._bot = bot
        self._db_thread = db_thread
        self._take = take
        self._limits = limits
        self._piece_bytes = piece_bytes

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        """One row, sent, or the meaning of Telegram's answer."""
        try:
            try:
                return await self._carry(row, chat_of(row.lane))
            except ChatMigrated as moved:
                return await self._carry(row, moved.new_chat_id)
        except TelegramError as error:
            return read_error(error, row)

    def pace(self, row: OutboxMessage) -> RateLimit | None:
        """One message a second to a person, twenty a minute to a group; only messages count."""
        if row.kind not in PACED:
            return None
        return self._limits.group if chat_of(row.lane) < 0 else self._limits.chat

    def given_up(self, db: Database, row: OutboxMessage, now: datetime) -> None:
        """What was not erased the person is asked to erase, what did not come to send again."""
        if row.kind == "erase":
            words = text("anywhere.erase_yourself")
        elif row.kind in FETCHES:
            words = text("pieces.unreadable", limit=self._piece_bytes // 1_000_000)
        else:
            return
        db.outbox.add_all(row.lane, messages(words), now)

    async def _carry(self, row: OutboxMessage, chat_id: int) -> DeliveryResult:
        payload = row.payload
        if row.kind in LEAVING and await self._is_our_own(chat_id):
            return Delivered()
        match row.kind:
            case "say" | "parting":
                await self._say(chat_id, payload)
            case "erase":
                await self._bot.delete_message(chat_id, int(payload["message"]))
            case "document":
                content = b64decode(payload["content"])
                named = {"filename": payload["name"], "caption": payload["caption"]}
                await bot_client.give_document(self._bot, chat_id, content, **named)
            case "piece":
                await self._give(chat_id, payload)
            case "fetch" | "fetch_piece":
                return await self._fetch(row)
            case "leave":
                await self._bot.leave_chat(chat_id)
            case _:
                raise LookupError(row.kind)
        return Delivered()

    async def _is_our_own(self, chat_id: int) -> bool:
        """Whether a group of the advisors has become this chat meanwhile."""
        return await self._db_thread.record(lambda db: db.ticket_links.is_moved_group(chat_id))

    async def _fetch(self, row: OutboxMessage) -> DeliveryResult:
        """Bring a file that was announced; it is heard as a later event."""
        said, message = row.payload, ""
        is_piece = row.kind == "fetch_piece"
        most = self._piece_bytes if is_piece else LARGEST_FILE
        content = await bot_client.fetch(self._bot, str(said["document"]), most)
        came: DocumentFetched | AttachmentFetched
        if not is_piece:  # it may take a while, and holds up nobody
            came = await asyncio.to_thread(read_document, str(said["name"]), content)
        else:
            message = str(said["message"])
            came = AttachmentFetched(
                name=str(said["name"]),
                content=content,
                caption=str(said["caption"]),
                identity=str(said["identity"]),
                reference=str(said["reference"]),
                follows=bool(said["follows"]),
            )
        heard = IncomingEvent(address=row.lane, event=came, message=message)
        return Delivered() if await self._take(row.id, heard) else Refused("telegram.not_taken")

    async def _give(self, chat_id: int, payload: Any) -> None:
        """A file of a ticket; one that went with its ticket meanwhile is no more to be given."""
        reference, number = str(payload["reference"]), int(payload["number"])
        found = await self._db_thread.record(lambda db: db.attachments.content(reference, number))
        if found is not None:
            await bot_client.give(self._bot, chat_id, *found, caption=payload["caption"])

    async def _say(self, chat_id: int, payload: Any) -> None:
        """A text with its buttons; once as plain text where Telegram cannot read the markup."""
        beside: dict[str, Any] = {
            "link_preview_options": NO_PREVIEW,
            "reply_markup": keyboard(payload),
        }
        try:
            await self._bot.send_message(
                chat_id, payload["text"], parse_mode=ParseMode.HTML, **beside
            )
        except BadRequest as error:
            if UNPARSED not in error.message.lower():
                raise
            await self._bot.send_message(chat_id, payload["plain"], **beside)


def keyboard(payload: Any) -> InlineKeyboardMarkup | None:
    """The buttons under a text, if there are any."""
    rows = payload.get("rows")
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows]
    )
