"""What is shown while nothing particular is awaited, and when a draft lies open."""

from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Effect, Say
from bot.conversation.screens.layout import button_row
from bot.conversation.states import Leaving, Resuming
from bot.conversation.texts import Text, text


def idle() -> tuple[Effect, ...]:
    return (Say(text("resting.ask_away")),)


def asking() -> tuple[Effect, ...]:
    return (Say(text("resting.question_first")),)


def open_draft(state: Leaving | Resuming, context: Context) -> tuple[Effect, ...]:
    key = "resting.leaving" if isinstance(state, Leaving) else "resting.resuming"
    choices = button_row(button(Choice.RESUME), button(Choice.ABANDON))
    return (Ask(text(key, label=draft_label(state, context)), choices),)


def draft_label(state: Leaving | Resuming, context: Context) -> Text:
    """The draft by the name of its sous-motif."""
    sous_motif = context.knowledge.catalogue.sous_motif(state.draft.path)
    if sous_motif is None:
        return text("resting.draft_without_motif")
    return text("resting.draft", label=sous_motif.label)
