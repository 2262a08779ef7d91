"""Files on Telegram: found in a message, brought from there, and given to somebody there.

Telegram gives out files of up to 20 MB. A photo that it does not take as one goes as a document.
"""

from dataclasses import dataclass
from typing import Any

from telegram import Message
from telegram.error import BadRequest

from bot.channels.formatting import whole_characters
from bot.channels.telegram.bot_client import FILE_TIMEOUT, BotClient
from bot.domain.attachment import Attachment, FileType

AS_PHOTO = (FileType.JPEG, FileType.PNG)
PHOTO_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class TelegramFile:
    """A document or a photo that Telegram holds, by its name there (`document`)."""

    document: str
    name: str
    size: int


def file_of(message: Message) -> TelegramFile | None:
    """The document of a message, or its photo in the largest size."""
    if document := message.document:
        name = whole_characters(document.file_name or "")
        return TelegramFile(document.file_id, name, document.file_size or 0)
    if message.photo:
        largest = message.photo[-1]
        return TelegramFile(largest.file_id, "photo", largest.file_size or 0)
    return None


async def fetch(bot: BotClient, document: str, most_bytes: int) -> bytes:
    """The content of a file; empty when it weighs more than is taken."""
    file = await bot.get_file(document, read_timeout=FILE_TIMEOUT)
    if (file.file_size or 0) > most_bytes:
        return b""
    return bytes(await file.download_as_bytearray(read_timeout=FILE_TIMEOUT))


async def give(
    bot: BotClient, chat_id: int, piece: Attachment, content: bytes, **options: Any
) -> int:
    """Show a piece in a chat; the number of the message."""
    if piece.type in AS_PHOTO and len(content) <= PHOTO_BYTES:
        try:
            sent = await bot.send_photo(
                chat_id, content, filename=piece.name, read_timeout=FILE_TIMEOUT, **options
            )
        except BadRequest as error:
            if not any(word in error.message.lower() for word in ("photo", "image")):
                raise
        else:
            return sent.message_id
    return await give_document(bot, chat_id, content, filename=piece.name, **options)


async def give_document(bot: BotClient, chat_id: int, content: bytes, **options: Any) -> int:
    """Send a file as it is; the number of the message."""
    sent = await bot.send_document(chat_id, content, read_timeout=FILE_TIMEOUT, **options)
    return sent.message_id
