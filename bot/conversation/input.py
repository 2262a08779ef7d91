"""Input: what came from a channel, interpreted in the person's state, before any step sees it.

A button is checked against those on offer; words that repeat a label or mean a button count as a
press; a command without its slash is recognised; secrets are taken out of texts and captions.
"""

from dataclasses import replace
from typing import get_args

from bot.conversation import states
from bot.conversation.accounts import states as accounts
from bot.conversation.context import Context
from bot.conversation.events import (
    Attached,
    Commanded,
    Event,
    Leaked,
    MessageEdited,
    Picked,
    PressedStale,
    Replied,
    Typed,
    UnreadableSent,
)
from bot.conversation.flow import Resting
from bot.conversation.intents import button_meant, employer_meant, keep_meant, wish_meant
from bot.conversation.questions import CHOICES, is_withdrawn
from bot.conversation.screens.form import asked_question
from bot.conversation.screens.layout import LASTING_CHOICES, Choice
from bot.conversation.session import Session, expects_nir, written_in
from bot.domain.account_requests import account_command_of
from bot.domain.email_code import find_code
from bot.domain.identifiers import FOURTEEN_DIGITS
from bot.domain.redaction import REDACTED, Secret, number_in, redact, secret_in
from bot.domain.sensitive_data import redact_sensitive
from bot.domain.short_replies import command_of, has_reserve, is_polite
from bot.domain.text import clean, comparable_words, fold_apostrophes, without_accents
from bot.domain.ticket import find_references, words_beside_references
from bot.domain.values import denies

TEXT_STATES = (
    states.Describing,
    states.AddingMessage,
    states.AddingEmployer,
    states.ChangingEmail,
    states.ConfirmingEmail,
    states.Asking,
    states.AskingAside,
)
"""The states in which a text is an answer: a number typed there is not the number of a button."""

BUTTONS_ONLY = (
    states.ConfirmingSousMotif,
    states.ReadingFirst,
    states.Reviewing,
    states.ChoosingLine,
    states.Leaving,
    states.Resuming,
)
"""The states in which only a button answers: words like those of a label press it."""


HEARING_COMMANDS = (
    *(*get_args(Resting), states.Asking, accounts.ChoosingEmployer, accounts.DeletingAccount),
    *(accounts.ReviewingAccounts, accounts.RenewingAll, accounts.Departing, accounts.Inviting),
    *(accounts.TakingLeave, accounts.Importing),
)
"""The states in which an administrator's words (« congés », « revue ») are a command."""


def interpret(session: Session, event: Event, turn: int | None, context: Context) -> Event:
    """The event that the machine gets; `turn` is that of the button pressed, None for no press."""
    draft = session.state.draft
    if draft is not None and is_withdrawn(draft, context):
        return _withheld(event.text) or event if isinstance(event, Typed) else event
    match event:
        case Picked() if _holds_always(event, turn):
            return event  # whether they may is asked where it is done
        case Picked():
            return _pressed(session, event, turn)
        case Typed():
            return _typed(session, event, context)
        case Replied():
            return _replied(session, event, context)
        case UnreadableSent():
            return _withheld(event.caption, event.inside) or event
        case Attached():  # with a secret in its caption it is not taken
            leaked = _withheld(event.caption)
            named = replace(event, name=redact_sensitive(event.name, REDACTED))
            return replace(leaked, beside=True) if leaked else named
        case Commanded():
            return _withheld(event.payload, f"{event.name} {event.payload}") or event
        case MessageEdited():
            return _withheld(event.text) or _edited(session, event)
        case _:
            return event


def _holds_always(event: Picked, turn: int | None) -> bool:
    """Whether a button is good in any turn: a reminder's, or a line of the overview, whose turn
    is 0."""
    is_line = event.choice == Choice.LINE and turn == 0
    return is_line or (turn is not None and event.choice in LASTING_CHOICES)


def _pressed(session: Session, event: Picked, turn: int | None) -> Event:
    """A press counts with the turn that showed its button; a reading counts as if it were typed."""
    offer = next((one for one in session.offers if one.code == event.code), None)
    if offer is None or turn != session.turn:
        return PressedStale(event.code)
    return Typed(offer.label) if event.choice == Choice.READING else event


def _typed(session: Session, event: Typed, context: Context) -> Event:
    """Try, in this order: label, command, wish, number, secret, reference, short reply; else it is
    plain text."""
    state, words = session.state, _plain(event.text)
    for offer in (*session.offers, *session.standing):
        if words == _plain(offer.label) and Picked(offer.code).choice != Choice.READING:
            return Picked(offer.code)
    kept = keep_meant(session, event.text)
    if kept is not None:
        return kept
    command = command_of(event.text)
    if command is not None:
        return Commanded(command)
    if isinstance(state, HEARING_COMMANDS) and not button_meant(session, event.text):
        command = account_command_of(event.text, administers=bool(context.administered))
        if command is not None and secret_in(event.text) is None:
            return Commanded(command, event.text)
    meant = wish_meant(session, event.text, context) or employer_meant(session, event.text, context)
    if meant is not None:
        return meant
    if not awaits_text(state, context) and words.isdecimal() and len(words) < 3:
        is_offered = 1 <= int(words) <= len(session.offers)
        return Picked(session.offers[int(words) - 1].code) if is_offered else event
    # « mon code est 482913 » is a secret, except where the code is asked.
    is_code = isinstance(state, states.ConfirmingEmail) and find_code(event.text) is not None
    if is_code or expects_nir(state, event.text, context) or _is_siret(state, event.text, context):
        return event
    return (
        _withheld(event.text)
        or _request_named(state, event.text, context)
        or _resembling(session, event.text, context)
        or event
    )


def _replied(session: Session, event: Replied, context: Context) -> Event:
    """A reply for a ticket; thanks alone are no message for an advisor."""
    leaked = _withheld(event.text)
    if leaked is not None:
        return replace(leaked, beside=event.file is not None)
    if event.file is None and is_polite(event.text):
        return _typed(session, Typed(event.text), context)
    return event


def awaits_text(state: states.State, context: Context) -> bool:
    """Tell whether a text is an answer in this state, numbers included."""
    if isinstance(state, states.Filling):
        return asked_question(state, context).field.kind not in CHOICES
    match state:
        case accounts.EditingAccount(key=key):
            return key not in ("", "role", "estimate")
        case accounts.TakingLeave(last=last):
            return last is None
        case accounts.Departing():
            return state.stage == "day"
        case states.Rating(score=score):
            return score > 0
        case _:
            return isinstance(state, TEXT_STATES)


MOST_WORDS_BESIDE_A_LABEL = 2
"""« oui, envoyer svp » presses « Envoyer »; « envoyer un autre papier d'abord » does not."""


def _resembling(session: Session, typed: str, context: Context) -> Event | None:
    """A short reply (« pas trouvé », « le 2 »), or words like those of a label."""
    meant = button_meant(session, typed)
    # « ne pas envoyer » is no press of « Envoyer ».
    if meant is not None or not isinstance(session.state, BUTTONS_ONLY) or denies(typed):
        return meant
    place = context.knowledge.match_label(typed, [offer.label for offer in session.offers])
    if place is None:
        return None
    words, label = comparable_words(typed), comparable_words(session.offers[place].label)
    is_more = len(words) > len(label) + MOST_WORDS_BESIDE_A_LABEL or has_reserve(typed)
    return None if is_more else Picked(session.offers[place].code)


def _is_siret(state: states.State, typed: str, context: Context) -> bool:
    """Tell whether 14 digits answer the question for a SIRET: one mistyped may look like a NIR."""
    is_asked = isinstance(state, states.AddingEmployer) or (
        isinstance(state, states.Filling) and asked_question(state, context).field.kind == "siret"
    )
    return is_asked and FOURTEEN_DIGITS.fullmatch(clean(typed)) is not None


def _withheld(typed: str, inside: str = "") -> Leaked | None:
    """The text without its secret, where it or what came with it has one."""
    secret = secret_in(typed) or number_in(inside)
    if secret is None:
        return None
    return Leaked(secret, "" if secret is Secret.PASSWORD else redact(typed))


def _edited(session: Session, event: MessageEdited) -> Event:
    """An edited question is asked again while its results or an article of them are shown."""
    state = session.state
    is_question = event.source != "" and event.source == session.asked
    is_shown = isinstance(state, states.Browsing | states.Reading)
    if is_question and is_shown and not written_in(state.draft, event.source):
        return Typed(event.text)
    return event


def _plain(words: str) -> str:
    return without_accents(fold_apostrophes(clean(words))).casefold().strip(" .!")


WORDS_BESIDE_A_REFERENCE = 4
"""Whoever writes no more words beside a reference wants to see that request."""


def _request_named(state: states.State, typed: str, context: Context) -> Commanded | None:
    """A reference with few words beside it, or where no text is awaited: the request it names."""
    references = find_references(typed)
    if not references:
        return None
    words = len(words_beside_references(typed).split())
    is_all = words <= WORDS_BESIDE_A_REFERENCE
    is_awaited = awaits_text(state, context) or isinstance(state, Resting)
    return Commanded("demandes", references[0]) if is_all or not is_awaited else None
