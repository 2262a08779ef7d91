"""Counting: what a turn means for the figures, told from where it began and where it ended.

Nothing here says who it was, nor what they typed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.conversation.choices import Choice
from bot.conversation.events import Event, Picked
from bot.conversation.questions import Draft
from bot.conversation.session import Session, drafts
from bot.conversation.states import (
    Browsing,
    DecidingSimilar,
    Filling,
    Idle,
    Reading,
    Reviewing,
    State,
)


class Counted(StrEnum):
    """What is counted; the subject is an article, a sous-motif, or a sous-motif and a question."""

    ASKED = "asked"
    READ = "read"
    SOLVED = "solved"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Count:
    """One thing counted."""

    what: Counted
    subject: str = ""


def counts(before: Session, event: Event, after: State) -> Iterator[Count]:
    """What happened in a turn."""
    state = before.state
    if isinstance(after, Browsing) and _question(state) != after.question:
        yield Count(Counted.ASKED)
    if isinstance(after, Reading) and getattr(state, "slug", "") != after.slug:
        yield Count(Counted.READ, after.slug)
    if isinstance(event, Picked) and event.choice == Choice.USEFUL and isinstance(state, Reading):
        yield Count(Counted.SOLVED, state.slug)
    if isinstance(event, Picked) and event.choice == Choice.SOLVED and state.draft is not None:
        yield Count(Counted.SOLVED, state.draft.path)
    yield from _left(before, event, after)


def _question(state: State) -> str:
    return state.question if isinstance(state, Browsing | Reading) else ""


def _left(before: Session, event: Event, after: State) -> Iterator[Count]:
    """Forms that were begun and are no more, neither sent nor answered otherwise."""
    kept = {draft.identity for draft in drafts(Session(state=after))}
    sent = isinstance(before.state, Reviewing | DecidingSimilar)
    solved = isinstance(event, Picked) and event.choice == Choice.SOLVED
    if solved or (sent and isinstance(after, Idle) and after.reference):
        return
    for draft in drafts(before):
        if draft.identity not in kept and draft.path:
            yield abandoned(draft, before.state)


def abandoned(draft: Draft, state: State) -> Count:
    """Where a form was left: the question that was asked, or else the screen."""
    where = state.key if isinstance(state, Filling) else state.kind
    return Count(Counted.ABANDONED, f"{draft.path}#{where}")
