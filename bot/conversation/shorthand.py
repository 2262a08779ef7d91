"""Shorthand: the buttons that short messages mean, by where the person stands.

« oui » below an article is its vote, « pas trouvé » below results the way to the desk. What sends a
request wants its own word.
"""

from collections.abc import Mapping

from bot.conversation import states
from bot.conversation.accounts import states as accounts
from bot.conversation.choices import Choice
from bot.conversation.events import Commanded, Event, Picked, PressedStale
from bot.conversation.session import Session
from bot.conversation.states import BrowsingProfile, State
from bot.conversation.texts import fill, text, unescape
from bot.domain.short_replies import (
    ShortReply,
    asks_for_requests,
    kept_value,
    list_position_of,
    short_replies_of,
    wants_a_human,
)

LISTING = (
    states.Browsing,
    states.Reading,
    states.BrowsingThemes,
    states.BrowsingTickets,
    states.ReadingFirst,
    states.ChoosingSuggestion,
)
"""Where « le 2 » is a place in the list shown."""

LISTED = (Choice.READ, Choice.THEME, Choice.TICKET, Choice.SUGGESTED)

AT_REST = (
    states.Idle,
    states.Browsing,
    states.Reading,
    states.BrowsingThemes,
    states.Asking,
    states.BrowsingTickets,
    BrowsingProfile,
)
"""Where asking for a person opens the way to one: in context, where results or a page are shown."""

CONFIRMED_IN_PEPS = (
    (ShortReply.AGREED, Choice.DONE),
    (ShortReply.DONE, Choice.DONE),
    (ShortReply.NO, Choice.NOT_DONE),
)
"""« Est-ce fait ? » « oui »: what was to be done in PEP's is done, or not yet."""

MEANT: Mapping[type[State], tuple[tuple[ShortReply, Choice], ...]] = {
    states.Browsing: (
        (ShortReply.MORE, Choice.MORE),
        (ShortReply.MISSING, Choice.NOT_FOUND),
        (ShortReply.NO, Choice.NOT_FOUND),
    ),
    states.Reading: (
        (ShortReply.YES, Choice.USEFUL),
        (ShortReply.SOLVED, Choice.USEFUL),
        (ShortReply.NO, Choice.USELESS),
        (ShortReply.MISSING, Choice.USELESS),
        (ShortReply.NO, Choice.NOT_FOUND),
        (ShortReply.MISSING, Choice.NOT_FOUND),
    ),
    states.ChoosingSuggestion: (
        (ShortReply.NO, Choice.CHOOSE_ALL),
        (ShortReply.MISSING, Choice.CHOOSE_ALL),
        (ShortReply.OTHER_MOTIF, Choice.CHOOSE_ALL),
    ),
    states.ConfirmingSousMotif: (
        (ShortReply.AGREED, Choice.CONTINUE),
        (ShortReply.ONWARD, Choice.CONTINUE),
        (ShortReply.NO, Choice.CHANGE_SOUS_MOTIF),
        (ShortReply.MISSING, Choice.CHANGE_SOUS_MOTIF),
        (ShortReply.OTHER_MOTIF, Choice.CHANGE_SOUS_MOTIF),
    ),
    states.ReadingFirst: (
        (ShortReply.SOLVED, Choice.SOLVED),
        (ShortReply.AGREED, Choice.CONTINUE),
        (ShortReply.ONWARD, Choice.CONTINUE),
        (ShortReply.NO, Choice.CONTINUE),
        (ShortReply.MISSING, Choice.CONTINUE),
        (ShortReply.OTHER_MOTIF, Choice.CHANGE_SOUS_MOTIF),
    ),
    states.Filling: (
        (ShortReply.NO, Choice.CHANGE),
        (ShortReply.OTHER_MOTIF, Choice.CHANGE_SOUS_MOTIF),
    ),
    states.Describing: ((ShortReply.OTHER_MOTIF, Choice.CHANGE_SOUS_MOTIF),),
    states.Reviewing: (
        (ShortReply.SEND, Choice.SEND),
        (ShortReply.NO, Choice.CHANGE),
        (ShortReply.OTHER_MOTIF, Choice.CHANGE_SOUS_MOTIF),
    ),
    states.Leaving: (
        (ShortReply.AGREED, Choice.ABANDON),
        (ShortReply.NO, Choice.RESUME),
        (ShortReply.ONWARD, Choice.RESUME),
    ),
    states.Resuming: ((ShortReply.AGREED, Choice.RESUME), (ShortReply.ONWARD, Choice.RESUME)),
    accounts.ReviewingAccounts: (
        *CONFIRMED_IN_PEPS,
        (ShortReply.AGREED, Choice.RENEW),
        (ShortReply.NO, Choice.DELETE_ACCOUNT),
    ),
    accounts.RenewingAll: CONFIRMED_IN_PEPS,
    accounts.DeletingAccount: CONFIRMED_IN_PEPS,
    accounts.Departing: CONFIRMED_IN_PEPS,
    states.DecidingSimilar: (
        (ShortReply.AGREED, Choice.ADD_TO_SIMILAR),
        (ShortReply.NO, Choice.SEND_ANYWAY),
    ),
    states.Rating: ((ShortReply.NO, Choice.SKIP),),
    states.Withdrawing: ((ShortReply.AGREED, Choice.WITHDRAW_SURELY), (ShortReply.NO, Choice.BACK)),
}
"""The first pair whose gist was said and whose button is on offer."""

UNSHOWN = (Choice.CHANGE_SOUS_MOTIF,)
"""Meant from anywhere in a request, though its button is not on every screen."""


def meant_by(session: Session, typed: str) -> Event | None:
    """The button or the command that a short message stands for, where there is one."""
    if isinstance(session.state, AT_REST) and (wanted := _wanted(session, typed)):
        return wanted
    gists = short_replies_of(typed)
    if (
        ShortReply.SEND in gists
        and isinstance(session.state, states.Idle)
        and session.state.reference
    ):
        return PressedStale(str(Choice.SEND))
    for gist, choice in MEANT.get(type(session.state), ()):
        if gist in gists and (picked := _on_offer(session, choice)):
            return picked
    if ShortReply.LOST in gists and isinstance(session.state, AT_REST):
        return Commanded("themes")
    if ShortReply.ONWARD in gists and isinstance(session.state, AT_REST):
        return _on_offer(session, Choice.RESUME)
    return _placed(session, typed) if isinstance(session.state, LISTING) else None


def _wanted(session: Session, typed: str) -> Event | None:
    """A person, or one's own requests, asked for where nothing else is awaited."""
    if wants_a_human(typed):
        here = _on_offer(session, Choice.CONTACT) or _on_offer(session, Choice.NOT_FOUND)
        return here or Commanded("contact")
    return Commanded("demandes") if asks_for_requests(typed) else None


def kept_by(session: Session, typed: str) -> Picked | None:
    """« Garder », alone or with the very answer that its button names; also where any text would
    be an answer."""
    named = kept_value(typed)
    for offer in session.offers:
        if Picked(offer.code).choice == Choice.KEEP:
            is_meant = named is None and ShortReply.KEEP in short_replies_of(typed)
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
    return Picked(choice) if choice in UNSHOWN else None


def _placed(session: Session, typed: str) -> Picked | None:
    """« le 2 » is the article of that number, else the second button of a list."""
    place = list_position_of(typed)
    label = unescape(fill(text("button.read", number=place or 0)))
    numbered = [offer.code for offer in session.offers if offer.label == label]
    if numbered:
        return Picked(numbered[0])
    if place and place <= len(session.offers):
        picked = Picked(session.offers[place - 1].code)
        return picked if picked.choice in LISTED else None
    return None
