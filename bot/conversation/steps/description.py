"""The description: in the person's own words, with a question asked in between."""

from dataclasses import replace

from bot.conversation.context import Context
from bot.conversation.effects import EraseInput
from bot.conversation.events import Commanded, Leaked, Picked, Typed
from bot.conversation.fields import ParserInput, parse_answer
from bot.conversation.flow import Form, Turn, arrive, proceed, stay
from bot.conversation.screens.form import asked_question, description_suggested, shows_ways_out
from bot.conversation.states import AskingAside, Describing
from bot.conversation.steps.form import answer_aside, leave_to_advisor, refuse_answer
from bot.conversation.steps.search import leak_explained
from bot.conversation.texts import text
from bot.domain.errors import InvalidAnswerError
from bot.domain.redaction import Secret
from bot.domain.values import is_empty_answer


def description_told(state: Describing, event: Typed, context: Context) -> Turn[Form]:
    """Take the text as the description."""
    return _describe(state, event.text, context)


def description_kept(state: Describing, event: Picked, context: Context) -> Turn[Form]:
    """Take the text proposed (an earlier description, or the first question) as the description."""
    return _describe(state, description_suggested(state), context)


def _describe(state: Describing, typed: str, context: Context) -> Turn[Form]:
    question = asked_question(state, context)
    try:
        answer = parse_answer(typed, ParserInput(question, state.draft, context)).value
    except InvalidAnswerError as error:
        if shows_ways_out(state) and is_empty_answer(typed):
            return leave_to_advisor(state, context)
        return refuse_answer(state, text(f"fault.{error.fault}"), context)
    return proceed(state.draft.with_answer(answer), context)


def description_secret_withheld(
    state: Describing, event: Leaked, context: Context
) -> Turn[Describing]:
    """Delete the message, and propose its text without the number as the description."""
    if event.secret is Secret.PASSWORD or event.beside or not event.redacted:
        return stay(state, context, lead=leak_explained(event, context), before=(EraseInput(),))
    draft = replace(state.draft, question=event.redacted).without_answer("description")
    lead = text(f"leaked.{event.secret}_description")
    return stay(Describing(draft=draft), context, lead=lead, before=(EraseInput(),))


def aside_wanted(state: Describing, event: Picked, context: Context) -> Turn[AskingAside]:
    """Let the person ask a question: without this button a text is the description."""
    return arrive(AskingAside(draft=state.draft), context)


def aside_asked(state: AskingAside, event: Typed, context: Context) -> Turn[Describing]:
    """Answer a question asked in the middle of the description, then ask the description again."""
    describing = Describing(draft=state.draft)
    answer = answer_aside(event.text[:1000], asked_question(describing, context), context)
    return arrive(describing, context, before=(answer,))


def aside_left(state: AskingAside, event: Picked | Commanded, context: Context) -> Turn[Describing]:
    return arrive(Describing(draft=state.draft), context)
