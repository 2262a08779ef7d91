"""The description: told in own words, told from a question, and what is asked in between."""

from dataclasses import replace

from bot.conversation.context import Context
from bot.conversation.effects import EraseInput
from bot.conversation.events import Commanded, Leaked, Picked, Typed
from bot.conversation.fields import ParserInput, parse_answer
from bot.conversation.flow import Form, Turn, arrive, proceed, state_of, stay
from bot.conversation.questions import plan
from bot.conversation.screens.form import (
    SHOWN_DESCRIPTION,
    asked_question,
    description_suggested,
    shows_ways_out,
)
from bot.conversation.states import AskingAside, ChoosingLine, ConfirmingSousMotif, Describing
from bot.conversation.steps.asides import answer_aside, names_field
from bot.conversation.steps.form import (
    leave_to_advisor,
    meant_elsewhere,
    previous_question_wanted,
    refuse_answer,
    take_elsewhere,
)
from bot.conversation.steps.search import leak_explained
from bot.conversation.texts import Text, text
from bot.domain.errors import InvalidAnswerError
from bot.domain.redaction import Secret
from bot.domain.short_replies import announces_correction, comparable, reads_like_a_question
from bot.domain.text import clean, shorten
from bot.domain.values import is_empty_answer


def description_told(
    state: Describing, event: Typed, context: Context
) -> Turn[Form | ChoosingLine | ConfirmingSousMotif]:
    """Take the text as the description, unless it is a correction, an address or a question."""
    typed = clean(event.text)
    if announces_correction(typed):
        return _correct(state, typed, context)
    question = asked_question(state, context)
    if meant := meant_elsewhere(typed, question, context):
        return take_elsewhere(state, meant, context)
    if len(typed) <= LONGEST_DOUBT and _is_question(typed) and typed != state.doubt:
        return arrive(Describing(draft=state.draft, doubt=typed), context)
    said = text("noted.description", words=shorten(typed, SHOWN_DESCRIPTION))
    return _describe(state, event.text, context, said)


LONGEST_DOUBT = 200
"""Characters; a longer text tells the matter, whatever it asks at its end."""


def _is_question(typed: str) -> bool:
    """« comment faire pour … »; not « je ne trouve pas l'agent », which tells what is wrong."""
    return reads_like_a_question(typed) and not comparable(typed).startswith("je ")


def _correct(
    state: Describing, typed: str, context: Context
) -> Turn[Form | ChoosingLine | ConfirmingSousMotif]:
    """Go to the question that a correction names, else to the one before."""
    asked = plan(state.draft, context)
    named = [
        one for one in asked if one.field.kind != "description" and names_field(typed, one.field)
    ]
    if len(named) == 1:
        return arrive(state_of(state.draft, named[0]), context)
    return previous_question_wanted(state, Commanded("retour"), context)


def description_kept(state: Describing, event: Picked, context: Context) -> Turn[Form]:
    """Take the text proposed (an earlier description, or the first question) as the description."""
    return _describe(state, description_suggested(state), context)


def _describe(
    state: Describing, typed: str, context: Context, said: Text | None = None
) -> Turn[Form]:
    if shows_ways_out(state) and is_empty_answer(typed):
        return leave_to_advisor(state, context)
    question = asked_question(state, context)
    try:
        answer = parse_answer(typed, ParserInput(question, state.draft, context)).value
    except InvalidAnswerError as error:
        return refuse_answer(state, text(f"fault.{error.fault}"), context)
    return proceed(state.draft.with_answer(answer), context, lead=said)


def description_secret_withheld(
    state: Describing, event: Leaked, context: Context
) -> Turn[Describing]:
    """Delete the message, and propose its text without the number as the description."""
    if event.secret is Secret.PASSWORD or event.beside or not event.redacted:
        return stay(state, context, lead=leak_explained(event, context), before=(EraseInput(),))
    draft = replace(state.draft, question=event.redacted).without_answer("description")
    lead = text(f"leaked.{event.secret}_description")
    return stay(Describing(draft=draft), context, lead=lead, before=(EraseInput(),))


def aside_wanted(
    state: Describing, event: Picked, context: Context
) -> Turn[AskingAside | Describing]:
    """Let the person ask a question: without this button a text is the description."""
    if state.doubt:
        return aside_asked(AskingAside(draft=state.draft), Typed(state.doubt), context)
    return arrive(AskingAside(draft=state.draft), context)


def aside_asked(state: AskingAside, event: Typed, context: Context) -> Turn[Describing]:
    """Answer a question asked in the middle of the description, then ask the description again."""
    describing = Describing(draft=state.draft)
    answer = answer_aside(event.text[:1000], asked_question(describing, context), context)
    return arrive(describing, context, before=(answer,))


def aside_left(state: AskingAside, event: Picked | Commanded, context: Context) -> Turn[Describing]:
    return arrive(Describing(draft=state.draft), context)
