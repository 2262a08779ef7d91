"""The delivery: how an outbox row becomes calls of the Bot API, and what its errors mean.

| answer | meaning |
|---|---|
| 429 | the lane sleeps as long as Telegram says |
| none, 5xx | tried again, later and later |
| 403, no such chat | the person is unreachable until they write again |
| 400: not modified, nothing to delete | done |
| 400: cannot parse | sent once as plain text |
| migrated | sent to the new chat |
| anything else | given up, where the operator sees it |
"""

import re
from base64 import b64decode
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)

from bot.channels.telegram.events import chat_of
from bot.channels.telegram.render import messages
from bot.channels.telegram.transport import NoAnswerError, SlowDownError
from bot.conversation.accounts.events import Received
from bot.conversation.text import text
from bot.domain.receipt import Receipt, Refused, RetryLater, Sent, Unreachable
from bot.domain.sheets import BYTES
from bot.helpdesk import Heard
from bot.jobs.pace import Pace
from bot.storage.outbox import OutboxRow
from bot.storage.store import Records

DONE = ("message is not modified", "message to delete not found")
NO_CHAT = ("chat not found", "user not found", "peer_id_invalid")
UNPARSED = "can't parse entities"
HARMLESS = re.compile(r"[A-Za-z_' :]{1,80}")
"""A description in plain words: it quotes nothing that somebody typed."""

ERASE_PATIENCE = 4
"""Attempts, when Telegram answers: a person must know soon that their NIR is still to be seen."""

GROUP_PACE = Pace(rate=20 / 60, burst=3)
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


Take = Callable[[Heard, int], Awaitable[None]]
"""Hands the desk what the channel has fetched, and settles the row of that number with it: what was
fetched twice would be heard twice."""


class Delivery:
    """Carries the rows of `telegram:` lanes."""

    def __init__(self, bot: Bot, chat_pace: Pace, take: Take) -> None:
        self._bot = bot
        self._take = take
        self._chat_pace = chat_pace

    async def deliver(self, row: OutboxRow) -> Receipt:
        """One row, sent, or the meaning of Telegram's answer."""
        try:
            try:
                await self._carry(row, chat_of(row.lane))
            except ChatMigrated as moved:
                await self._carry(row, moved.new_chat_id)
        except TelegramError as error:
            return read_error(error, row)
        return Sent()

    def pace(self, row: OutboxRow) -> Pace | None:
        """One message a second to a person, twenty a minute to a group; only messages count."""
        if row.kind not in ("say", "document", "parting"):
            return None
        return GROUP_PACE if chat_of(row.lane) < 0 else self._chat_pace

    def given_up(self, records: Records, row: OutboxRow, now: datetime) -> None:
        """What could not be erased, the person is asked to erase."""
        if row.kind == "erase":
            for parcel in messages(text("anywhere.erase_yourself")):
                records.enqueue(row.lane, parcel.kind, parcel.payload, now)

    async def _carry(self, row: OutboxRow, chat_id: int) -> None:
        match row.kind:
            case "say" | "parting":
                await self._say(chat_id, row.payload)
            case "erase":
                await self._bot.delete_message(chat_id, int(row.payload["message"]))
            case "document":
                content = b64decode(row.payload["content"])
                file = InputFile(content, filename=row.payload["name"])
                await self._bot.send_document(chat_id, file, caption=row.payload["caption"])
            case "fetch":
                await self._fetch(row)
            case "leave":
                await self._bot.leave_chat(chat_id)
            case _:
                raise LookupError(row.kind)

    async def _fetch(self, row: OutboxRow) -> None:
        """Bring a document that was announced; it is heard as a later event."""
        file = await self._bot.get_file(str(row.payload["document"]))
        content = b"" if (file.file_size or 0) > BYTES else await file.download_as_bytearray()
        received = Received(str(row.payload["name"]), bytes(content))
        await self._take(Heard(address=row.lane, event=received), row.id)

    async def _say(self, chat_id: int, payload: Any) -> None:
        keyboard = _keyboard(payload.get("rows", ()))
        try:
            await self._bot.send_message(
                chat_id,
                payload["text"],
                parse_mode=ParseMode.HTML,
                reply_markup=keyboard,
                link_preview_options=NO_PREVIEW,
            )
        except BadRequest as error:
            if UNPARSED not in error.message.lower():
                raise
            await self._bot.send_message(
                chat_id, payload["plain"], reply_markup=keyboard, link_preview_options=NO_PREVIEW
            )


def read_error(error: TelegramError, row: OutboxRow) -> Receipt:  # noqa: PLR0911 -- a table
    """What an error means for the row."""
    if row.kind in ("parting", "leave") and isinstance(error, BadRequest | Forbidden):
        return Sent()  # a group that cannot be written to or left is left already
    match error:
        case SlowDownError(after=after):
            return RetryLater("telegram.429", after)
        case Forbidden():
            return Unreachable("telegram.403")
        case BadRequest(message=message):
            return _read_400(message)
        case NoAnswerError():
            return RetryLater("telegram.no_answer")
        case InvalidToken():
            return RetryLater("telegram.token")
        case NetworkError() if row.kind == "erase" and row.attempts >= ERASE_PATIENCE:
            return Refused("telegram.not_erased")
        case _:
            return RetryLater("telegram.5xx")


def _read_400(message: str) -> Receipt:
    said = message.lower()
    if any(words in said for words in DONE):
        return Sent()
    if any(words in said for words in NO_CHAT):
        return Unreachable("telegram.no_chat")
    return Refused(f"telegram.400 {said}" if HARMLESS.fullmatch(said) else "telegram.400")


def _keyboard(rows: Any) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows]
    )
