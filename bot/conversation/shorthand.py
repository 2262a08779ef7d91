"""Shorthand: the buttons that short messages mean, by where the person stands.

« oui » below an article is its vote, « pas trouvé » below results the way to the desk. What sends a
request wants its own word.
"""

from collections.abc import Mapping

from bot.conversation import states
from bot.conversation.accounts import states as accounts
from bot.conversation.choice import Choice
from bot.conversation.events import Commanded, Event, Picked, PressedStale
from bot.conversation.profile_states import BrowsingProfile
from bot.conversation.session import Session
from bot.conversation.states import State
from bot.conversation.text import text
from bot.conversation.wording import fill, unescape
from bot.domain.gist import (
    Gist,
    asks_for_requests,
    gists_of,
    kept_value,
    place_of,
    wants_a_human,
)

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
