"""The form: the privacy notice, its questions, the recap, and the choice of a line to change."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.conversation.context import Context
from bot.conversation.effects import Ask, Effect, Say
from bot.conversation.questions import (
    CHOICES,
    FROM_PROFILE,
    NIR_KINDS,
    Draft,
    Question,
    answered_nir,
    may_be_missing,
    options_of,
    plan,
    question_of,
    sous_motif_of,
)
from bot.conversation.screens.layout import (
    NOTHING,
    WAYS_OUT_AFTER,
    ButtonRows,
    Choice,
    attachment_line,
    button,
    button_column,
    button_row,
    content_label,
    current_notices,
    masked_value,
    shown_value,
    ways_out,
    with_lead,
)
from bot.conversation.screens.profile import may_confirm_email
from bot.conversation.screens.triage import labels_of
from bot.conversation.states import (
    AskingAside,
    ChoosingLine,
    DecidingSimilar,
    Describing,
    Filling,
    Reviewing,
)
from bot.conversation.texts import Markdown, Text, text
from bot.domain.text import shorten
from bot.domain.ticket import Answer

SHOWN_DESCRIPTION = 300
"""Characters of a description that are shown again when it is taken."""


def asked_question(state: Filling | Describing, context: Context) -> Question:
    if isinstance(state, Describing):
        return question_of(state.draft, "description", None, context)
    return question_of(state.draft, state.key, state.agent, context)


def shows_ways_out(state: Filling | Describing) -> bool:
    return state.refused >= WAYS_OUT_AFTER


def refusal_told(state: Filling | Describing, fault: Text, context: Context) -> Text:
    """Why the last answer was refused: the second time with an example, then with the ways out."""
    question = asked_question(state, context)
    if shows_ways_out(state):
        if may_be_missing(state.draft, question, context):
            return text("stuck.ways_out", fault=fault)
        is_nir = question.field.kind == "nir"
        return text("stuck.ways_out_nir" if is_nir else "stuck.ways_out_needed", fault=fault)
    if state.refused > 1:
        options = options_of(question.field, state.draft, context)
        example = options[0].label if options else question.field.example
        return text("stuck.example", example=example, fault=fault)
    return fault


def _ways_out(state: Filling | Describing, context: Context) -> ButtonRows:
    """What who cannot answer does: leave it to the advisor, reach somebody, or come back later."""
    if not shows_ways_out(state):
        return ()
    if may_be_missing(state.draft, asked_question(state, context), context):
        return button_row(button(Choice.SKIP, label=text("button.skip_to_advisor"))) + ways_out()
    return ways_out()


def field_question(state: Filling, context: Context) -> Ask:
    """The screen of a question."""
    question = asked_question(state, context)
    field, agent = question.field, question.agent
    is_one_of_several = agent is not None and len(state.draft.agents) > 1
    wording = text(
        "question.field",
        place=_place(question, state, context),
        agent=text("question.agent", number=(agent or 0) + 1) if is_one_of_several else NOTHING,
        question=field.question,
        optional=text("question.optional") if field.optional else NOTHING,
        hint=field.hint,
        erased=_way_of_nir(context) if field.kind in NIR_KINDS else NOTHING,
    )
    return Ask(wording, _ways(question, state, context), awaits_text=field.kind not in CHOICES)


def _way_of_nir(context: Context) -> Text:
    """Where a NIR is given: here, or on a page of its own."""
    if not context.rules.nir_page:
        return text("question.erased")
    link = Markdown(f"{context.rules.web}/n/{context.page}")
    only = context.rules.nir_page_only
    return text("question.page_only" if only else "question.page", link=link)


def _place(question: Question, state: Filling | Describing, context: Context) -> Text:
    """« Question 3 sur 6 »; a line that is only changed has no number."""
    questions = plan(state.draft, context)
    if question not in questions:
        return text("question.change")
    return text("question.place", number=questions.index(question) + 1, total=len(questions))


def _ways(question: Question, state: Filling, context: Context) -> ButtonRows:
    """The buttons: options or known employers, the earlier answer, what who cannot answer does."""
    field, answer = question.field, state.draft.answer(question.field.key, question.agent)
    choices = [
        button(Choice.OPTION, place, option.label)
        for place, option in enumerate(options_of(field, state.draft, context))
    ]
    if field.key == "siret":
        choices += [
            button(Choice.EMPLOYER, employer.siret, content_label(employer.name))
            for employer in context.profile.employers
        ]
    rows = button_column(choices)
    if answer is not None and answer.value and answer.note != FROM_PROFILE:
        kept = text("button.keep_value", value=masked_value(answer))
        rows += button_row(button(Choice.KEEP, label=kept))
    around = []
    if field.kind == "nir":
        around.append(button(Choice.NO_NIR))
    if field.kind == "confirmation":
        around.append(button(Choice.CHANGE, label=text("button.correct_nir")))
    if field.optional and not shows_ways_out(state):
        around.append(button(Choice.SKIP))
    others = [button(Choice.BACK)]
    employer = state.draft.answer("siret")
    if employer is not None and employer.note == FROM_PROFILE and field.key != "siret":
        others.append(button(Choice.OTHER_EMPLOYER))
    rows += (button_row(*around) if around else ()) + _ways_out(state, context)
    return rows + button_row(*others)


def description_question(state: Describing, context: Context) -> Ask:
    """The screen of the description, with a proposed text if there is one."""
    if state.doubt:
        ways = button_row(
            button(Choice.KEEP, label=text("button.keep_description")),
            button(Choice.ASIDE, label=text("button.search_answer")),
        )
        asked = text("question.description_doubt", words=shorten(state.doubt, SHOWN_DESCRIPTION))
        return Ask(asked, ways + button_row(button(Choice.BACK)), awaits_text=True)
    question = asked_question(state, context)
    prefill = description_suggested(state)
    wording = text(
        "question.description" if prefill else "question.description_empty",
        place=_place(question, state, context),
        question=question.field.question,
        hint=sous_motif_of(state.draft, context).describe or question.field.hint,
        prefill=prefill,
    )
    keep = button_row(button(Choice.KEEP, label=text("button.keep_text"))) if prefill else ()
    rows = keep + _ways_out(state, context) + button_row(button(Choice.ASIDE), button(Choice.BACK))
    return Ask(wording, rows, awaits_text=True)


def description_suggested(state: Describing) -> str:
    """The text that « garder ce texte » keeps: what was just written and looks like a question, the
    earlier description, or the first question."""
    if state.doubt:
        return state.doubt
    answer = state.draft.answer("description")
    return answer.value if answer is not None else state.draft.question


def aside_question(state: AskingAside, context: Context) -> Ask:
    return Ask(text("question.aside"), button_row(button(Choice.BACK)), awaits_text=True)


def privacy_notice(context: Context) -> tuple[Effect, ...]:
    """The operator's notices, then the privacy notice: who is responsible, why, what is
    compulsory, how long, which rights."""
    rules = context.rules
    notice = text(
        "privacy.notice",
        controller=rules.controller or text("privacy.nobody"),
        retention=rules.retention or text("privacy.retention"),
        route=NOTHING if rules.is_connected else text("privacy.not_connected"),
    )
    return with_lead((Say(notice),), current_notices(context))


def recap_screen(state: Reviewing, context: Context) -> Ask:
    """Every line of the request, the NIR masked. Lines have no number: it would be a button's."""
    draft = state.draft
    lines = recap_lines(draft, context)
    lines += [text("pieces.recap", piece=attachment_line(piece)) for piece in draft.pieces]
    listed = tuple(text("recap.line", line=line) for line in lines)
    changes = [button(Choice.CHANGE)]
    if sous_motif_of(draft, context).names_agents:
        changes.append(button(Choice.ADD_AGENT))
    current, email = draft.answer("siret"), draft.answer("email")
    others = button_column(
        button(Choice.EMPLOYER, other.siret, text("button.for_employer", name=other.name))
        for other in context.profile.employers
        if current is None or other.siret != current.value
    )
    rows = button_row(button(Choice.SEND)) + button_row(*changes) + others
    rows += () if others else button_row(button(Choice.OTHER_EMPLOYER))
    # The address may have been given in this turn: the profile does not have it yet.
    if email is not None and may_confirm_email(
        replace(context, profile=context.profile.with_email(email.value))
    ):
        rows += button_row(button(Choice.CONFIRM_EMAIL))
    return Ask(text("recap.whole", lines=listed), rows + button_row(button(Choice.ABANDON)))


def recap_again(state: Reviewing, context: Context) -> Ask:
    """The buttons of the recap without its lines, which stand above."""
    return replace(recap_screen(state, context), text=text("recap.again"))


def recap_lines(draft: Draft, context: Context) -> list[Text]:
    """The lines of the recap: the employer, the sous-motif, its only fund, then each answer."""
    sous_motif = sous_motif_of(draft, context)
    theme, motif, label = labels_of(sous_motif, context)
    asked = recap_questions(draft, context)
    employer = [one for one in asked if one.field.key in EMPLOYER_KEYS]
    lines = _answer_lines(employer, draft)
    lines.append(text("recap.sous_motif", theme=theme, motif=motif, label=label))
    if len(sous_motif.fund_choices) == 1:
        lines.append(text("recap.fund", fund=sous_motif.fund_choices[0]))
    return lines + _answer_lines([one for one in asked if one not in employer], draft)


EMPLOYER_KEYS = ("siret", "employer_name")


def _answer_lines(questions: list[Question], draft: Draft) -> list[Text]:
    """A line for each answer."""
    lines = []
    for question, answer in _with_answers(questions, draft):
        field, agent = question.field, question.agent
        value = shown_value(field, answer)
        if agent is None or len(draft.agents) == 1:
            lines.append(text("recap.value", label=field.label, value=value))
        else:
            line = text("recap.agent_value", agent=agent + 1, label=field.label, value=value)
            lines.append(line)
    return lines


def _with_answers(
    questions: Iterable[Question], draft: Draft
) -> Iterator[tuple[Question, Answer | None]]:
    """Each question that has a line of its own, with its answer so far; a NIR with its key."""
    for question in questions:
        field, agent = question.field, question.agent
        if field.kind == "nir_key":
            continue  # the line of its NIR says whether it was given
        answer = draft.answer(field.key, agent)
        if field.kind == "nir" and agent is not None:
            answer = answered_nir(draft, agent)
        yield question, answer


def recap_questions(draft: Draft, context: Context) -> list[Question]:
    """All questions with an answer, including those that the profile answered."""
    fields = context.knowledge.catalogue.fields
    questions = list(plan(draft, context))
    asked = {question.field.key for question in questions}
    employer = [Question(fields[key]) for key in ("siret", "employer_name") if key not in asked]
    email = [] if "email" in asked else [Question(fields["email"])]
    return employer + questions + email


@dataclass(frozen=True, slots=True)
class OverviewLine:
    """A line of the request as it takes shape: its label, what was answered (None: not yet), and
    the code of the button that asks it again."""

    label: Text
    value: Text | None
    code: str


def overview(draft: Draft, context: Context) -> tuple[OverviewLine, ...]:
    """Every question of the form with its answer so far, the NIR masked."""
    lines = []
    for question, answer in _with_answers(recap_questions(draft, context), draft):
        field, agent = question.field, question.agent
        label = content_label(field.label)
        if agent is not None and len(draft.agents) > 1:
            label = text("button.agent_line", agent=agent + 1, label=field.label)
        about = field.key if agent is None else f"{field.key}.{agent}"
        value = None if answer is None else shown_value(field, answer)
        lines.append(OverviewLine(label, value, f"{Choice.LINE}.{about}"))
    return tuple(lines)


def similar_choice(state: DecidingSimilar, context: Context) -> Ask:
    """An open ticket is about the same matter: add to it or send anyway."""
    asked = text("recap.similar", reference=state.reference, day=state.filed_on)
    ways = (button(Choice.ADD_TO_SIMILAR), button(Choice.SEND_ANYWAY), button(Choice.BACK))
    return Ask(asked, button_column(ways))


def line_choice(state: ChoosingLine, context: Context) -> Ask:
    """One button a line, and one to remove each agent if there are several."""
    draft = state.draft
    buttons = [button(Choice.CHANGE_SOUS_MOTIF)]
    has_several = len(draft.agents) > 1
    for question in recap_questions(draft, context):
        key, agent, label = question.field.key, question.agent, content_label(question.field.label)
        if agent is not None and has_several:
            label = text("button.agent_line", agent=agent + 1, label=question.field.label)
        buttons.append(button(Choice.LINE, key if agent is None else f"{key}.{agent}", label))
    if has_several:
        buttons += [
            button(Choice.REMOVE_AGENT, place, text("button.remove_agent", agent=place + 1))
            for place in range(len(draft.agents))
        ]
    rows = button_column(buttons) + button_row(button(Choice.BACK))
    return Ask(text("recap.which_line"), rows)
