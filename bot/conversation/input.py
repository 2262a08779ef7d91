"""Input: what came from a channel, interpreted in the person's state, before any step sees it.

A button is checked against those on offer; words that repeat a label or mean a button count as a
press; a command without its slash is recognised; secrets are taken out of texts and captions.
"""

from collections.abc import Mapping
from dataclasses import replace

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
    Typed,
    UnreadableSent,
)
from bot.conversation.flow import Resting
from bot.conversation.questions import CHOICES, is_withdrawn
from bot.conversation.screens.form import asked_question
from bot.conversation.screens.layout import REMINDER_CHOICES, Choice
from bot.conversation.session import Session, expects_nir, written_in
from bot.conversation.texts import fill, text, unescape
from bot.domain.email_code import find_code
from bot.domain.identifiers import FOURTEEN_DIGITS
from bot.domain.redaction import REDACTED, Secret, number_in, redact, secret_in
from bot.domain.sensitive_data import redact_sensitive
from bot.domain.short_replies import (
    ShortReply,
    account_command_of,
    asks_for_requests,
    command_of,
    kept_value,
    list_position_of,
    short_replies_of,
    wants_a_human,
)
from bot.domain.text import clean, fold_apostrophes, without_accents
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


def interpret(session: Session, event: Event, turn: int | None, context: Context) -> Event:
    """The event that the machine gets; `turn` is that of the button pressed, None for no press."""
    draft = session.state.draft
    if draft is not None and is_withdrawn(draft, context):
        return _withheld(event.text) or event if isinstance(event, Typed) else event
    match event:
        case Picked() if turn == 0 and event.choice in REMINDER_CHOICES:
            return event  # whether they may is asked where it is done
        case Picked():
            offer = next((one for one in session.offers if one.code == event.code), None)
            if offer is None or turn != session.turn:
                return PressedStale(event.code)
            return Typed(offer.label) if event.choice == Choice.READING else event
        case Typed():
            return _typed(session, event, context)
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


def _typed(session: Session, event: Typed, context: Context) -> Event:
    """Try, in this order: label, command, number, secret, short reply; else it is plain text."""
    state, words = session.state, _plain(event.text)
    for offer in (*session.offers, *session.standing):
        if words == _plain(offer.label) and Picked(offer.code).choice != Choice.READING:
            return Picked(offer.code)
    kept = keep_meant(session, event.text)
    if kept is not None:
        return kept
    command = command_of(event.text)
    if command is None and isinstance(state, Resting):
        command = account_command_of(event.text, administers=bool(context.administered))
    if command is not None:
        return Commanded(command)
    if not awaits_text(state, context) and words.isdecimal() and len(words) < 3:
        is_offered = 1 <= int(words) <= len(session.offers)
        return Picked(session.offers[int(words) - 1].code) if is_offered else event
    # « mon code est 482913 » is a secret, except where the code is asked.
    is_code = isinstance(state, states.ConfirmingEmail) and find_code(event.text) is not None
    if is_code or expects_nir(state, event.text, context) or _is_siret(state, event.text, context):
        return event
    return _withheld(event.text) or _resembling(session, event.text, context) or event


def awaits_text(state: states.State, context: Context) -> bool:
    """Tell whether a text is an answer in this state, numbers included."""
    if isinstance(state, states.Filling):
        return asked_question(state, context).field.kind not in CHOICES
    match state:
        case accounts.EditingAccount(key=key):
            return key not in ("", "role", "estimate")
        case accounts.TakingLeave(last=last):
            return last is None
        case states.Rating(score=score):
            return score > 0
        case _:
            return isinstance(state, TEXT_STATES)


def _resembling(session: Session, typed: str, context: Context) -> Event | None:
    """A short reply (« pas trouvé », « le 2 »), or words like those of a label."""
    meant = button_meant(session, typed)
    # « ne pas envoyer » is no press of « Envoyer ».
    if meant is not None or not isinstance(session.state, BUTTONS_ONLY) or denies(typed):
        return meant
    place = context.knowledge.match_label(typed, [offer.label for offer in session.offers])
    return None if place is None else Picked(session.offers[place].code)


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


LIST_STATES = (
    states.Browsing,
    states.Reading,
    states.BrowsingThemes,
    states.BrowsingTickets,
    states.ReadingFirst,
    states.ChoosingSuggestion,
)
"""The states in which « le 2 » is a place of the list shown."""

LIST_CHOICES = (Choice.READ, Choice.THEME, Choice.TICKET, Choice.SUGGESTED)
"""The buttons that belong to such a list."""

STATES_AT_REST = (
    states.Idle,
    states.Browsing,
    states.Reading,
    states.BrowsingThemes,
    states.Asking,
    states.BrowsingTickets,
    states.BrowsingProfile,
)
"""The states in which asking for a person leads to the form, from the results or article shown."""

PEPS_REPLIES = {Choice.DONE: {ShortReply.AGREED, ShortReply.DONE}, Choice.NOT_DONE: {ShortReply.NO}}
"""Answers to « Est-ce fait ? »: whether something was done in PEP's."""

SHORT_REPLIES: Mapping[type[states.State], Mapping[Choice, set[ShortReply]]] = {
    states.Browsing: {
        Choice.MORE: {ShortReply.MORE},
        Choice.NOT_FOUND: {ShortReply.MISSING, ShortReply.NO},
    },
    states.Reading: {
        Choice.USEFUL: {ShortReply.YES, ShortReply.SOLVED},
        Choice.USELESS: {ShortReply.NO, ShortReply.MISSING},
        Choice.NOT_FOUND: {ShortReply.NO, ShortReply.MISSING},
    },
    states.ChoosingSuggestion: {
        Choice.CHOOSE_ALL: {ShortReply.NO, ShortReply.MISSING, ShortReply.OTHER_MOTIF}
    },
    states.ConfirmingSousMotif: {
        Choice.CONTINUE: {ShortReply.AGREED, ShortReply.ONWARD},
        Choice.CHANGE_SOUS_MOTIF: {ShortReply.NO, ShortReply.MISSING, ShortReply.OTHER_MOTIF},
    },
    states.ReadingFirst: {
        Choice.SOLVED: {ShortReply.SOLVED},
        Choice.CONTINUE: {ShortReply.AGREED, ShortReply.ONWARD, ShortReply.NO, ShortReply.MISSING},
        Choice.CHANGE_SOUS_MOTIF: {ShortReply.OTHER_MOTIF},
    },
    states.Filling: {
        Choice.CHANGE: {ShortReply.NO},
        Choice.CHANGE_SOUS_MOTIF: {ShortReply.OTHER_MOTIF},
    },
    states.Describing: {Choice.CHANGE_SOUS_MOTIF: {ShortReply.OTHER_MOTIF}},
    states.Reviewing: {
        Choice.SEND: {ShortReply.SEND},
        Choice.CHANGE: {ShortReply.NO},
        Choice.CHANGE_SOUS_MOTIF: {ShortReply.OTHER_MOTIF},
    },
    states.Leaving: {
        Choice.ABANDON: {ShortReply.AGREED},
        Choice.RESUME: {ShortReply.NO, ShortReply.ONWARD},
    },
    states.Resuming: {Choice.RESUME: {ShortReply.AGREED, ShortReply.ONWARD}},
    accounts.ReviewingAccounts: {
        **PEPS_REPLIES,
        Choice.RENEW: {ShortReply.AGREED},
        Choice.DELETE_ACCOUNT: {ShortReply.NO},
    },
    accounts.RenewingAll: PEPS_REPLIES,
    accounts.DeletingAccount: PEPS_REPLIES,
    accounts.Departing: PEPS_REPLIES,
    states.DecidingSimilar: {
        Choice.ADD_TO_SIMILAR: {ShortReply.AGREED},
        Choice.SEND_ANYWAY: {ShortReply.NO},
    },
    states.Rating: {Choice.SKIP: {ShortReply.NO}},
    states.Withdrawing: {Choice.WITHDRAW_SURELY: {ShortReply.AGREED}, Choice.BACK: {ShortReply.NO}},
}
"""The short replies that press a button, by state: the first button on offer is pressed."""

ALWAYS_MEANT = (Choice.CHANGE_SOUS_MOTIF,)
"""Choices that work in the whole request, although not every screen shows their button."""


def button_meant(session: Session, typed: str) -> Event | None:
    """The button or command that a short message means, if any."""
    state, replies = session.state, short_replies_of(typed)
    is_at_rest = isinstance(state, STATES_AT_REST)
    if is_at_rest and wants_a_human(typed):
        here = _on_offer(session, Choice.CONTACT) or _on_offer(session, Choice.NOT_FOUND)
        return here or Commanded("contact")
    if is_at_rest and asks_for_requests(typed):
        return Commanded("demandes")
    if ShortReply.SEND in replies and isinstance(state, states.Idle) and state.reference:
        return PressedStale(str(Choice.SEND))
    for choice, meant in SHORT_REPLIES.get(type(state), {}).items():
        if meant & replies and (picked := _on_offer(session, choice)):
            return picked
    if is_at_rest and ShortReply.LOST in replies:
        return Commanded("themes")
    if is_at_rest and ShortReply.ONWARD in replies:
        return _on_offer(session, Choice.RESUME)
    return _placed(session, typed) if isinstance(state, LIST_STATES) else None


def keep_meant(session: Session, typed: str) -> Picked | None:
    """The button « Garder », typed alone or with the answer that it names."""
    named = kept_value(typed)
    for offer in session.offers:
        if Picked(offer.code).choice == Choice.KEEP:
            is_meant = named is None and ShortReply.KEEP in short_replies_of(typed)
            if is_meant or (named and _same(named, kept_value(offer.label) or "")):
                return Picked(offer.code)
    return None


def _same(one: str, other: str) -> bool:
    """Compare without spaces and signs: « 1234,56 » is « 1 234,56 € »."""
    return [*filter(str.isalnum, one)] == [*filter(str.isalnum, other)]


def _on_offer(session: Session, choice: Choice) -> Picked | None:
    """The button of a choice, if it is on offer."""
    for offer in session.offers:
        if Picked(offer.code).choice == choice:
            return Picked(offer.code)
    return Picked(choice) if choice in ALWAYS_MEANT else None


def _placed(session: Session, typed: str) -> Picked | None:
    """« le 2 »: the article of that number, else the second button of a list."""
    place = list_position_of(typed)
    label = unescape(fill(text("button.read", number=place or 0)))
    numbered = [offer.code for offer in session.offers if offer.label == label]
    if numbered:
        return Picked(numbered[0])
    if place and place <= len(session.offers):
        picked = Picked(session.offers[place - 1].code)
        return picked if picked.choice in LIST_CHOICES else None
    return None
