"""Corrections: an earlier message was changed; what it has become changes with it.

In a draft that is the answer written in it, as if it were given anew. In a ticket the help desk
puts the new words where the old ones stood, and both sides learn of it.
"""

from dataclasses import replace

from bot.conversation.context import Context
from bot.conversation.display import masked_value
from bot.conversation.effects import AddCorrection, Effect
from bot.conversation.events import CorrectionAdded, MessageEdited
from bot.conversation.fields import ParserInput, parse_answer
from bot.conversation.flow import mention, proceed, stay
from bot.conversation.message_sources import DESCRIPTION_KEY, QUESTION_KEY, written_in
from bot.conversation.questions import Draft, Question, pending, plan
from bot.conversation.states import Filling, Reviewing, State
from bot.conversation.steps.form import SHORTEST_DESCRIPTION, keep_answer, remember_answer
from bot.conversation.texts import Text, text
from bot.conversation.turn import Turn
from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.text import parse_free_text
from bot.domain.ticket import Answer, AnswerSource

MESSAGE_LIMIT = 4000


class CorrectionFault(Fault):
    """Other words that say too little."""

    SHORT = "description.short"


def corrected(state: State, event: MessageEdited, context: Context) -> Turn[State]:
    """An earlier message was changed: it may have become part of the draft, or of a ticket."""
    try:
        words = parse_free_text(event.text, MESSAGE_LIMIT)
    except InvalidAnswerError as error:
        return mention(state, text(f"fault.{error.fault}", length=len(event.text)), context)
    written = written_in(state.draft, event.source)
    if state.draft is None or not written:
        return Turn(state, (AddCorrection(words, event.source),))
    if len(written) > 1 or written[0].message != event.source:
        return mention(state, text("correction.several"), context)
    return _corrected_in_draft(state, state.draft, written[0], words, context)


def _corrected_in_draft(
    state: State, draft: Draft, source: AnswerSource, words: str, context: Context
) -> Turn[State]:
    if source.key == QUESTION_KEY and not _is_kept(draft):
        renewed = replace(draft, question=words)
        return _go_on(replace(state, draft=renewed), text("correction.question"), context)
    question = _question_of(draft, source, context)
    try:
        answer = _parsed(words, ParserInput(question, draft, context))
    except InvalidAnswerError as error:
        fault = text(f"fault.{error.fault}", length=len(words))
        return mention(state, text("correction.refused", fault=fault), context)
    if source.key == QUESTION_KEY:
        draft = replace(draft, question=answer.value)
    draft = keep_answer(draft, question, answer, context)
    value = masked_value(answer) or text("answer.left_out")
    said = text("correction.answer", label=question.field.label, value=value)
    before = remember_answer(draft, answer)
    return _go_on(replace(state, draft=draft), said, context, before=before)


def _is_kept(draft: Draft) -> bool:
    """Whether the first question has become the description."""
    description = draft.answer(DESCRIPTION_KEY)
    return description is not None and description.value == draft.question


def _question_of(draft: Draft, source: AnswerSource, context: Context) -> Question:
    """The question that was answered there, with its field as the form words it."""
    part = (DESCRIPTION_KEY, None) if source.key == QUESTION_KEY else (source.key, source.agent)
    planned = [one for one in plan(draft, context) if (one.field.key, one.agent) == part]
    return planned[0] if planned else Question(context.knowledge.catalogue.fields[part[0]], part[1])


def _parsed(words: str, asked: ParserInput) -> Answer:
    answer = parse_answer(words, asked)
    if asked.question.field.kind == DESCRIPTION_KEY and len(answer.value) < SHORTEST_DESCRIPTION:
        raise InvalidAnswerError(CorrectionFault.SHORT)
    return answer


def _go_on(
    state: State, said: Text, context: Context, *, before: tuple[Effect, ...] = ()
) -> Turn[State]:
    """Where the person stood; but a question that is asked no more, or once more, comes in turn."""
    draft = state.draft
    if draft is not None and isinstance(state, Reviewing):
        return proceed(draft, context, lead=said, before=before)
    if draft is not None and isinstance(state, Filling):
        asked = {(one.field.key, one.agent) for one in plan(draft, context)}
        if pending(draft, context) and (state.key, state.agent) not in asked:
            return proceed(draft, context, lead=said, before=before)
    turn = mention(state, said, context)
    return Turn(turn.state, (*before, *turn.effects))


def message_corrected(state: State, event: CorrectionAdded, context: Context) -> Turn[State]:
    if not event.reference:
        return stay(state, context, lead=text("sent.edited"))
    return mention(state, text("tickets.message_corrected", reference=event.reference), context)
