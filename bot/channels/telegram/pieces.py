"""Files on Telegram: brought from there, and given to somebody there.

Telegram gives out files of up to 20 MB. A photo that it does not take as one goes as a document.
"""

from typing import Any

from bot.channels.telegram.bot_client import RefusedError
from bot.channels.telegram.line import Line
from bot.domain.attachment import Attachment, FileType

AS_PHOTO = (FileType.JPEG, FileType.PNG)
PHOTO_BYTES = 10_000_000


async def fetch(line: Line, document: str, most_bytes: int) -> bytes:
    """The content of a file; empty when it weighs more than is taken."""
    with line.library() as bot:
        file = await bot.get_file(document)
        if (file.file_size or 0) > most_bytes:
            return b""
        return bytes(await file.download_as_bytearray())


async def give(line: Line, chat_id: int, piece: Attachment, content: bytes, **options: Any) -> int:
    """Show a piece in a chat; the number of the message."""
    if piece.type in AS_PHOTO and len(content) <= PHOTO_BYTES:
        try:
            with line.library() as bot:
                sent = await bot.send_photo(chat_id, content, filename=piece.name, **options)
                return sent.message_id
        except RefusedError as error:
            if not any(word in error.message.lower() for word in ("photo", "image")):
                raise
    return await give_document(line, chat_id, content, filename=piece.name, **options)


async def give_document(line: Line, chat_id: int, content: bytes, **options: Any) -> int:
    """Send a file as it is; the number of the message."""
    with line.library() as bot:
        return (await bot.send_document(chat_id, content, **options)).message_id
