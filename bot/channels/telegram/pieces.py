"""Files on Telegram: brought from there, and given to somebody there.

Telegram gives out files of up to 20 MB. A photo that it does not take as one goes as a document.
"""

from typing import Any

from telegram import Bot, InputFile, Message
from telegram.error import BadRequest

from bot.domain.piece import FileType, Piece

AS_PHOTO = (FileType.JPEG, FileType.PNG)
PHOTO_BYTES = 10_000_000


async def fetch(bot: Bot, document: str, most_bytes: int) -> bytes:
    """The content of a file; empty when it weighs more than is taken."""
    file = await bot.get_file(document)
    if (file.file_size or 0) > most_bytes:
        return b""
    return bytes(await file.download_as_bytearray())


async def give(bot: Bot, chat_id: int, piece: Piece, content: bytes, **options: Any) -> Message:
    """Show a piece in a chat."""
    file = InputFile(content, filename=piece.name)
    if piece.type in AS_PHOTO and len(content) <= PHOTO_BYTES:
        try:
            return await bot.send_photo(chat_id, file, **options)
        except BadRequest as error:
            if not any(word in error.message.lower() for word in ("photo", "image")):
                raise
    return await bot.send_document(chat_id, file, **options)
