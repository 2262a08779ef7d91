"""Session: one person's conversation between two turns, and what each turn leaves in it.

A channel names every message, so that an edited message can be traced to what was written in it:
after each turn the draft is compared with the one before, and what is new was written in the
message of this turn. No step has to know about it.

A NIR typed in two or three messages within a minute is seen as one: each text leaves its end in the
session, sealed like the rest of it, with the messages it stood in, and the next text is read behind
it. Storage forgets the end when a minute has passed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from bot.conversation.context import Context
from bot.conversation.events import Attached, Event, Leaked, MessageEdited, Notified, Picked, Typed
from bot.conversation.fields import MANY_LINES
from bot.conversation.questions import FROM_PROFILE, Draft, pending
from bot.conversation.screens.form import asked_question
from bot.conversation.screens.layout import Choice
from bot.conversation.states import (
    Addressing,
    Browsing,
    DecidingSimilar,
    DraftState,
    Filling,
    Idle,
    Reading,
    Resuming,
    Reviewing,
    State,
)
from bot.domain.redaction import Secret, redact
from bot.domain.sensitive_data import find_nirs
from bot.domain.ticket import Answer, AnswerSource

QUESTION_KEY = "question"
"""The key of the first question; it may be kept as the description."""

DESCRIPTION_KEY = "description"

PARTS_WITHIN: Final = timedelta(minutes=1)
PRESSED_WITHIN: Final = timedelta(seconds=5)
"""Whoever presses a button again so soon has tapped twice, or saw no answer yet."""
_END: Final = 60  # characters: a NIR letter by letter, with signs in between
_ONLY_NUMBERS: Final = re.compile(r"[^A-Za-z]*(?:[12]?[AaBb][^A-Za-z]*)?")

DraftPart = tuple[str, int | None]
"""The key of an answer, and the place of its agent."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A button of the last screen: its code, and its label as it was shown."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class NumberPart:
    """The end of the last text, where digits stand in it, and the messages that it stood in."""

    text: str
    message: str

    def __repr__(self) -> str:
        return "NumberPart(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One person's conversation as it is stored between two turns.

    `turn` counts the turns that offered buttons: a button is valid in its own turn only. `standing`
    are the buttons of the last reminder, valid in any turn. `asked` is the message on the channel
    in which the last question was written. `number_part` may be the first half of a NIR.
    `pressed` is the button pressed last, in its turn, where nothing was typed since.
    """

    state: State = Idle()
    turn: int = 0
    offers: tuple[Offer, ...] = ()
    standing: tuple[Offer, ...] = ()
    asked: str = ""
    number_part: NumberPart | None = None
    pressed: str = ""


def drafts(session: Session) -> tuple[Draft, ...]:
    """The drafts in the session's state: the open one, then the one that waits behind it."""
    state = session.state
    behind = state.next if isinstance(state, Resuming) else None
    return tuple(draft for draft in (state.draft, behind) if draft is not None)


def holds_nir(session: Session) -> bool:
    return any(draft.holds_nir for draft in drafts(session))


def session_without_draft(session: Session) -> Session:
    """The session after its draft has expired: `Idle` where the state exists with a draft only.

    The turn number stays and the offers go, so that buttons about the draft are stale.
    """
    if not drafts(session):
        return session
    state = session.state
    rest = Idle() if isinstance(state, DraftState) else replace(state, draft=None)
    return replace(session, state=rest, offers=())


def session_without_nirs(session: Session) -> Session:
    """The session after its NIRs have expired; the person stays in the same state.

    If the key of a NIR was being asked, the NIR is asked again.
    """
    session = replace(session, number_part=None)
    state = session.state
    if state.draft is None:
        return session
    state = replace(state, draft=state.draft.without_nirs())
    if isinstance(state, Resuming) and state.next is not None:
        state = replace(state, next=state.next.without_nirs())
    if isinstance(state, Filling) and state.key == "nir_key":
        state = replace(state, key="nir")
    return replace(session, state=state)


def note_sources(before: Session, state: State, event: Event, message: str) -> Session:
    """The session after a turn that led to `state`, with the sources of its draft.

    `message` is the message of this turn on the channel, empty for a press. Parts that did not
    change keep their source.
    """
    # « Garder ce texte » points at earlier words.
    is_kept = isinstance(event, Picked) and event.choice == Choice.KEEP
    written = message if isinstance(event, Typed | Picked | Attached) and not is_kept else ""
    is_new = _question(state) not in ("", _question(before.state))
    asked = written if written and is_new else before.asked
    after = replace(before, state=state, asked=asked)
    draft, old = state.draft, before.state.draft
    if draft is None or isinstance(event, MessageEdited):
        return after
    known = _parts(old) if old is not None and old.identity == draft.identity else {}
    parts = _parts(draft)
    changed = {part for part, answer in parts.items() if known.get(part) != answer}
    is_list = isinstance(event, Typed) and "\n" in event.text.strip()
    if ("siret", None) in changed and not is_list:
        changed.discard(("employer_name", None))  # the profile gave the name
    kept = [one for one in draft.sources if (one.key, one.agent) in parts.keys() - changed]
    fresh = [
        AnswerSource(source, *part)
        for part in sorted(changed, key=str)
        if parts[part].note != FROM_PROFILE
        and (source := asked if part[0] == QUESTION_KEY else written)
    ]
    return replace(after, state=replace(state, draft=replace(draft, sources=(*kept, *fresh))))


def _question(state: State) -> str:
    return str(getattr(state, "question", "")) or (state.draft.question if state.draft else "")


def _parts(draft: Draft) -> dict[DraftPart, Answer]:
    parts: dict[DraftPart, Answer] = {(one.key, None): one for one in draft.answers}
    for place, agent in enumerate(draft.agents):
        parts |= {(one.key, place): one for one in agent.answers}
    if draft.question:
        parts[QUESTION_KEY, None] = Answer(QUESTION_KEY, draft.question)
    return parts


def is_question_kept(draft: Draft) -> bool:
    """Tell whether the first question has become the description."""
    description = draft.answer(DESCRIPTION_KEY)
    return description is not None and description.value == draft.question


def sources_of_request(draft: Draft) -> tuple[AnswerSource, ...]:
    """The sources to file; the first question counts only where it became the description."""
    told = {one.key for one in draft.sources}
    is_told = is_question_kept(draft) and DESCRIPTION_KEY not in told
    return tuple(
        replace(one, key=DESCRIPTION_KEY) if one.key == QUESTION_KEY else one
        for one in draft.sources
        if one.key != QUESTION_KEY or is_told
    )


def written_in(draft: Draft | None, message: str) -> tuple[AnswerSource, ...]:
    """The parts of a draft that were written in a message."""
    sources = draft.sources if draft is not None and message else ()
    return tuple(one for one in sources if message in one.message.split(","))


def press_of(event: Event, turn: int | None) -> str:
    """A press as `Session.pressed` keeps it; empty for anything else."""
    return f"{turn}~{event.code}" if isinstance(event, Picked) else ""


def complete_number(
    session: Session, event: Event, context: Context
) -> tuple[Session, Event, str] | None:
    """The session without the first part, the second one without its number, and the messages of
    the first; None where both together hold no NIR, or one of them a whole one.

    Where a NIR is asked for, the event is both parts: the answer.
    """
    part = session.number_part
    if part is None or not isinstance(event, Typed) or find_nirs(event.text):
        return None
    joined, seam = f"{part.text} {event.text}", len(part.text)
    ends = [span.end for span in find_nirs(joined) if span.start < seam < span.end]
    if not ends:
        return None
    if expects_nir(session.state, joined, context):
        return replace(session, number_part=None), Typed(joined), part.message
    rest = redact(joined[ends[-1] :])
    return _without(session, part), Leaked(Secret.NIR, rest), part.message


def _without(session: Session, part: NumberPart) -> Session:
    """The session without what its last texts left in it: half a NIR is no answer, no question."""
    state, draft = session.state, session.state.draft
    if isinstance(state, Addressing | Browsing | Reading):
        return replace(session, state=Idle(draft=draft), number_part=None)
    if draft is not None:
        for message in part.message.split(","):
            for source in written_in(draft, message):
                draft = draft.without_answer(source.key, source.agent)
        state = replace(state, draft=draft)
    return replace(session, state=state, number_part=None)


def number_part(session: Session, event: Event, message: str) -> NumberPart | None:
    """What this turn leaves for the next: the end of a text that holds digits and no whole NIR."""
    if isinstance(event, Notified):
        return session.number_part
    if not isinstance(event, Typed) or find_nirs(event.text):
        return None
    before = session.number_part
    if before is not None and _ONLY_NUMBERS.fullmatch(event.text):
        text = f"{before.text} {event.text}"[-_END:]
        return NumberPart(text, f"{before.message},{message}")
    end = event.text[-_END:]
    return NumberPart(end, message) if any(map(str.isdigit, end)) else None


def expects_nir(state: State, typed: str, context: Context) -> bool:
    """Tell whether a NIR may stand in the text: in its field, or in lines for several fields."""
    rules = context.rules
    if not isinstance(state, Filling) or not rules.nir_in_chat or rules.nir_page_only:
        return False
    question = asked_question(state, context)
    if question.field.kind in ("nir", "nir_key", "nir_absence"):
        return True
    is_list = "\n" in typed.strip() and question.field.kind not in MANY_LINES
    return is_list and any(one.field.kind == "nir" for one in pending(state.draft, context))


class Counted(StrEnum):
    """Kinds of events counted, about an article, a sous-motif, or a sous-motif and a question."""

    ASKED = "asked"
    READ = "read"
    SOLVED = "solved"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Count:
    """One event to count; neither the person nor their words are counted."""

    what: Counted
    subject: str = ""


def turn_counts(before: Session, event: Event, after: State) -> Iterator[Count]:
    """Compare the states before and after a turn, and yield what happened."""
    state = before.state
    choice = event.choice if isinstance(event, Picked) else ""
    if isinstance(after, Browsing) and after.question != getattr(state, "question", ""):
        yield Count(Counted.ASKED)
    if isinstance(after, Reading) and getattr(state, "slug", "") != after.slug:
        yield Count(Counted.READ, after.slug)
    if choice == Choice.USEFUL and isinstance(state, Reading):
        yield Count(Counted.SOLVED, state.slug)
    if choice == Choice.SOLVED:
        if state.draft is not None:
            yield Count(Counted.SOLVED, state.draft.path)
        return
    was_sent = isinstance(state, Reviewing | DecidingSimilar)
    if was_sent and isinstance(after, Idle) and after.reference:
        return
    kept = {draft.identity for draft in drafts(Session(state=after))}
    for draft in drafts(before):
        if draft.identity not in kept and draft.path:
            yield abandoned_count(draft, state)


def abandoned_count(draft: Draft, state: State) -> Count:
    """Count a form as abandoned, with the question or the screen where it was left."""
    where = state.key if isinstance(state, Filling) else state.kind
    return Count(Counted.ABANDONED, f"{draft.path}#{where}")
