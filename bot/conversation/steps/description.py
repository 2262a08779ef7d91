"""The description in own words: told, kept, cleaned of a NIR, or put aside for a question."""

from dataclasses import replace

from bot.conversation.context import Context
from bot.conversation.effects import EraseInput
from bot.conversation.events import Commanded, Leaked, Picked, Secret, Typed
from bot.conversation.fields import ParserInput, parse_answer
from bot.conversation.flow import Form, arrive, proceed, stay
from bot.conversation.questions import Question
from bot.conversation.screens.form import description_suggested
from bot.conversation.states import AskingAside, Describing
from bot.conversation.steps.form import answer_aside
from bot.conversation.steps.search import leak_explained
from bot.conversation.texts import text
from bot.conversation.turn import Turn
from bot.domain.errors import InvalidAnswerError

SHORTEST = 10
"""Characters below which no advisor could tell what is wanted."""


def told(state: Describing, event: Typed, context: Context) -> Turn[Form]:
    return _describe(state, event.text, context)


def kept(state: Describing, event: Picked, context: Context) -> Turn[Form]:
    """What was typed before serves as the description."""
    return _describe(state, description_suggested(state), context)


def _describe(state: Describing, typed: str, context: Context) -> Turn[Form]:
    question = Question(context.knowledge.catalogue.fields["description"])
    try:
        answer = parse_answer(typed, ParserInput(question, state.draft, context))
    except InvalidAnswerError as error:
        return stay(state, context, lead=text(f"fault.{error.fault}", length=len(typed)))
    if len(answer.value) < SHORTEST:
        return stay(state, context, lead=text("fault.description.short"))
    return proceed(state.draft.with_answer(answer), context)


def secret_withheld(state: Describing, event: Leaked, context: Context) -> Turn[Describing]:
    """The text without its NIR is kept on offer: nobody should have to write it twice."""
    if event.secret is Secret.PASSWORD or event.beside:
        return stay(state, context, lead=leak_explained(event, context), before=(EraseInput(),))
    draft = replace(state.draft, question=event.redacted).without_answer("description")
    return stay(
        Describing(draft=draft), context, lead=text("leaked.description"), before=(EraseInput(),)
    )


def aside_wanted(state: Describing, event: Picked, context: Context) -> Turn[AskingAside]:
    """In the description only the button leaves the field: any text would be an answer."""
    return arrive(AskingAside(draft=state.draft), context)


def aside_asked(state: AskingAside, event: Typed, context: Context) -> Turn[Describing]:
    question = Question(context.knowledge.catalogue.fields["description"])
    answer = answer_aside(event.text[:1000], question, context)
    return arrive(Describing(draft=state.draft), context, before=(answer,))


def aside_left(state: AskingAside, event: Picked | Commanded, context: Context) -> Turn[Describing]:
    return arrive(Describing(draft=state.draft), context)
