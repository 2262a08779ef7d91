"""The form's questions, with the privacy notice before the first."""

from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Button, Say
from bot.conversation.questions import (
    CHOICES,
    FROM_PROFILE,
    Question,
    options_of,
    plan,
    question_of,
    sous_motif_of,
)
from bot.conversation.screens.layout import (
    ButtonRows,
    button_column,
    button_row,
    content_label,
    masked_value,
)
from bot.conversation.states import AskingAside, Describing, Filling
from bot.conversation.texts import Text, text
from knowledge import Field


def asked_question(state: Filling, context: Context) -> Question:
    return question_of(state.draft, state.key, state.agent, context)


def field_question(state: Filling, context: Context) -> Ask:
    """The screen of a question."""
    question = asked_question(state, context)
    wording = text(
        "question.field",
        place=_place(question, state, context),
        agent=_agent(question, state),
        question=question.field.question,
        optional=text("question.optional" if question.field.optional else "layout.nothing"),
        hint=question.field.hint,
        erased=text("question.erased" if question.field.kind == "nir" else "layout.nothing"),
    )
    awaits_text = question.field.kind not in CHOICES
    return Ask(wording, _ways(question, state, context), awaits_text=awaits_text)


def _place(question: Question, state: Filling | Describing, context: Context) -> Text:
    """« Question 3 sur 6 »; a line that is only changed has no number."""
    questions = plan(state.draft, context)
    if question not in questions:
        return text("question.change")
    return text("question.place", number=questions.index(question) + 1, total=len(questions))


def _agent(question: Question, state: Filling) -> Text:
    if question.agent is None or len(state.draft.agents) == 1:
        return text("layout.nothing")
    return text("question.agent", number=question.agent + 1)


def _ways(question: Question, state: Filling, context: Context) -> ButtonRows:
    """The buttons: options of the field, known employers, the earlier answer, ways around."""
    field = question.field
    choices = [
        button(Choice.OPTION, place, option.label)
        for place, option in enumerate(options_of(field, state.draft, context))
    ]
    return (
        *button_column([*choices, *_employers(field, context)]),
        *_kept(question, state),
        *_ways_around(field),
    )


def _employers(field: Field, context: Context) -> list[Button]:
    if field.key != "siret":
        return []
    return [
        button(Choice.EMPLOYER, employer.siret, content_label(employer.name))
        for employer in context.profile.employers
    ]


def _kept(question: Question, state: Filling) -> ButtonRows:
    """The button that keeps an earlier answer."""
    answer = state.draft.answer(question.field.key, question.agent)
    if answer is None or not answer.value or answer.note == FROM_PROFILE:
        return ()
    kept = text("button.keep_value", value=masked_value(answer))
    return button_row(button(Choice.KEEP, label=kept))


def _ways_around(field: Field) -> ButtonRows:
    """The buttons for who cannot answer, and for the question before."""
    ways = []
    if field.kind == "nir":
        ways.append(button(Choice.NO_NIR))
    if field.kind == "confirmation":
        ways.append(button(Choice.CHANGE, label=text("button.correct_nir")))
    if field.optional:
        ways.append(button(Choice.SKIP))
    return (*((tuple(ways),) if ways else ()), (button(Choice.BACK),))


def description_question(state: Describing, context: Context) -> Ask:
    """The screen of the description, with a proposed text if there is one."""
    question = Question(context.knowledge.catalogue.fields["description"])
    prefill = description_suggested(state)
    wording = text(
        "question.description" if prefill else "question.description_empty",
        place=_place(question, state, context),
        question=question.field.question,
        hint=sous_motif_of(state.draft, context).describe or question.field.hint,
        prefill=prefill,
    )
    keep = button_row(button(Choice.KEEP, label=text("button.keep_text"))) if prefill else ()
    ways = (*keep, (button(Choice.ASIDE), button(Choice.BACK)))
    return Ask(wording, ways, awaits_text=True)


def description_suggested(state: Describing) -> str:
    """The text that « garder ce texte » keeps: the earlier description, or the first question."""
    answer = state.draft.answer("description")
    return answer.value if answer is not None else state.draft.question


def aside_question(state: AskingAside, context: Context) -> Ask:
    return Ask(text("question.aside"), button_row(button(Choice.BACK)), awaits_text=True)


def privacy_notice(context: Context) -> Say:
    """The privacy notice: who is responsible, why, what is compulsory, how long, which rights."""
    rules = context.rules
    notice = text(
        "privacy.notice",
        controller=rules.controller or text("privacy.nobody"),
        retention=rules.retention or text("privacy.retention"),
        route=text("layout.nothing" if rules.is_connected else "privacy.not_connected"),
    )
    return Say(notice)
