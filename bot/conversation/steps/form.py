"""The form: one answer after the other, checked, left out, taken back or pasted in one go."""

from bot.conversation.context import Context
from bot.conversation.display import masked_value
from bot.conversation.effects import Effect, EraseInput, RememberEmail, RememberEmployer, Say
from bot.conversation.events import Commanded, Picked, Typed
from bot.conversation.fields import MANY_LINES, ChoiceFault, ParserInput, parse_answer
from bot.conversation.flow import Form, arrive, proceed, state_of, stay
from bot.conversation.questions import (
    FIXED_OPTIONS,
    FROM_PROFILE,
    Draft,
    Question,
    options_of,
    pending,
    plan,
)
from bot.conversation.screens.form import asked_question
from bot.conversation.states import (
    ChoosingLine,
    ConfirmingSousMotif,
    Describing,
    Filling,
    Reviewing,
)
from bot.conversation.steps.form import answer_aside
from bot.conversation.texts import Text, text
from bot.conversation.turn import Turn
from bot.domain.errors import InvalidAnswerError
from bot.domain.people import Employer
from bot.domain.sensitive_data import find_nirs
from bot.domain.short_replies import announces_correction, reads_like_a_question
from bot.domain.ticket import Answer
from knowledge.catalogue import SENSITIVE_KINDS

DIGITS_OF_A_NIR = 6
"""From so many digits on, what was typed for a NIR is taken for an attempt at one."""

NIR_COMPANIONS = ("nir_key", "nir_absence", "nir_doubt")
"""What was answered about a NIR holds for that NIR only."""


def answered(state: Filling, event: Typed, context: Context) -> Turn[Form]:
    """What was typed for the question: an answer, several of them, or a question in return."""
    question = _question_answered(state, event.text, context)
    lines = [line for line in event.text.splitlines() if line.strip()]
    if len(lines) > 1 and question.field.kind not in MANY_LINES:
        return _pasted(state, lines, context)
    erase = _erase(question, event.text)
    try:
        answer = parse_answer(event.text, ParserInput(question, state.draft, context))
    except InvalidAnswerError as error:
        if error.fault == ChoiceFault.EVASIVE:
            return _evaded(state, question, context)
        if reads_like_a_question(event.text):
            aside = answer_aside(event.text, question, context)
            return stay(state, context, before=(*erase, aside))
        fault = _told(error.fault, event.text, question)
        return stay(state, context, lead=text(f"fault.{fault}"), before=erase)
    return take(state.draft, question, answer, context, before=erase)


def _told(fault: str, typed: str, question: Question) -> str:
    """What is said to a text that is no answer: a correction is told where it is made."""
    if announces_correction(typed):
        return ChoiceFault.CORRECTION
    is_passable = fault == ChoiceFault.POLITE and question.field.optional
    return "choice.polite_optional" if is_passable else fault


def _question_answered(state: Filling, typed: str, context: Context) -> Question:
    """The question in turn; a NIR that was found after all answers the one about the NIR."""
    if state.key == "nir_absence" and find_nirs(typed):
        return Question(context.knowledge.catalogue.fields["nir"], state.agent)
    return asked_question(state, context)


def _evaded(state: Filling, question: Question, context: Context) -> Turn[Form]:
    """« Je ne l'ai pas »: left out where that is possible, else said why it is needed."""
    if question.field.kind == "nir":
        return take(state.draft, question, Answer("nir", ""), context)
    if question.field.kind == "nir_absence":
        return take(state.draft, question, Answer(state.key, "unknown"), context)
    if question.field.optional:
        return take(state.draft, question, Answer(state.key, ""), context)
    if question.field.kind == "fund":
        help_with_it = Say(text("aside.field", help=question.field.help))
        return stay(state, context, before=(help_with_it,))
    is_oath = question.field.kind in ("attestation", "confirmation")
    fault = "choice.needed" if is_oath else ChoiceFault.EVASIVE
    return stay(state, context, lead=text(f"fault.{fault}"))


def take(
    draft: Draft,
    question: Question,
    answer: Answer,
    context: Context,
    *,
    before: tuple[Effect, ...] = (),
) -> Turn[Form]:
    """Keep one answer, say what was understood, and go on."""
    draft = keep_answer(draft, question, answer, context)
    kept = remembered(draft, answer)
    return proceed(draft, context, lead=_noted(answer, question), before=(*before, *kept))


def keep_answer(draft: Draft, question: Question, answer: Answer, context: Context) -> Draft:
    """The draft with the answer, and without what another answer had made of it."""
    draft = draft.with_answer(answer, question.agent)
    if answer.key in ("nir", "ddn"):
        stale = NIR_COMPANIONS if answer.key == "nir" else ("nir_doubt",)
        for key in stale:
            draft = draft.without_answer(key, question.agent)
    if answer.key == "siret":
        draft = _name_employer(draft, answer, context)
    return draft


def _name_employer(draft: Draft, siret: Answer, context: Context) -> Draft:
    """An employer known by its SIRET has its name already; another one is asked for it."""
    for employer in context.profile.employers:
        if employer.siret == siret.value:
            return draft.with_answer(Answer("employer_name", employer.name))
    return draft.without_answer("employer_name")


def remembered(draft: Draft, answer: Answer) -> tuple[Effect, ...]:
    """Employer and reply address are asked once: the profile keeps them."""
    if answer.key == "email":
        return (RememberEmail(answer.value),)
    siret, name = draft.answer("siret"), draft.answer("employer_name")
    if answer.key in ("siret", "employer_name") and siret and name:
        return (RememberEmployer(Employer(siret.value, name.value)),)
    return ()


def _noted(answer: Answer, question: Question) -> Text | None:
    """What was understood, where seeing it again helps: numbers, choices, warnings."""
    if answer.key == "nir" and answer.value:
        return text(f"noted.{answer.note or 'nir'}", nir=masked_value(answer))
    if answer.note and answer.note != FROM_PROFILE:
        return text(f"noted.{answer.note}")
    if answer.value and question.field.kind not in (*MANY_LINES, "nir_key", *FIXED_OPTIONS):
        return text("noted.value", value=masked_value(answer))
    return None


def _erase(question: Question, typed: str) -> tuple[Effect, ...]:
    """What may be a NIR, right or wrong, does not stay in the chat; a plain word may."""
    is_number = sum(character.isdigit() for character in typed) >= DIGITS_OF_A_NIR
    return (EraseInput(),) if question.field.kind in SENSITIVE_KINDS and is_number else ()


def _pasted(state: Filling, lines: list[str], context: Context) -> Turn[Form]:
    """Answers pasted one a line are taken in order; the first unreadable one is asked again."""
    draft, question = state.draft, asked_question(state, context)
    before: tuple[Effect, ...] = (EraseInput(),) if any(map(find_nirs, lines)) else ()
    for line in lines:
        if question.field.kind == "description":
            break
        try:
            answer = _read_line(line, ParserInput(question, draft, context))
        except InvalidAnswerError as error:
            again = state_of(draft, question)
            return arrive(again, context, lead=text(f"fault.{error.fault}"), before=before)
        draft = keep_answer(draft, question, answer, context)
        before += remembered(draft, answer)
        question = _next_after(draft, question, context)
    return proceed(draft, context, lead=text("noted.several"), before=before)


def _read_line(line: str, asked: ParserInput) -> Answer:
    """A line is for the question in turn; a NIR is never taken for anything else."""
    answer = parse_answer(line, asked)
    if answer.key != "nir" and find_nirs(line):
        return parse_answer("", asked)
    return answer


def _next_after(draft: Draft, question: Question, context: Context) -> Question:
    """The first open question of the form, the description at the latest."""
    for candidate in plan(draft, context):
        if candidate.field.kind == "description":
            return candidate
        if draft.answer(candidate.field.key, candidate.agent) is None:
            return candidate
    return question


def option_picked(state: Filling, event: Picked, context: Context) -> Turn[Form]:
    question = asked_question(state, context)
    options = options_of(question.field, state.draft, context)
    place = int(event.about) if event.about.isdigit() else len(options)
    if place >= len(options):
        return stay(state, context, lead=text("anywhere.stale"))
    answer = Answer(state.key, options[place].value)
    return take(state.draft, question, answer, context)


def employer_picked(state: Filling, event: Picked, context: Context) -> Turn[Form]:
    """One of the employers already known, in one tap."""
    if event.about not in [employer.siret for employer in context.profile.employers]:
        return stay(state, context, lead=text("anywhere.stale"))
    return take(state.draft, asked_question(state, context), Answer("siret", event.about), context)


def skipped(state: Filling, event: Picked, context: Context) -> Turn[Form]:
    """An optional field is left out."""
    question = asked_question(state, context)
    if not question.field.optional:
        return stay(state, context)
    return take(state.draft, question, Answer(state.key, ""), context)


def nir_missing(state: Filling, event: Picked, context: Context) -> Turn[Form]:
    """« Je n'ai pas le NIR »: why, and the birth date instead (motifs.md, common rule 9)."""
    if state.key != "nir":
        return stay(state, context)
    return take(state.draft, asked_question(state, context), Answer("nir", ""), context)


def kept(state: Filling, event: Picked, context: Context) -> Turn[Form]:
    """An answer given before stands; the form goes on with the question behind it."""
    behind = plan(state.draft, context)[_place(state, plan(state.draft, context)) + 1 :]
    if not behind or not pending(state.draft, context):
        return proceed(state.draft, context)
    return arrive(state_of(state.draft, behind[0]), context)


def doubt_reopened(state: Filling, event: Picked, context: Context) -> Turn[Filling]:
    """NIR and birth date disagree, and the person wants to correct the NIR."""
    return arrive(Filling(draft=state.draft, key="nir", agent=state.agent), context)


def went_back(
    state: Filling | Describing | Reviewing, event: Picked | Commanded, context: Context
) -> Turn[Form | ChoosingLine | ConfirmingSousMotif]:
    """To the question before, whose answer stays until it is replaced."""
    questions = plan(state.draft, context)
    place = _place(state, questions)
    if isinstance(state, Filling) and not pending(state.draft, context):
        return arrive(Reviewing(draft=state.draft), context)  # a line of the recap was opened
    if place == 0:
        return arrive(ConfirmingSousMotif(draft=state.draft), context)
    return arrive(state_of(state.draft, questions[place - 1]), context)


def _place(state: Filling | Describing | Reviewing, questions: tuple[Question, ...]) -> int:
    """Where the state stands among the questions; the recap stands behind the last one."""
    key = {"describing": "description", "reviewing": ""}.get(state.kind, "")
    agent = None
    if isinstance(state, Filling):
        key, agent = state.key, state.agent
    places = [n for n, q in enumerate(questions) if (q.field.key, q.agent) == (key, agent)]
    return places[0] if places else len(questions)
