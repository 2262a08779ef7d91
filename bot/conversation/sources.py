"""Sources: which message of the person's each part of a draft was written in.

Somebody who corrects an earlier message on their channel means what it has become. So after each
turn the draft is compared with the one before: what is new in it was written in the message that
was just heard. No step has to know of it.
"""

from dataclasses import replace

from bot.conversation.choices import Choice
from bot.conversation.events import Event, MessageEdited, Picked, Typed
from bot.conversation.questions import Draft
from bot.conversation.session import Session
from bot.conversation.states import Describing, Filling, State
from bot.domain.ticket import Answer, AnswerSource

QUESTION = "question"
"""The key of what was asked at the beginning; it may be kept as the description."""

DESCRIPTION = "description"

Part = tuple[str, int | None]


def note_sources(before: Session, state: State, event: Event, message: str) -> Session:
    """The session once `state` is where a turn has led; `message` names what the person typed,
    empty for a press."""
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
    """A typed answer, or the label of one; « garder ce texte » only points at other words."""
    return isinstance(event, Typed) or (isinstance(event, Picked) and event.choice != Choice.KEEP)


def _question(state: State) -> str:
    return str(getattr(state, "question", "")) or (state.draft.question if state.draft else "")


def _changed(old: Draft | None, new: Draft) -> set[Part]:
    before = _parts(old) if old is not None else {}
    return {part for part, answer in _parts(new).items() if before.get(part) != answer}


def _sources(
    draft: Draft, changed: set[Part], written: str, asked: str
) -> tuple[AnswerSource, ...]:
    """What stands as it stood keeps its source; what is new was written just now, or by a tap."""
    standing = _parts(draft).keys() - changed
    kept = [one for one in draft.sources if (one.key, one.agent) in standing]
    fresh = [
        AnswerSource(message, *part)
        for part in sorted(changed, key=str)
        if (message := asked if part[0] == QUESTION else written)
    ]
    return (*kept, *fresh)


def _parts(draft: Draft) -> dict[Part, Answer]:
    parts: dict[Part, Answer] = {(one.key, None): one for one in draft.answers}
    for place, agent in enumerate(draft.agents):
        parts |= {(one.key, place): one for one in agent.answers}
    if draft.question:
        parts[QUESTION, None] = Answer(QUESTION, draft.question)
    return parts


def _without_companions(changed: set[Part], state: State) -> set[Part]:
    """An answer may bring others along, which nobody wrote: the employer's name, by its SIRET."""
    match state:
        case Filling(key=key, agent=agent):
            asked: Part = (key, agent)
        case Describing():
            asked = (DESCRIPTION, None)
        case _:
            return changed
    return {asked} if asked in changed else changed


def sources_of_request(draft: Draft) -> tuple[AnswerSource, ...]:
    """The sources as they are filed; the first question counts where it is the description."""
    description = draft.answer(DESCRIPTION)
    is_kept = description is not None and description.value == draft.question
    told = {one.key for one in draft.sources}
    return tuple(
        replace(one, key=DESCRIPTION) if one.key == QUESTION else one
        for one in draft.sources
        if one.key != QUESTION or (is_kept and DESCRIPTION not in told)
    )


def written_in(draft: Draft | None, message: str) -> tuple[AnswerSource, ...]:
    """What of a draft was written in a message."""
    sources = draft.sources if draft is not None and message else ()
    return tuple(one for one in sources if message in one.message.split(","))
