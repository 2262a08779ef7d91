"""The recap before sending, and the choice of a line to change."""

from dataclasses import replace

from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Button
from bot.conversation.questions import Draft, Question, answered_nir, plan, sous_motif_of
from bot.conversation.screens.layout import (
    ButtonRows,
    attachment_line,
    button_column,
    button_row,
    shown_value,
)
from bot.conversation.screens.profile import may_confirm_email
from bot.conversation.screens.triage import labels_of
from bot.conversation.states import ChoosingLine, DecidingSimilar, Reviewing
from bot.conversation.texts import Text, text

FROM_THE_START = ("siret", "employer_name", "email")


def recap_screen(state: Reviewing, context: Context) -> Ask:
    """Every line of the request, the NIR masked. Lines have no number: it would be a button's."""
    lines = recap_lines(state.draft, context)
    lines += [text("pieces.recap", piece=attachment_line(piece)) for piece in state.draft.pieces]
    listed = tuple(text("recap.line", line=line) for line in lines)
    agents = (button(Choice.ADD_AGENT),) if asks_agents(state.draft, context) else ()
    ways = ((button(Choice.CHANGE), *agents), *_other_employers(state, context))
    confirm = (
        button_row(button(Choice.CONFIRM_EMAIL)) if _is_unconfirmed(state.draft, context) else ()
    )
    rows = (*button_row(button(Choice.SEND)), *ways, *confirm, *button_row(button(Choice.ABANDON)))
    return Ask(text("recap.whole", lines=listed), rows)


def _is_unconfirmed(draft: Draft, context: Context) -> bool:
    """Tell whether the request's address can be confirmed; it may be given in this turn."""
    email = draft.answer("email")
    if email is None:
        return False
    return may_confirm_email(replace(context, profile=context.profile.with_email(email.value)))


def recap_again(state: Reviewing, context: Context) -> Ask:
    """The buttons of the recap without its lines, which stand above."""
    return replace(recap_screen(state, context), text=text("recap.again"))


def _other_employers(state: Reviewing, context: Context) -> ButtonRows:
    """One button for each other employer of the person."""
    current = state.draft.answer("siret")
    return button_column(
        button(Choice.EMPLOYER, other.siret, text("button.for_employer", name=other.name))
        for other in context.profile.employers
        if current is None or other.siret != current.value
    )


def recap_lines(draft: Draft, context: Context) -> list[Text]:
    """The lines of the recap."""
    sous_motif = sous_motif_of(draft, context)
    theme, motif, label = labels_of(sous_motif, context)
    lines = [text("recap.sous_motif", theme=theme, motif=motif, label=label)]
    if len(sous_motif.fund_choices) == 1:
        lines.append(text("recap.fund", fund=sous_motif.fund_choices[0]))
    return lines + [
        _line(question, draft)
        for question in recap_questions(draft, context)
        if question.field.kind != "nir_key"  # the line of its NIR says whether it was given
    ]


def recap_questions(draft: Draft, context: Context) -> list[Question]:
    """All questions with an answer, including those that the profile answered."""
    fields = context.knowledge.catalogue.fields
    questions = list(plan(draft, context))
    keys = {question.field.key for question in questions}
    known = [Question(fields[key]) for key in FROM_THE_START if key not in keys]
    employer = [question for question in known if question.field.key != "email"]
    email = [question for question in known if question.field.key == "email"]
    return employer + questions + email


def _line(question: Question, draft: Draft) -> Text:
    answer = draft.answer(question.field.key, question.agent)
    if question.field.kind == "nir" and question.agent is not None:
        answer = answered_nir(draft, question.agent)
    value = shown_value(question.field, answer)
    if question.agent is None or len(draft.agents) == 1:
        return text("recap.value", label=question.field.label, value=value)
    agent = question.agent + 1
    return text("recap.agent_value", agent=agent, label=question.field.label, value=value)


def asks_agents(draft: Draft, context: Context) -> bool:
    """Tell whether the sous-motif asks about agents."""
    return sous_motif_of(draft, context).names_agents


def similar_choice(state: DecidingSimilar, context: Context) -> Ask:
    """An open ticket is about the same matter: add to it or send anyway."""
    asked = text("recap.similar", reference=state.reference, day=state.filed_on)
    ways = (button(Choice.ADD_TO_SIMILAR), button(Choice.SEND_ANYWAY), button(Choice.BACK))
    return Ask(asked, button_column(ways))


def line_choice(state: ChoosingLine, context: Context) -> Ask:
    """One button a line, and one to remove each agent if there are several."""
    draft = state.draft
    lines = [_line_button(question, draft) for question in recap_questions(draft, context)]
    removals = _removals(draft) if len(draft.agents) > 1 else []
    rows = button_column([button(Choice.CHANGE_SOUS_MOTIF), *lines, *removals])
    return Ask(text("recap.which_line"), rows + button_row(button(Choice.BACK)))


def _line_button(question: Question, draft: Draft) -> Button:
    key, agent = question.field.key, question.agent
    if agent is None:
        return button(Choice.LINE, key, text("button.label", words=question.field.label))
    label = text("button.agent_line", agent=agent + 1, label=question.field.label)
    alone = text("button.label", words=question.field.label)
    return button(Choice.LINE, f"{key}.{agent}", label if len(draft.agents) > 1 else alone)


def _removals(draft: Draft) -> list[Button]:
    return [
        button(Choice.REMOVE_AGENT, place, text("button.remove_agent", agent=place + 1))
        for place in range(len(draft.agents))
    ]
