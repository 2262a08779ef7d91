"""The form: answers one after the other, the description, and questions asked in between."""

from contextlib import suppress
from dataclasses import replace
from textwrap import shorten
from typing import TypeVar

from bot.conversation.context import Context
from bot.conversation.effects import Effect, EraseInput, RememberEmail, RememberEmployer
from bot.conversation.events import Commanded, GivenElsewhere, Picked, Typed
from bot.conversation.fields import (
    MANY_LINES,
    ChoiceFault,
    ParserInput,
    TakenAnswers,
    comparable_words,
    parse_answer,
    take_beside,
)
from bot.conversation.flow import (
    Form,
    Turn,
    arrive,
    offer_readings,
    proceed,
    readings_told,
    state_of,
    stay,
)
from bot.conversation.questions import (
    FIXED_OPTIONS,
    FROM_PROFILE,
    MISSING,
    NIR_KINDS,
    Draft,
    Question,
    keep_answer,
    may_be_missing,
    options_of,
    pending,
    plan,
    question_of,
)
from bot.conversation.screens.form import (
    asked_question,
    refusal_told,
    shows_ways_out,
)
from bot.conversation.screens.layout import WAYS_OUT_AFTER, masked_value
from bot.conversation.states import (
    ChoosingLine,
    ConfirmingSousMotif,
    Describing,
    Filling,
    Reviewing,
)
from bot.conversation.steps.asides import explain_aside
from bot.conversation.texts import Text, text
from bot.domain.errors import InvalidAnswerError
from bot.domain.identifiers import parse_siret
from bot.domain.people import Employer, parse_email
from bot.domain.redaction import redact
from bot.domain.sensitive_data import find_nirs
from bot.domain.short_replies import (
    announces_correction,
    reads_like_a_question,
)
from bot.domain.ticket import Answer
from bot.domain.values import Understood
from knowledge.catalogue import SENSITIVE_KINDS

DIGITS_OF_A_NIR = 6
"""A text for the NIR with so many digits is taken for an attempt at one, and erased."""

AskingT = TypeVar("AskingT", bound=Filling | Describing)

MOST_ASIDE = 80
"""Characters of the words left aside that are repeated to the person."""


def answer_typed(state: Filling, event: Typed, context: Context) -> Turn[Form]:
    """Take the text as an answer, as several pasted ones, or as a question in return."""
    is_nir = asked_question(state, context).field.kind in NIR_KINDS
    if is_nir and context.rules.nir_page_only and _may_be_number(event.text):
        return refuse_answer(state, text("leaked.nir_page"), context, before=(EraseInput(),))
    return _answer(state, event.text, context)


def nir_given(state: Filling, event: GivenElsewhere, context: Context) -> Turn[Form]:
    """Take what was given on the page, by the rules that hold for what is typed."""
    if asked_question(state, context).field.kind not in NIR_KINDS:
        return stay(state, context, lead=text("anywhere.stale"))
    turn = _answer(state, event.value, context)
    return replace(turn, effects=tuple(one for one in turn.effects if one != EraseInput()))


def _may_be_number(typed: str) -> bool:
    """What may be a NIR, right or wrong, is deleted from the chat."""
    return sum(map(str.isdigit, typed)) >= DIGITS_OF_A_NIR


def _answer(state: Filling, typed: str, context: Context) -> Turn[Form]:
    question = asked_question(state, context)
    if state.key == "nir_absence" and find_nirs(typed):  # it was found after all
        question = question_of(state.draft, "nir", state.agent, context)
    field = question.field
    lines = [line for line in typed.splitlines() if line.strip()]
    if len(lines) > 1 and field.kind not in MANY_LINES:
        return _pasted(state, lines, context)
    if meant := meant_elsewhere(typed, question, context):
        return take_elsewhere(state, meant, context)
    is_sensitive = field.kind in SENSITIVE_KINDS and _may_be_number(typed)
    erase = (EraseInput(),) if is_sensitive else ()
    try:
        reading = parse_answer(typed, ParserInput(question, state.draft, context))
    except InvalidAnswerError as error:
        return _refused(state, typed, error, context, before=erase)
    return take_answer(state.draft, question, reading, context, before=erase)


def _refused(
    state: Filling,
    typed: str,
    error: InvalidAnswerError,
    context: Context,
    before: tuple[Effect, ...],
) -> Turn[Form]:
    """What is no answer: an evasion, one of several readings, a question in return, a slip."""
    question = asked_question(state, context)
    passes = shows_ways_out(state) and comparable_words(typed).startswith("passer")
    if error.fault == ChoiceFault.EVASIVE or passes:
        return _evaded(state, question, context)
    if not error.readings and reads_like_a_question(typed):
        aside = explain_aside(typed, question, context)
        if aside is not None:
            return stay(state, context, before=(*before, aside))
        unknown = text("aside.unknown", help=question.field.help)
        return refuse_answer(state, unknown, context, before=before)
    fault: str = error.fault
    if announces_correction(typed):
        fault = ChoiceFault.CORRECTION
    elif fault == ChoiceFault.POLITE and question.field.optional:
        fault = "choice.polite_optional"
    told = readings_told(error.readings) or text(f"fault.{fault}")
    turn = refuse_answer(state, told, context, before=before)
    return replace(turn, effects=offer_readings(turn.effects, error.readings))


def refuse_answer(
    state: AskingT, fault: Text, context: Context, *, before: tuple[Effect, ...] = ()
) -> Turn[AskingT]:
    """Ask again and say why; each refusal in a row says it otherwise, and the third helps out."""
    state = replace(state, refused=state.refused + 1)
    return stay(state, context, lead=refusal_told(state, fault, context), before=before)


def _evaded(state: Filling, question: Question, context: Context) -> Turn[Form]:
    """« Je ne l'ai pas »: skip an optional field, else offer to leave it to the advisor.

    Where that was offered, it is taken; where the answer is needed, the person is told why.
    """
    if shows_ways_out(state) and may_be_missing(state.draft, question, context):
        return leave_to_advisor(state, context)
    kind = question.field.kind
    if question.field.optional or kind in ("nir", "nir_absence"):
        left_out = Answer(question.field.key, "unknown" if kind == "nir_absence" else "")
        return take_answer(state.draft, question, Understood(left_out), context)
    if kind == "fund":
        return refuse_answer(state, text("aside.field", help=question.field.help), context)
    if may_be_missing(state.draft, question, context):
        offered = replace(state, refused=WAYS_OUT_AFTER - 1)
        return refuse_answer(offered, text("fault.choice.missing"), context)
    is_oath = kind in ("attestation", "confirmation")
    fault = "choice.needed" if is_oath else ChoiceFault.EVASIVE
    return refuse_answer(state, text(f"fault.{fault}"), context)


def take_answer(
    draft: Draft,
    question: Question,
    reading: Understood[Answer],
    context: Context,
    *,
    before: tuple[Effect, ...] = (),
) -> Turn[Form]:
    """Keep an answer and those that stand beside it; say what was understood and what was not."""
    taken = take_beside(draft, question, reading, context)
    lines = [_noted(reading.value, question)]
    for also, answer in taken.answers[1:]:
        value = masked_value(answer)
        lines.append(text("noted.labelled", label=also.field.label, value=value))
    lines.append(readings_told(taken.readings))
    if taken.aside:
        words = shorten(redact(taken.aside), MOST_ASIDE, placeholder=" …")
        lines.append(text("noted.aside", words=words))
    noted = tuple(line for line in lines if line is not None)
    lead = text("noted.lines", lines=noted) if noted else None
    turn = proceed(taken.draft, context, lead=lead, before=before + remember_answers(taken))
    return replace(turn, effects=offer_readings(turn.effects, taken.readings))


def remember_answers(taken: TakenAnswers) -> tuple[Effect, ...]:
    """Store what the profile remembers, each once."""
    told = [remember_answer(taken.draft, answer) for _, answer in taken.answers]
    return tuple(dict.fromkeys(effect for effects in told for effect in effects))


def remember_answer(draft: Draft, answer: Answer) -> tuple[Effect, ...]:
    """Store employer and reply address in the profile, so that they are asked once."""
    if answer.key == "email":
        return (RememberEmail(answer.value),)
    siret, name = draft.answer("siret"), draft.answer("employer_name")
    if answer.key in ("siret", "employer_name") and siret and name and siret.value and name.value:
        return (RememberEmployer(Employer(siret.value, name.value)),)
    return ()


def _noted(answer: Answer, question: Question) -> Text | None:
    """Repeat what was understood, for numbers, choices and warnings."""
    if answer.key == "nir" and answer.value:
        return text(f"noted.{answer.note or 'nir'}", nir=masked_value(answer))
    if answer.note and answer.note != FROM_PROFILE:
        return text(f"noted.{answer.note}")
    if answer.value and question.field.kind not in (*MANY_LINES, "nir_key", *FIXED_OPTIONS):
        return text("noted.value", value=masked_value(answer))
    return None


def _pasted(state: Filling, lines: list[str], context: Context) -> Turn[Form]:
    """Take pasted lines as answers in order; the first unreadable one is asked again."""
    draft, question = state.draft, asked_question(state, context)
    before: tuple[Effect, ...] = (EraseInput(),) if any(map(find_nirs, lines)) else ()
    for line in lines:
        if question.field.kind == "description":
            break
        try:
            asked = ParserInput(question, draft, context)
            reading = parse_answer(line, asked)
            if reading.value.key != "nir" and find_nirs(line):  # it is no other answer
                reading = parse_answer("", asked)
        except InvalidAnswerError as error:
            asked_again = state_of(draft, question)
            if question == asked_question(state, context):
                asked_again = replace(asked_again, refused=state.refused)
            told = readings_told(error.readings) or text(f"fault.{error.fault}")
            turn = refuse_answer(asked_again, told, context, before=before)
            return replace(turn, effects=offer_readings(turn.effects, error.readings))
        taken = take_beside(draft, question, reading, context)
        draft, before = taken.draft, before + remember_answers(taken)
        question = next(
            one
            for one in plan(draft, context)
            if one.field.kind == "description" or draft.answer(one.field.key, one.agent) is None
        )
    return proceed(draft, context, lead=text("noted.several"), before=before)


def option_picked(state: Filling, event: Picked, context: Context) -> Turn[Form]:
    """Take an option of the field as the answer."""
    question = asked_question(state, context)
    options = options_of(question.field, state.draft, context)
    place = int(event.about) if event.about.isdigit() else len(options)
    if place >= len(options):
        return stay(state, context, lead=text("anywhere.stale"))
    answer = Understood(Answer(state.key, options[place].value))
    return take_answer(state.draft, question, answer, context)


def employer_picked(state: Filling, event: Picked, context: Context) -> Turn[Form]:
    """Take a known employer as the answer."""
    if event.about not in [employer.siret for employer in context.profile.employers]:
        return stay(state, context, lead=text("anywhere.stale"))
    question = question_of(state.draft, "siret", None, context)
    return take_answer(state.draft, question, Understood(Answer("siret", event.about)), context)


def field_skipped(state: Filling | Describing, event: Picked, context: Context) -> Turn[Form]:
    """Leave out an optional field, or leave one that could not be answered to the advisor."""
    question = asked_question(state, context)
    if shows_ways_out(state) and may_be_missing(state.draft, question, context):
        return leave_to_advisor(state, context)
    if not question.field.optional:
        return stay(state, context)
    answer = Understood(Answer(question.field.key, ""))
    return take_answer(state.draft, question, answer, context)


def leave_to_advisor(state: Filling | Describing, context: Context) -> Turn[Form]:
    """Keep the answer as missing: the ticket says so, and the advisor asks for it."""
    question = asked_question(state, context)
    answer = Understood(Answer(question.field.key, "", MISSING))
    return take_answer(state.draft, question, answer, context)


def nir_missing(state: Filling, event: Picked, context: Context) -> Turn[Form]:
    """« Je n'ai pas le NIR »: ask the reason and the birth date (motifs.md, common rule 9)."""
    if state.key != "nir":
        return stay(state, context)
    return take_answer(
        state.draft, asked_question(state, context), Understood(Answer("nir", "")), context
    )


def answer_kept(state: Filling, event: Picked, context: Context) -> Turn[Form]:
    """Keep an earlier answer and go to the question after it."""
    questions = plan(state.draft, context)
    behind = questions[_place(state, questions) + 1 :]
    if not behind or not pending(state.draft, context):
        return proceed(state.draft, context)
    return arrive(state_of(state.draft, behind[0]), context)


def doubt_reopened(state: Filling, event: Picked, context: Context) -> Turn[Filling]:
    """Ask the NIR again, because it contradicts the birth date."""
    return arrive(Filling(draft=state.draft, key="nir", agent=state.agent), context)


def previous_question_wanted(
    state: Filling | Describing | Reviewing, event: Picked | Commanded, context: Context
) -> Turn[Form | ChoosingLine | ConfirmingSousMotif]:
    """Go to the question before; its answer stays until it is replaced."""
    questions = plan(state.draft, context)
    place = _place(state, questions)
    if isinstance(state, Filling) and not pending(state.draft, context):
        return arrive(Reviewing(draft=state.draft), context)  # a line of the recap was opened
    if place == 0:
        return arrive(ConfirmingSousMotif(draft=state.draft), context)
    return arrive(state_of(state.draft, questions[place - 1]), context)


def _place(state: Filling | Describing | Reviewing, questions: tuple[Question, ...]) -> int:
    """The place of the state among the questions; the recap comes after the last one."""
    key = {"describing": "description", "reviewing": ""}.get(state.kind, "")
    agent = None
    if isinstance(state, Filling):
        key, agent = state.key, state.agent
    places = [n for n, q in enumerate(questions) if (q.field.key, q.agent) == (key, agent)]
    return places[0] if places else len(questions)


def meant_elsewhere(typed: str, question: Question, context: Context) -> Answer | None:
    """A whole SIRET or address typed at another question: the answer that it is."""
    kind = question.field.kind
    fields = context.knowledge.catalogue.fields
    for key, parse in (("siret", parse_siret), ("email", parse_email)):
        if kind in (fields[key].kind, *SENSITIVE_KINDS):
            continue
        with suppress(InvalidAnswerError):
            return Answer(key, parse(typed))
    return None


def take_elsewhere(
    state: Filling | Describing, answer: Answer, context: Context
) -> Turn[Filling | Describing]:
    """Keep an answer to another question, say so, and ask this one again."""
    question = Question(context.knowledge.catalogue.fields[answer.key])
    draft = keep_answer(state.draft, question, answer, context)
    said = text("noted.elsewhere", label=question.field.label, value=masked_value(answer))
    return stay(
        replace(state, draft=draft), context, lead=said, before=remember_answer(draft, answer)
    )
