"""Display: an answer or a file as others may see it, in recaps, tickets and other systems."""

from bot.conversation.questions import FIXED_OPTIONS, KEY_UNCHECKED
from bot.conversation.texts import Text, text
from bot.domain.attachment import Attachment
from bot.domain.identifiers import Siret
from bot.domain.ticket import Answer
from knowledge import Field

LEFT_OUT_TEXTS = {"nir": "answer.no_nir", "email": "answer.no_email"}
"""The text for a missing answer, by kind of field; other kinds read « non indiqué »."""


def shown_value(field: Field, answer: Answer | None) -> Text:
    """Render an answer for the recap: the NIR masked, a missing answer said as such."""
    if answer is None or not answer.value:
        return text(LEFT_OUT_TEXTS.get(field.kind, "answer.left_out"))
    if field.kind in FIXED_OPTIONS:
        return text(f"option.{answer.value}")
    if answer.note == KEY_UNCHECKED:
        return text("answer.key_unchecked", value=masked_value(answer))
    return text("answer.value", value=masked_value(answer))


def masked_value(answer: Answer) -> str:
    """The value of an answer with its personal numbers masked."""
    return grouped_siret(answer.value) if answer.key == "siret" else answer.masked


def grouped_siret(siret: str) -> str:
    return Siret(siret).grouped


def attachment_line(piece: Attachment) -> Text:
    """Render a file in one line: « pièce 2 : photo, 240 ko »; never its content."""
    kind = text(f"pieces.{piece.type}")
    line = text("pieces.line", number=piece.number, name=kind, weight=piece.weight)
    if not piece.caption or piece.place is not None:  # beside a message its words say it already
        return line
    return text("pieces.caption", piece=line, caption=piece.caption)
