"""Showing: an answer as others may see it, in recaps, tickets and other systems."""

from bot.conversation.questions import FIXED_OPTIONS, KEY_UNCHECKED
from bot.conversation.texts import Text, text
from bot.domain.identifiers import Siret
from bot.domain.ticket import Answer
from knowledge import Field

LEFT_OUT = {"nir": "answer.no_nir", "email": "answer.no_email"}
"""How it is said that there is no answer, where « non indiqué » would not do."""


def shown_value(field: Field, answer: Answer | None) -> Text:
    """An answer as the recap shows it: the NIR masked, what was left out said as such."""
    if answer is None or not answer.value:
        return text(LEFT_OUT.get(field.kind, "answer.left_out"))
    if field.kind in FIXED_OPTIONS:
        return text(f"option.{answer.value}")
    if answer.note == KEY_UNCHECKED:
        return text("answer.key_unchecked", value=masked_value(answer))
    return text("answer.value", value=masked_value(answer))


def masked_value(answer: Answer) -> str:
    """The value of an answer, fit for a screen that others may see."""
    return grouped_siret(answer.value) if answer.key == "siret" else answer.masked


def grouped_siret(siret: str) -> str:
    return Siret(siret).grouped
