"""Options: the kinds of fields that are answered by a button, and the buttons."""

from dataclasses import dataclass

from bot.conversation.context import Context
from bot.conversation.questions import Draft, sous_motif_of
from bot.conversation.texts import Text, fill, text, unescape
from knowledge import Field

CHOICES = ("fund", "nir_absence", "attestation", "confirmation")
"""The kinds that are answered by one of their options."""

FIXED_OPTIONS = {
    "nir_absence": ("pending", "unknown", "other"),
    "attestation": ("attested",),
    "confirmation": ("confirmed",),
}


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers a field offers as a button."""

    value: str
    label: Text


def options_of(field: Field, draft: Draft, context: Context) -> tuple[Option, ...]:
    """The answers that a field offers as buttons; none where it is typed."""
    if field.kind == "fund":
        funds = sous_motif_of(draft, context).fund_choices
        return tuple(Option(fund, text("button.label", words=fund)) for fund in funds)
    values = FIXED_OPTIONS.get(field.kind, ())
    return tuple(Option(value, text(f"option.{value}")) for value in values)


def option_words(option: Option) -> str:
    """An option as it reads on its button."""
    return unescape(fill(option.label))
