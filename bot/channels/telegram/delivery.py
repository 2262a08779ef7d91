"""The delivery: how an outbox row becomes calls of the Bot API."""

from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from bot.background.rate_limit import RateLimit
from bot.channels.telegram import files
from bot.channels.telegram.bot_client import (
    DONE,
    FETCHES,
    UNPARSED,
    LineError,
    MovedError,
    RefusedError,
    read_error,
)
from bot.channels.telegram.events import chat_of
from bot.channels.telegram.line import Line
from bot.channels.telegram.rendering import messages
from bot.conversation.events import AttachmentFetched, DocumentFetched
from bot.conversation.texts import text
from bot.domain.attachment import MOST_BYTES
from bot.domain.delivery import Delivered, DeliveryResult, OutboxMessage, Priority
from bot.domain.spreadsheet import LARGEST_FILE
from bot.services.helpdesk import IncomingEvent
from bot.storage.db_thread import DatabaseThread
from bot.storage.store import Database
from bot.storage.ticket_links import Post

GROUP_PACE = RateLimit(rate=20 / 60, burst=3)
HTML = "HTML"
NO_PREVIEW = {"is_disabled": True}


PACED = ("say", "amend", "document", "piece", "parting")
CANNOT_EDIT = ("message to edit not found", "message can't be edited", "there is no text")

Take = Callable[[int, IncomingEvent], Awaitable[None]]
"""Hands the desk what an errand (the number of its row) has fetched; the same one counts once."""


class Delivery:
    """Carries the rows of `telegram:` lanes."""

    def __init__(
        self,
        line: Line,
        clerk: DatabaseThread,
        chat_pace: RateLimit,
        take: Take,
        *,
        piece_bytes: int = MOST_BYTES,
    ) -> None:
        self._line = line
        self._clerk = clerk
        self._take = take
        self._chat_pace = chat_pace
        self._piece_bytes = piece_bytes

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        """One row, sent, or the meaning of Telegram's answer."""
        try:
            try:
                await self._carry(row, chat_of(row.lane))
            except MovedError as moved:
                await self._carry(row, moved.chat_id)
        except LineError as error:
            return read_error(error, row)
        return Delivered()

    def pace(self, row: OutboxMessage) -> RateLimit | None:
        """One message a second to a person, twenty a minute to a group; only messages count."""
        if row.kind not in PACED:
            return None
        return GROUP_PACE if chat_of(row.lane) < 0 else self._chat_pace

    def given_up(self, db: Database, row: OutboxMessage, now: datetime) -> None:
        """What was not erased the person is asked to erase, what did not come to send again."""
        if row.kind == "erase":
            words = text("anywhere.erase_yourself")
        elif row.kind in FETCHES:
            words = text("pieces.unreadable", limit=self._piece_bytes // 1_000_000)
        else:
            return
        for parcel in messages(words):
            db.outbox.add(row.lane, parcel.kind, parcel.payload, now)

    async def _carry(self, row: OutboxMessage, chat_id: int) -> None:
        match row.kind:
            case "say" | "parting":
                await self._say(chat_id, _as_of_now(row))
            case "erase":
                message_id = int(row.payload["message"])
                await self._line.call("deleteMessage", chat_id=chat_id, message_id=message_id)
            case "document":
                content = b64decode(row.payload["content"])
                named = {"filename": row.payload["name"], "caption": row.payload["caption"]}
                await files.give_document(self._line, chat_id, content, **named)
            case "amend":
                await self._amend(row, chat_id)
            case "piece":
                await self._give(chat_id, row.payload)
            case "fetch":
                await self._fetch(row)
            case "fetch_piece":
                await self._fetch_piece(row)
            case "leave":
                await self._line.call("leaveChat", chat_id=chat_id)
            case _:
                raise LookupError(row.kind)

    async def _fetch(self, row: OutboxMessage) -> None:
        """Bring a document that was announced; it is heard as a later event."""
        content = await files.fetch(self._line, str(row.payload["document"]), LARGEST_FILE)
        received = DocumentFetched(str(row.payload["name"]), content)
        await self._take(row.id, IncomingEvent(address=row.lane, event=received))

    async def _fetch_piece(self, row: OutboxMessage) -> None:
        """The same for a file that goes with a ticket."""
        said = row.payload
        content = await files.fetch(self._line, str(said["document"]), self._piece_bytes)
        came = AttachmentFetched(
            name=str(said["name"]),
            content=content,
            caption=str(said["caption"]),
            identity=str(said["identity"]),
            reference=str(said["reference"]),
        )
        heard = IncomingEvent(address=row.lane, event=came, message=str(said["message"]))
        await self._take(row.id, heard)

    async def _give(self, chat_id: int, payload: Any) -> None:
        """A file of a ticket; one that went with its ticket meanwhile is no more to be given."""
        reference, number = str(payload["reference"]), int(payload["number"])
        found = await self._clerk.record(lambda db: db.attachments.content(reference, number))
        if found is not None:
            await files.give(self._line, chat_id, *found, caption=payload["caption"])

    async def _amend(self, row: OutboxMessage, chat_id: int) -> None:
        """Other words in the place of those shown before; sent anew where that cannot be done."""
        shows = row.payload["shows"]
        shown = await self._clerk.record(
            lambda db: db.ticket_links.posts(
                chat_id, Post(str(shows["reference"]), int(shows["place"]))
            )
        )
        if len(shown) != 1:
            await self._say(chat_id, row.payload)
            return
        try:
            await self._edit(chat_id, shown[0], row.payload)
        except RefusedError as error:
            said = error.message.lower()
            if any(words in said for words in CANNOT_EDIT):
                await self._say(chat_id, row.payload)
                return
            if not any(words in said for words in DONE):
                raise
        told = text("news.amended", reference=str(shows["reference"]))
        for parcel in messages(told):
            await self._say(chat_id, parcel.payload)

    async def _edit(self, chat_id: int, message_id: int, payload: Any) -> None:
        said = {"chat_id": chat_id, "message_id": message_id, **_beside(payload)}
        await self._line.call("editMessageText", text=payload["text"], parse_mode=HTML, **said)

    async def _say(self, chat_id: int, payload: Any) -> None:
        """Send a text, and keep which message of a ticket it shows."""
        sent = await self._send(chat_id, payload)
        if shows := payload.get("shows"):
            post = Post(str(shows["reference"]), int(shows["place"]))
            await self._clerk.record(
                lambda db: db.ticket_links.save_post(chat_id, int(sent["message_id"]), post)
            )

    async def _send(self, chat_id: int, payload: Any) -> Any:
        """The message as Telegram has it, in plain values."""
        said = {"chat_id": chat_id, **_beside(payload)}
        try:
            return await self._line.call(
                "sendMessage", text=payload["text"], parse_mode=HTML, **said
            )
        except RefusedError as error:
            if UNPARSED not in error.message.lower():
                raise
            return await self._line.call("sendMessage", text=payload["plain"], **said)


def _as_of_now(row: OutboxMessage) -> Mapping[str, Any]:
    """What is said; the buttons of a message that comes late are past, and stay away."""
    if row.priority is not Priority.LATE:
        return row.payload
    return {name: value for name, value in row.payload.items() if name != "rows"}


def _beside(payload: Any) -> dict[str, Any]:
    """What goes with a text."""
    return {"link_preview_options": NO_PREVIEW, **keyboard(payload)}


def keyboard(payload: Any) -> dict[str, Any]:
    """The buttons under a text, if there are any."""
    rows = payload.get("rows")
    if not rows:
        return {}
    shown = [[{"text": label, "callback_data": data} for label, data in line] for line in rows]
    return {"reply_markup": {"inline_keyboard": shown}}
