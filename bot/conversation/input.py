"""Hearing: what a channel brought, understood from where the person stands.

Three things happen before any step sees an event: a button is checked against those on offer, words
that repeat a button's label count as pressing it, and secrets are taken out of what was typed.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from bot.conversation import states
from bot.conversation.accounts import states as accounts
from bot.conversation.accounts.states import EditingAccount, TakingLeave
from bot.conversation.choices import REMINDER_CHOICES, Choice
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
    Sent,
    Typed,
)
from bot.conversation.fields import MANY_LINES
from bot.conversation.flow import Resting
from bot.conversation.message_sources import written_in
from bot.conversation.questions import CHOICES, Question, is_withdrawn, pending
from bot.conversation.screens.form import asked_question
from bot.conversation.session import Session
from bot.conversation.states import (
    AddingEmployer,
    AddingMessage,
    Asking,
    AskingAside,
    BrowsingProfile,
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
from bot.conversation.texts import fill, text, unescape
from bot.domain.confirmation import find_code
from bot.domain.errands import errand_of
from bot.domain.gist import (
    Gist,
    asks_for_requests,
    command_of,
    gists_of,
    kept_value,
    place_of,
    wants_a_human,
)
from bot.domain.passwords import announces_secret
from bot.domain.secrets import find_nirs, redact_nirs
from bot.domain.text import clean, fold_apostrophes, without_accents

TEXT_STATES = (
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


def interpret(session: Session, event: Event, turn: int | None, context: Context) -> Event:
    """The event as the conversation takes it; `turn` is that of the button pressed, if any."""
    if is_withdrawn(session.state.draft, context):
        return _withheld(event.text) or event if isinstance(event, Typed) else event
    match event:
        case Picked():
            return _picked(session, event, turn)
        case Typed():
            return _typed(session, event, context)
        case Sent() | Attached():
            return _captioned(event)
        case MessageEdited():
            return _withheld(event.text) or _edited(session, event)
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
    errand = errand_of(event.text, administers=bool(context.administered))
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
            return isinstance(state, TEXT_STATES)


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


def _edited(session: Session, event: MessageEdited) -> Event:
    """The question whose results are shown is asked again when its message is edited."""
    state = session.state
    is_question = event.source != "" and event.source == session.asked
    is_shown = isinstance(state, states.Browsing | states.Reading)
    if is_question and is_shown and not written_in(state.draft, event.source):
        return Typed(event.text)
    return event


def _captioned(event: Sent | Attached) -> Event:
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


LIST_STATES = (
    states.Browsing,
    states.Reading,
    states.BrowsingThemes,
    states.BrowsingTickets,
    states.ReadingFirst,
    states.ChoosingSuggestion,
)
"""Where « le 2 » is a place in the list shown."""

LIST_CHOICES = (Choice.READ, Choice.THEME, Choice.TICKET, Choice.SUGGESTED)

STATES_AT_REST = (
    states.Idle,
    states.Browsing,
    states.Reading,
    states.BrowsingThemes,
    states.Asking,
    states.BrowsingTickets,
    BrowsingProfile,
)
"""Where asking for a person opens the way to one: in context, where results or a page are shown."""

PEPS_REPLIES = (
    (Gist.AGREED, Choice.DONE),
    (Gist.DONE, Choice.DONE),
    (Gist.NO, Choice.NOT_DONE),
)
"""« Est-ce fait ? » « oui »: what was to be done in PEP's is done, or not yet."""

SHORT_REPLIES: Mapping[type[State], tuple[tuple[Gist, Choice], ...]] = {
    states.Browsing: (
        (Gist.MORE, Choice.MORE),
        (Gist.MISSING, Choice.NOT_FOUND),
        (Gist.NO, Choice.NOT_FOUND),
    ),
    states.Reading: (
        (Gist.YES, Choice.USEFUL),
        (Gist.SOLVED, Choice.USEFUL),
        (Gist.NO, Choice.USELESS),
        (Gist.MISSING, Choice.USELESS),
        (Gist.NO, Choice.NOT_FOUND),
        (Gist.MISSING, Choice.NOT_FOUND),
    ),
    states.ChoosingSuggestion: (
        (Gist.NO, Choice.CHOOSE_ALL),
        (Gist.MISSING, Choice.CHOOSE_ALL),
        (Gist.OTHER_MOTIF, Choice.CHOOSE_ALL),
    ),
    states.ConfirmingSousMotif: (
        (Gist.AGREED, Choice.CONTINUE),
        (Gist.ONWARD, Choice.CONTINUE),
        (Gist.NO, Choice.CHANGE_SOUS_MOTIF),
        (Gist.MISSING, Choice.CHANGE_SOUS_MOTIF),
        (Gist.OTHER_MOTIF, Choice.CHANGE_SOUS_MOTIF),
    ),
    states.ReadingFirst: (
        (Gist.SOLVED, Choice.SOLVED),
        (Gist.AGREED, Choice.CONTINUE),
        (Gist.ONWARD, Choice.CONTINUE),
        (Gist.NO, Choice.CONTINUE),
        (Gist.MISSING, Choice.CONTINUE),
        (Gist.OTHER_MOTIF, Choice.CHANGE_SOUS_MOTIF),
    ),
    states.Filling: ((Gist.NO, Choice.CHANGE), (Gist.OTHER_MOTIF, Choice.CHANGE_SOUS_MOTIF)),
    states.Describing: ((Gist.OTHER_MOTIF, Choice.CHANGE_SOUS_MOTIF),),
    states.Reviewing: (
        (Gist.SEND, Choice.SEND),
        (Gist.NO, Choice.CHANGE),
        (Gist.OTHER_MOTIF, Choice.CHANGE_SOUS_MOTIF),
    ),
    states.Leaving: (
        (Gist.AGREED, Choice.ABANDON),
        (Gist.NO, Choice.RESUME),
        (Gist.ONWARD, Choice.RESUME),
    ),
    states.Resuming: ((Gist.AGREED, Choice.RESUME), (Gist.ONWARD, Choice.RESUME)),
    accounts.ReviewingAccounts: (
        *PEPS_REPLIES,
        (Gist.AGREED, Choice.RENEW),
        (Gist.NO, Choice.DELETE_ACCOUNT),
    ),
    accounts.RenewingAll: PEPS_REPLIES,
    accounts.DeletingAccount: PEPS_REPLIES,
    accounts.Departing: PEPS_REPLIES,
    states.DecidingSimilar: ((Gist.AGREED, Choice.ADD_TO_SIMILAR), (Gist.NO, Choice.SEND_ANYWAY)),
    states.Rating: ((Gist.NO, Choice.SKIP),),
    states.Withdrawing: ((Gist.AGREED, Choice.WITHDRAW_SURELY), (Gist.NO, Choice.BACK)),
}
"""The first pair whose gist was said and whose button is on offer."""

ALWAYS_MEANT = (Choice.CHANGE_SOUS_MOTIF,)
"""Meant from anywhere in a request, though its button is not on every screen."""


def button_meant(session: Session, typed: str) -> Event | None:
    """The button or the command that a short message stands for, where there is one."""
    if isinstance(session.state, STATES_AT_REST) and (wanted := _wanted(session, typed)):
        return wanted
    gists = gists_of(typed)
    if Gist.SEND in gists and isinstance(session.state, states.Idle) and session.state.reference:
        return PressedStale(str(Choice.SEND))
    for gist, choice in SHORT_REPLIES.get(type(session.state), ()):
        if gist in gists and (picked := _on_offer(session, choice)):
            return picked
    if Gist.LOST in gists and isinstance(session.state, STATES_AT_REST):
        return Commanded("themes")
    if Gist.ONWARD in gists and isinstance(session.state, STATES_AT_REST):
        return _on_offer(session, Choice.RESUME)
    return _placed(session, typed) if isinstance(session.state, LIST_STATES) else None


def _wanted(session: Session, typed: str) -> Event | None:
    """A person, or one's own requests, asked for where nothing else is awaited."""
    if wants_a_human(typed):
        here = _on_offer(session, Choice.CONTACT) or _on_offer(session, Choice.NOT_FOUND)
        return here or Commanded("contact")
    return Commanded("demandes") if asks_for_requests(typed) else None


def keep_meant(session: Session, typed: str) -> Picked | None:
    """« Garder », alone or with the very answer that its button names; also where any text would
    be an answer."""
    named = kept_value(typed)
    for offer in session.offers:
        if Picked(offer.code).choice == Choice.KEEP:
            is_meant = named is None and Gist.KEEP in gists_of(typed)
            if is_meant or (named and _same(named, kept_value(offer.label) or "")):
                return Picked(offer.code)
    return None


def _same(one: str, other: str) -> bool:
    """Spaces and signs apart: « 1234,56 » is « 1 234,56 € »."""
    return [*filter(str.isalnum, one)] == [*filter(str.isalnum, other)]


def _on_offer(session: Session, choice: Choice) -> Picked | None:
    for offer in session.offers:
        if Picked(offer.code).choice == choice:
            return Picked(offer.code)
    return Picked(choice) if choice in ALWAYS_MEANT else None


def _placed(session: Session, typed: str) -> Picked | None:
    """« le 2 » is the article of that number, else the second button of a list."""
    place = place_of(typed)
    label = unescape(fill(text("button.read", number=place or 0)))
    numbered = [offer.code for offer in session.offers if offer.label == label]
    if numbered:
        return Picked(numbered[0])
    if place and place <= len(session.offers):
        picked = Picked(session.offers[place - 1].code)
        return picked if picked.choice in LIST_CHOICES else None
    return None
