"""Caution: what somebody at the desk should know before words or a file leave for a requester."""

from bot.conversation.events import REDACTED
from bot.domain.people import Assurance
from bot.domain.sensitive_data import find_nirs, redact_nirs
from bot.domain.text import without_accents
from bot.domain.ticket import Author, Ticket
from bot.services.advisor_actions import ActionWarning, AdvisorAction

NAMING = ("nom", "prenom", "ddn")
"""The answers by which an agent can be known besides the NIR."""


def doubt_about_answer(
    deed: AdvisorAction, ticket: Ticket, words: str, seen: int | None
) -> ActionWarning | None:
    """Of the words of an answer; `seen` is how many messages its writer had read."""
    if deed.is_outside:
        return None
    if ticket.taken_by not in ("", deed.who):
        return ActionWarning.TAKEN_BY_ANOTHER
    later = ticket.messages[seen:] if seen is not None else ()
    if any(one.author is Author.ADVISOR and one.by != deed.who for one in later):
        return ActionWarning.WRITTEN_MEANWHILE
    return ActionWarning.ONLY_DECLARED if gives_away(ticket, words) else None


def doubt_about_piece(deed: AdvisorAction, ticket: Ticket) -> ActionWarning | None:
    """Of a file: what is in it nobody reads here, and it may name anybody."""
    is_declared = ticket.request.assurance is Assurance.DECLARED
    return ActionWarning.ONLY_DECLARED if is_declared and not deed.is_outside else None


def gives_away(ticket: Ticket, words: str) -> bool:
    """Personal data to somebody of whom nothing is known but what they say."""
    is_declared = ticket.request.assurance is Assurance.DECLARED
    return is_declared and names_somebody(words, ticket)


def without_nirs(words: str) -> str:
    """A text as it may be kept and sent on: whoever wrote it, a NIR in it goes no further."""
    return redact_nirs(words, REDACTED)


def names_somebody(words: str, ticket: Ticket) -> bool:
    """Whether a text holds a NIR, or what one of the ticket's agents is known by."""
    if find_nirs(words):
        return True
    plain = _plain(words)
    known = [
        _plain(answer.value)
        for agent in ticket.request.agents
        for key in NAMING
        if (answer := agent.answer(key)) and answer.value
    ]
    return any(f" {one} " in f" {plain} " for one in known)


def _plain(words: str) -> str:
    folded = without_accents(words).casefold()
    kept = "".join(letter if letter.isalnum() or letter == "/" else " " for letter in folded)
    return " ".join(kept.split())
