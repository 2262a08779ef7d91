"""Hearing: what a channel brought, understood from where the person stands.

Three things happen before any step sees an event: a button is checked against those on offer, words
that repeat a button's label count as pressing it, and secrets are taken out of what was typed.
"""

from dataclasses import replace
from functools import lru_cache

from bot.conversation.accounts.states import EditingAccount, TakingLeave
from bot.conversation.choices import REMINDER_CHOICES
from bot.conversation.context import Context
from bot.conversation.events import (
    REDACTED,
    Attached,
    Commanded,
    Event,
    Leaked,
    MessageEdited,
    Picked,
    PressedStale,
    Secret,
    Typed,
    UnreadableSent,
)
from bot.conversation.fields import MANY_LINES
from bot.conversation.flow import Resting
from bot.conversation.input import button_meant, keep_meant
from bot.conversation.questions import CHOICES, Question, is_withdrawn, pending
from bot.conversation.screens.form import asked_question
from bot.conversation.session import Session
from bot.conversation.states import (
    AddingEmployer,
    AddingMessage,
    Asking,
    AskingAside,
    ChangingEmail,
    ChoosingLine,
    ConfirmingEmail,
    ConfirmingSousMotif,
    Describing,
    Filling,
    Leaving,
    Rating,
    ReadingFirst,
    Resuming,
    Reviewing,
    State,
)
from bot.domain.account_commands import account_command_of
from bot.domain.announced_secrets import announces_secret
from bot.domain.email_code import find_code
from bot.domain.sensitive_data import find_nirs, redact_nirs
from bot.domain.short_replies import command_of
from bot.domain.text import clean, fold_apostrophes, without_accents

WRITING = (
    Describing,
    AddingMessage,
    AddingEmployer,
    ChangingEmail,
    ConfirmingEmail,
    Asking,
    AskingAside,
)
"""The states in which a text is an answer: a number there is never a button's."""

BUTTONS_ONLY = (ConfirmingSousMotif, ReadingFirst, Reviewing, ChoosingLine, Leaving, Resuming)


def hear(session: Session, event: Event, turn: int | None, context: Context) -> Event:
    """The event as the conversation takes it; `turn` is that of the button pressed, if any."""
    if is_withdrawn(session.state.draft, context):
        return _withheld(event.text) or event if isinstance(event, Typed) else event
    match event:
        case Picked():
            return _picked(session, event, turn)
        case Typed():
            return _typed(session, event, context)
        case UnreadableSent() | Attached():
            return _captioned(event)
        case MessageEdited():
            return _withheld(event.text) or event
        case _:
            return event


def _picked(session: Session, event: Picked, turn: int | None) -> Event:
    """Only what the last turn offered can be picked, whoever forged the code."""
    if turn == 0 and event.choice in REMINDER_CHOICES:
        return event  # a reminder's; whether they may is asked where it is done
    offered = any(offer.code == event.code for offer in session.offers)
    return event if offered and turn == session.turn else PressedStale(event.code)


def _typed(session: Session, event: Typed, context: Context) -> Event:
    words = _plain(event.text)
    labelled = _labelled(session, words) or keep_meant(session, event.text)
    if labelled is not None:
        return labelled
    command = command_of(event.text)
    if command is not None:
        return Commanded(command)
    errand = account_command_of(event.text, administers=bool(context.administered))
    if errand is not None and isinstance(session.state, Resting):
        return Commanded(errand)
    if not awaits_text(session.state, context) and words.isdecimal() and len(words) < 3:
        return _numbered(session, int(words)) or event
    if expects_nir(session.state, event.text, context) or _is_awaited_code(session, event):
        return event
    return _withheld(event.text) or _resembling(session, event.text, context) or event


def _labelled(session: Session, words: str) -> Picked | None:
    for offer in (*session.offers, *session.standing):
        if words == _plain_label(offer.label):
            return Picked(offer.code)
    return None


def awaits_text(state: State, context: Context) -> bool:
    """Whether what is typed is an answer of its own, numbers included."""
    if isinstance(state, Filling):
        return asked_question(state, context).field.kind not in CHOICES
    match state:
        case EditingAccount(key=key):
            return key not in ("", "role", "estimate")
        case TakingLeave(last=last):
            return last is None
        case Rating(score=score):
            return score > 0
        case _:
            return isinstance(state, WRITING)


def _resembling(session: Session, typed: str, context: Context) -> Event | None:
    """« pas trouvé », « le 2 », and where only buttons can answer the words of one of them."""
    meant = button_meant(session, typed)
    if meant is not None or not isinstance(session.state, BUTTONS_ONLY):
        return meant
    place = context.knowledge.match_label(typed, [offer.label for offer in session.offers])
    return None if place is None else Picked(session.offers[place].code)


def _numbered(session: Session, number: int) -> Picked | None:
    """« 2 » typed where buttons are on offer means the second one."""
    if 1 <= number <= len(session.offers):
        return Picked(session.offers[number - 1].code)
    return None


def expects_nir(state: State, typed: str, context: Context) -> bool:
    """Whether a NIR belongs in the answer: its own field, or lines pasted for several fields."""
    if not isinstance(state, Filling) or context.rules.nir_in_chat is False:
        return False
    question = asked_question(state, context)
    if question.field.kind in ("nir", "nir_key", "nir_absence"):
        return True
    return _is_list(typed, question) and any(
        open_question.field.kind == "nir" for open_question in pending(state.draft, context)
    )


def _is_list(typed: str, question: Question) -> bool:
    return "\n" in typed.strip() and question.field.kind not in MANY_LINES


def _is_awaited_code(session: Session, event: Typed) -> bool:
    """« mon code est 482913 » is a secret anywhere but where the code is asked for."""
    awaited = isinstance(session.state, ConfirmingEmail)
    return awaited and find_code(event.text) is not None


def _withheld(typed: str) -> Leaked | None:
    """A text with a secret in it, without the secret."""
    if find_nirs(typed):
        return Leaked(Secret.NIR, redact_nirs(typed, REDACTED))
    if announces_secret(typed):
        return Leaked(Secret.PASSWORD, "")
    return None


def _captioned(event: UnreadableSent | Attached) -> Event:
    """A file whose words hold a secret goes with them: neither is kept."""
    leaked = _withheld(event.caption)
    if leaked is None:
        return event
    return replace(leaked, beside=isinstance(event, Attached))


@lru_cache(maxsize=1024)
def _plain_label(label: str) -> str:
    return _plain(label)


def _plain(words: str) -> str:
    return without_accents(fold_apostrophes(clean(words))).casefold().strip(" .!")
