"""How a piece is spoken of: « pièce 2 : photo, 240 ko »."""

from bot.conversation.texts import Text, text
from bot.domain.attachment import Attachment


def piece_line(piece: Attachment) -> Text:
    """Its number, what it is, and what it weighs; never its content."""
    kind = text(f"pieces.{piece.type}")
    line = text("pieces.line", number=piece.number, name=kind, weight=piece.weight)
    if not piece.caption or piece.place is not None:  # beside a message its words say it already
        return line
    return text("pieces.caption", piece=line, caption=piece.caption)
