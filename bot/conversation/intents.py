"""Intents: the button or command that words mean where the person stands.

What a person may want in any state (`wish_meant`), a button that is named (`keep_meant`), and what
a short reply presses (`button_meant`). A rule that holds in several states stands here, once.
"""

import re
from collections.abc import Mapping

from bot.conversation import states
from bot.conversation.accounts import states as accounts
from bot.conversation.context import Context
from bot.conversation.events import Commanded, Event, Picked, PressedStale, Typed
from bot.conversation.flow import Resting
from bot.conversation.screens.layout import Choice
from bot.conversation.session import Session
from bot.conversation.texts import fill, text, unescape
from bot.domain.errors import InvalidAnswerError
from bot.domain.people import read_employer_name
from bot.domain.short_replies import (
    ShortReply,
    kept_value,
    list_position_of,
    short_replies_of,
)
from bot.domain.text import clean, comparable_words
from bot.domain.ticket import find_references, words_beside_references
from knowledge import Wish

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
"""The states in which « je ne sais pas » and « je continue » are no answer to anything."""

PEPS_REPLIES = {
    Choice.DONE: {ShortReply.AGREED, ShortReply.DONE},
    Choice.NOT_DONE: {ShortReply.NO, ShortReply.NOT_YET},
}
"""Answers to « Est-ce fait ? »: whether something was done in PEP's."""

SHORT_REPLIES: Mapping[type[states.State], Mapping[Choice, set[ShortReply]]] = {
    states.Browsing: {
        Choice.MORE: {ShortReply.MORE},
        Choice.NOT_FOUND: {ShortReply.MISSING, ShortReply.NO},
    },
    states.Reading: {
        Choice.READ_ON: {ShortReply.MORE, ShortReply.ONWARD},
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
        Choice.RENEW: {ShortReply.AGREED, ShortReply.STILL_THERE},
        Choice.STAYS: {ShortReply.AGREED, ShortReply.STILL_THERE},
        Choice.DELETE_ACCOUNT: {ShortReply.NO, ShortReply.GONE},
        Choice.LATER: {ShortReply.NOT_YET},
    },
    accounts.RenewingAll: {**PEPS_REPLIES, Choice.BACK: {ShortReply.NO, ShortReply.NOT_YET}},
    accounts.DeletingAccount: PEPS_REPLIES,
    accounts.Departing: {
        **PEPS_REPLIES,
        Choice.LATER: {ShortReply.NO, ShortReply.NOT_YET},
        Choice.BACK: {ShortReply.NO, ShortReply.NOT_YET, ShortReply.LOST},
    },
    states.Addressing: {
        Choice.FOR_TICKET: {ShortReply.AGREED},
        Choice.OTHER_QUESTION: {ShortReply.NO, ShortReply.MISSING},
    },
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
    if ShortReply.SEND in replies and isinstance(state, states.Idle) and state.reference:
        return PressedStale(str(Choice.SEND))
    readings = [one for one in session.offers if Picked(one.code).choice == Choice.READING]
    if len(readings) == 1 and ShortReply.AGREED in replies:  # « Vouliez-vous dire ceci ? »
        return Typed(readings[0].label)
    for choice, meant in SHORT_REPLIES.get(type(state), {}).items():
        if meant & replies and (picked := _on_offer(session, choice)):
            return picked
    if is_at_rest and ShortReply.LOST in replies:
        return Commanded("themes")
    if is_at_rest and ShortReply.ONWARD in replies:
        return _on_offer(session, Choice.RESUME)
    return _placed(session, typed) if isinstance(state, LIST_STATES) else None


MESSAGE_STATES = (states.AddingMessage, states.Rating)
MESSAGES = (Wish.FOLLOW, Wish.ADD)
"""What is for an advisor to read, where a person writes to one: « où en êtes-vous ? »."""

WISHES: Mapping[Wish, str] = {
    Wish.PERSON: "contact",
    Wish.PHONE: "telephone",
    Wish.OUTAGE: "panne",
    Wish.FOLLOW: "demandes",
    Wish.ADD: "completer",
    Wish.WITHDRAW: "retirer",
    Wish.LEAVE: "annuler",
    Wish.BACK: "retour",
}
"""The command that gives what a person wishes."""

WISHES_IN_A_FORM = {Wish.ADD: "joindre", Wish.WITHDRAW: "annuler"}
"""Within a form « ma demande » is the one being written."""

WISHED_BUTTONS = {
    Wish.ADD: Choice.ADD_MESSAGE,
    Wish.WITHDRAW: Choice.WITHDRAW,
    Wish.LEAVE: Choice.STOP_REVIEW,
}
"""The buttons that give it where they are on offer."""


def wish_meant(session: Session, typed: str, context: Context) -> Event | None:
    """What a person may want in any state, said in words: the command or button that gives it."""
    state, reference = session.state, next(iter(find_references(typed)), "")
    words = words_beside_references(typed) if reference else typed
    wish = context.knowledge.wish_of(words, names_request=bool(reference))
    is_told = isinstance(state, STATES_AT_REST) and not isinstance(state, states.Asking)
    if wish is None and is_told:  # who was asked what to tell an advisor tells it
        wish = context.knowledge.wish_told_in(words)
    if wish is None:
        # Among results an outburst has its own answer; one word may be somebody's name.
        is_heard = isinstance(state, (*STATES_AT_REST, *MESSAGE_STATES)) or " " not in clean(typed)
        return Commanded("contact") if not is_heard and context.knowledge.is_angry(typed) else None
    if wish is Wish.OUTAGE and not isinstance(state, Resting):
        return None  # in a form it is what the person wants to tell
    if wish not in WISHES or (wish in MESSAGES and isinstance(state, MESSAGE_STATES)):
        return None
    if (
        not reference
        and wish in WISHED_BUTTONS
        and (here := _on_offer(session, WISHED_BUTTONS[wish]))
    ):
        return here
    commands = WISHES
    if isinstance(state, states.DraftState) and not reference:
        commands = {**WISHES, **WISHES_IN_A_FORM}
    return Commanded(commands[wish], reference)


EMPLOYER_STATES = (states.Filling, states.Describing, states.Reviewing)
"""The states of a request in which another employer can be named."""

_AN_EMPLOYER = (
    r"(?:la |le |l |une? |un autre |une autre )?(?:mairie|commune|ville|ccas|ehpad|hopital"
    r"|syndicat|communaute|centre|sdis|departement|region|cdg|caisse|ecole|college|lycee)\b.{0,50}"
)
_FOR_AN_EMPLOYER = re.compile(
    r"(?:(?:non|plutot|en fait|mais|c est|cette fois|celle ci est|la demande est) )*"
    rf"pour {_AN_EMPLOYER}"
)
_ARTICLE = re.compile(r"\A(?:la |le |l['’])", re.IGNORECASE)
_NAMED_ALONE = re.compile(_AN_EMPLOYER)
_WORDY_KINDS = ("name", "text", "long_text")
"""Where « mairie de Villeneuve » may be part of the answer."""


def employer_meant(session: Session, typed: str, context: Context) -> Picked | None:
    """A known employer by its name, or « une autre commune », « pour la mairie de … »."""
    state = session.state
    if not isinstance(state, EMPLOYER_STATES):
        return None
    if isinstance(state, states.Filling) and state.key == "employer_name":
        return None  # there any name is the answer
    words = " ".join(comparable_words(typed))
    for employer in context.profile.employers:
        name = " ".join(comparable_words(employer.name))
        if name and words.removeprefix("pour ").removeprefix("la ") == name:
            return Picked(f"{Choice.EMPLOYER}.{employer.siret}")
    named = _name_in(typed) if _FOR_AN_EMPLOYER.fullmatch(words) else ""
    if isinstance(state, states.Filling) and _NAMED_ALONE.fullmatch(words):
        kind = context.knowledge.catalogue.fields[state.key].kind
        named = "" if kind in _WORDY_KINDS else _name_in(typed)
    if named:
        return Picked(f"{Choice.OTHER_EMPLOYER}.{named}")
    is_wished = context.knowledge.wish_of(typed) is Wish.EMPLOYER
    return Picked(str(Choice.OTHER_EMPLOYER)) if is_wished else None


def _name_in(typed: str) -> str:
    """The employer's name in « pour la mairie de … »; empty for « pour une autre commune »."""
    words = clean(typed)
    place = f" {words.lower()}".rfind(" pour ")
    name = words if place < 0 else _ARTICLE.sub("", words[place + len("pour ") :])
    try:
        return read_employer_name(name).value
    except InvalidAnswerError:
        return ""


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
