"""Message sources: which message of the person each part of a draft was written in.

A channel names every message, so that an edited message can be traced to what was written in it.
After each turn the draft is compared with the one before: what is new was written in the message of
this turn. No step has to know about it.
"""

from dataclasses import replace

from bot.conversation.choices import Choice
from bot.conversation.events import Event, MessageEdited, Picked, Typed
from bot.conversation.questions import Draft
from bot.conversation.session import Session
from bot.conversation.states import Describing, Filling, State
from bot.domain.ticket import Answer, AnswerSource

QUESTION_KEY = "question"
"""The key of the first question; it may be kept as the description."""

DESCRIPTION_KEY = "description"

DraftPart = tuple[str, int | None]
"""The key of an answer, and the place of its agent."""


def note_sources(before: Session, state: State, event: Event, message: str) -> Session:
    """The session after a turn that led to `state`, with the sources of its draft.

    `message` is the message of this turn on the channel, empty for a press.
    """
    written = message if _is_own_words(event) else ""
    is_new = _question(state) not in ("", _question(before.state))
    asked = written if written and is_new else before.asked
    after = replace(before, state=state, asked=asked)
    if state.draft is None or isinstance(event, MessageEdited):
        return after
    old = before.state.draft
    same = old is not None and old.identity == state.draft.identity
    changed = _changed(old if same else None, state.draft)
    if not (isinstance(event, Typed) and "\n" in event.text.strip()):
        changed = _without_companions(changed, before.state)
    sources = _sources(state.draft, changed, written, asked)
    if sources == state.draft.sources:
        return after
    return replace(after, state=replace(state, draft=replace(state.draft, sources=sources)))


def _is_own_words(event: Event) -> bool:
    """Tell whether the event is a typed answer; « garder ce texte » points at earlier words."""
    return isinstance(event, Typed) or (isinstance(event, Picked) and event.choice != Choice.KEEP)


def _question(state: State) -> str:
    return str(getattr(state, "question", "")) or (state.draft.question if state.draft else "")


def _changed(old: Draft | None, new: Draft) -> set[DraftPart]:
    before = _parts(old) if old is not None else {}
    return {part for part, answer in _parts(new).items() if before.get(part) != answer}


def _sources(
    draft: Draft, changed: set[DraftPart], written: str, asked: str
) -> tuple[AnswerSource, ...]:
    """Unchanged parts keep their source; changed parts were written in this turn, or by a press."""
    standing = _parts(draft).keys() - changed
    kept = [one for one in draft.sources if (one.key, one.agent) in standing]
    fresh = [
        AnswerSource(message, *part)
        for part in sorted(changed, key=str)
        if (message := asked if part[0] == QUESTION_KEY else written)
    ]
    return (*kept, *fresh)


def _parts(draft: Draft) -> dict[DraftPart, Answer]:
    parts: dict[DraftPart, Answer] = {(one.key, None): one for one in draft.answers}
    for place, agent in enumerate(draft.agents):
        parts |= {(one.key, place): one for one in agent.answers}
    if draft.question:
        parts[QUESTION_KEY, None] = Answer(QUESTION_KEY, draft.question)
    return parts


def _without_companions(changed: set[DraftPart], state: State) -> set[DraftPart]:
    """Only the part that was asked: the name found for a SIRET was not written by the person."""
    match state:
        case Filling(key=key, agent=agent):
            asked: DraftPart = (key, agent)
        case Describing():
            asked = (DESCRIPTION_KEY, None)
        case _:
            return changed
    return {asked} if asked in changed else changed


def sources_of_request(draft: Draft) -> tuple[AnswerSource, ...]:
    """The sources to file; the first question counts only where it became the description."""
    description = draft.answer(DESCRIPTION_KEY)
    is_kept = description is not None and description.value == draft.question
    told = {one.key for one in draft.sources}
    return tuple(
        replace(one, key=DESCRIPTION_KEY) if one.key == QUESTION_KEY else one
        for one in draft.sources
        if one.key != QUESTION_KEY or (is_kept and DESCRIPTION_KEY not in told)
    )


def written_in(draft: Draft | None, message: str) -> tuple[AnswerSource, ...]:
    """The parts of a draft that were written in a message."""
    sources = draft.sources if draft is not None and message else ()
    return tuple(one for one in sources if message in one.message.split(","))
