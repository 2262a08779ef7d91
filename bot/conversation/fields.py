"""Field kinds: one reader for each, of the answer among the words that were typed."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from bot.conversation.context import Context
from bot.conversation.questions import (
    CHOICES,
    Draft,
    Question,
    keep_answer,
    nir_of,
    options_of,
    pending,
)
from bot.conversation.texts import fill, load_texts, unescape
from bot.domain.amounts import (
    format_amount,
    is_usual_reference,
    read_amount,
    read_transfer_reference,
)
from bot.domain.calendar_parts import hide_dates
from bot.domain.dates import (
    EARLIEST_YEAR_CONCERNED,
    format_date,
    read_event_date,
    read_past_date,
    read_year,
)
from bot.domain.errors import InvalidAnswerError
from bot.domain.identifiers import end_with_key, parse_nir, read_siret
from bot.domain.names import read_first_name, read_surname
from bot.domain.people import read_email, read_employer_name
from bot.domain.periods import read_period
from bot.domain.sensitive_data import find_nirs
from bot.domain.short_replies import (
    ShortReply,
    agrees,
    announces_correction,
    asks_back,
    is_polite,
    kept_value,
    short_replies_of,
)
from bot.domain.text import clean, compact, one_line, parse_free_text, without_accents
from bot.domain.ticket import Answer
from bot.domain.values import (
    Candidate,
    Understood,
    ValueT,
    denies,
    is_empty_answer,
    left_aside,
    named_places,
    settle,
)
from knowledge import Field

LINE_LENGTH_LIMIT = 120
DESCRIPTION_LIMIT = 4000
SHORTEST_DESCRIPTION = 10
"""Characters; a shorter description tells an advisor nothing."""
MANY_LINES = ("long_text", "description")
"""The kinds whose answers may have several lines; for the others each line is one answer."""


DENIED = ("pas ", "surtout pas ", "ni ", "sauf ", "tout sauf ")
"""The beginnings of what something is not."""


class ChoiceFault(StrEnum):
    """Reasons why a text is not an answer to a field."""

    UNKNOWN = "choice.unknown"
    DENIED = "choice.denied"
    SEVERAL = "choice.several"
    QUESTION = "choice.question"
    ELSEWHERE = "choice.elsewhere"
    EVASIVE = "choice.evasive"
    NO_NUMBER = "choice.no_number"
    NOT_KEPT = "choice.not_kept"
    POLITE = "choice.polite"
    CORRECTION = "choice.correction"
    NO_KEY = "choice.no_key"
    OTHER_NIR = "choice.other_nir"
    NUMBER_MISSING = "number.missing"
    TOO_SHORT = "description.short"


@dataclass(frozen=True, slots=True)
class ParserInput:
    """The question, the draft and the context, which a parser may read besides the text."""

    question: Question
    draft: Draft
    context: Context


FieldReader = Callable[[str, ParserInput], Understood[str]]
"""Reads a text as the canonical value. Raises InvalidAnswerError."""


def parse_answer(typed: str, asked: ParserInput) -> Understood[Answer]:
    """Read a text as the answer to a question, with the words left aside.

    Raises:
        InvalidAnswerError: it is no answer, or it may be several; the fault names a text for the
            person.
    """
    field = asked.question.field
    if field.kind not in MANY_LINES:
        _refuse_asides(typed, field)
    reading = FIELD_READERS[field.kind](typed, asked)
    return Understood(Answer(field.key, reading.value, _note(field, reading.value)), reading.aside)


def _note(field: Field, value: str) -> str:
    """What is unusual about a value, to be said and kept with it."""
    if field.kind == "nir":
        nir = parse_nir(value)
        waiting = "nir.waiting" if nir.is_waiting else ""
        return "nir.provisional" if nir.is_provisional else waiting
    if field.kind == "transfer_reference" and not is_usual_reference(value):
        return "transfer.unusual"
    return ""


_BORN: Final = re.compile(r"(?<!\w)née?(?!\w)|(?<!\w)nee(?!\w)")
_EMPLOYER: Final = re.compile(
    r"(?<!\w)(?:mairie|commune|ville|ccas|cdg|ch[ur]?|centre|h[ôo]pital|ehpad|syndicat|communaut[ée]"
    r"|d[ée]partement|r[ée]gion|metropole|sdis|office|coll[èe]ge|lyc[ée]e|[ée]tablissement)(?!\w)",
    re.IGNORECASE,
)
BESIDE: Final = {
    "nir": {"nom": re.compile(r"[^\W\d_]{2}"), "ddn": _BORN},
    "nom": {"prenom": re.compile(r"\Aprénom "), "ddn": _BORN},
    "prenom": {"ddn": _BORN},
    "siret": {"employer_name": _EMPLOYER},
    "montant": {"ref_vir": re.compile(r"88W", re.IGNORECASE)},
    "ref_vir": {"montant": re.compile(r"\d ?(?:€|eur)", re.IGNORECASE)},
}
"""By key of an answer and of another field: what shows that words beside the one are the other."""


@dataclass(frozen=True, slots=True)
class TakenAnswers:
    """A draft with the answers that one text gives, and what is left of the text.

    `readings`: what the rest may be for the next question, where it has several.
    """

    draft: Draft
    answers: tuple[tuple[Question, Answer], ...]
    aside: str = ""
    readings: tuple[str, ...] = ()


def take_beside(
    draft: Draft, question: Question, reading: Understood[Answer], context: Context
) -> TakenAnswers:
    """Keep an answer, and those to later questions about the same agent that stand beside it.

    « 2 85 06 … DURAND Anne » is the NIR, the surname and the first name.
    """
    answers: list[tuple[Question, Answer]] = []
    following: Question | None = question
    while following is not None:
        question = following
        draft = keep_answer(draft, question, reading.value, context)
        answers.append((question, reading.value))
        following = _asked_beside(reading.aside, question, pending(draft, context))
        if following is not None:
            try:
                reading = parse_answer(reading.aside, ParserInput(following, draft, context))
            except InvalidAnswerError as error:
                aside = "" if error.readings else reading.aside
                return TakenAnswers(draft, tuple(answers), aside, error.readings)
    return TakenAnswers(draft, tuple(answers), reading.aside)


def _asked_beside(aside: str, answered: Question, questions: Iterable[Question]) -> Question | None:
    patterns = BESIDE.get(answered.field.key, {})
    for one in questions:
        pattern = patterns.get(one.field.key)
        if pattern is not None and one.agent == answered.agent and pattern.search(aside):
            return one
    return None


def _refuse_asides(typed: str, field: Field) -> None:
    """Raise InvalidAnswerError for evasions, commands, politeness and corrections."""
    if field.kind in CHOICES:  # « pas la RAFP, la CNRACL »
        return
    if is_empty_answer(typed):
        raise InvalidAnswerError(ChoiceFault.EVASIVE)
    if comparable_words(typed).startswith(DENIED):
        raise InvalidAnswerError(ChoiceFault.DENIED)
    if comparable_words(typed) in button_words():
        raise InvalidAnswerError(ChoiceFault.ELSEWHERE)
    is_name = field.kind in ("name", "employer_name")
    # « Garder » alone may also be a name.
    keeps = not is_name and ShortReply.KEEP in short_replies_of(typed)
    if keeps or kept_value(typed) is not None:
        raise InvalidAnswerError(ChoiceFault.NOT_KEPT)
    if is_polite(typed, may_be_name=field.kind == "name"):
        raise InvalidAnswerError(ChoiceFault.POLITE)
    if is_name and announces_correction(typed):
        raise InvalidAnswerError(ChoiceFault.CORRECTION)


def comparable_words(typed: str) -> str:
    """The text for comparisons: lower case, without accents."""
    return without_accents(clean(typed)).casefold()


@cache
def button_words() -> frozenset[str]:
    """The labels of all usual buttons: typed where they are not offered, they are no answer."""
    labels = (words for key, words in load_texts().items() if key.startswith("button."))
    return frozenset(without_accents(label).casefold() for label in labels if "{" not in label)


def _written(reading: Understood[ValueT], write: Callable[[ValueT], str] = str) -> Understood[str]:
    return Understood(write(reading.value), reading.aside)


def _nir(typed: str, asked: ParserInput) -> Understood[str]:
    """A NIR, alone or among words: « nir … pour Mme Durand », « née le 3/6/85, nir … »."""
    line = one_line(typed)
    if not any(map(str.isdigit, line)):
        raise InvalidAnswerError(ChoiceFault.NO_NUMBER)
    places: list[Candidate[str]] = [
        Candidate(span.start, end_with_key(line, span.end), ()) for span in find_nirs(line)
    ]
    aside = left_aside(line, places)
    has_other_number = any(map(str.isdigit, hide_dates(aside)))  # a date may stand beside it
    if len(places) != 1 or has_other_number:
        return Understood(parse_nir(line).compact)
    place = places[0]
    return Understood(parse_nir(line[place.start : place.end]).compact, aside)


def _nir_key(typed: str, asked: ParserInput) -> Understood[str]:
    """The two digits, « clé 44 », or the whole NIR with them."""
    numbers = re.findall(r"\d+", typed)
    if not find_nirs(typed) and (len(numbers) != 1 or len(numbers[0]) != 2 or denies(typed)):
        raise InvalidAnswerError(ChoiceFault.NO_KEY)
    nir = nir_of(asked.draft, asked.question.agent or 0)
    if nir and find_nirs(typed) and not compact(typed).startswith(nir.number):
        raise InvalidAnswerError(ChoiceFault.OTHER_NIR)
    key = nir.with_key(typed if find_nirs(typed) else numbers[0]).key if nir else None
    return Understood(key or "")


def _name(typed: str, asked: ParserInput) -> Understood[str]:
    """A surname, with the first name left aside for the next question; or a first name."""
    if asked.question.field.key == "nom":
        name, aside = (reading := read_surname(typed)).value, reading.aside
        told = f"prénom {name.first_name}, " if name.first_name else ""
        return Understood(name.surname, (told + aside).strip(", "))
    surname = asked.draft.answer("nom", asked.question.agent)
    return read_first_name(typed, surname.value if surname else "")


def _date(typed: str, asked: ParserInput) -> Understood[str]:
    """A date: of birth (past), of death (past, not long ago), or of an event."""
    kind, today = asked.question.field.kind, asked.context.today
    if kind == "date":
        return _written(read_event_date(typed, today), format_date)
    if kind == "death_date":
        return _written(read_past_date(typed, today, EARLIEST_YEAR_CONCERNED), format_date)
    return _written(read_past_date(typed, today), format_date)


def _reference(typed: str, asked: ParserInput) -> Understood[str]:
    """A number that another document bears, with letters or not: « CN123456 »."""
    reading = _line(typed, asked)
    if not any(map(str.isdigit, reading.value)):
        raise InvalidAnswerError(ChoiceFault.NUMBER_MISSING)
    return reading


def _long_text(typed: str, asked: ParserInput) -> Understood[str]:
    if is_empty_answer(typed, in_own_words=True):
        raise InvalidAnswerError(ChoiceFault.EVASIVE)
    return Understood(parse_free_text(typed, 1000))


def _description(typed: str, asked: ParserInput) -> Understood[str]:
    description = parse_free_text(typed, DESCRIPTION_LIMIT)
    tells_something = any(map(str.isalpha, description)) and not is_empty_answer(
        description, in_own_words=True
    )
    if len(description) < SHORTEST_DESCRIPTION or not tells_something:
        raise InvalidAnswerError(ChoiceFault.TOO_SHORT)
    return Understood(description)


def _line(typed: str, asked: ParserInput) -> Understood[str]:
    """A text of one line; a number in it without « c'est le numéro »."""
    line = one_line(parse_free_text(typed, LINE_LENGTH_LIMIT))
    if asks_back(line):
        raise InvalidAnswerError(ChoiceFault.QUESTION)
    if any(map(str.isdigit, line)):
        return Understood(left_aside(line, ()) or line)
    return Understood(line)


def _option(typed: str, asked: ParserInput) -> Understood[str]:
    """One of the options: the one that is named, else the one whose label is most alike."""
    options = options_of(asked.question.field, asked.draft, asked.context)
    if len(options) == 1 and agrees(typed):
        return Understood(options[0].value)
    labels = {option.value: unescape(fill(option.label)) for option in options}
    line = one_line(typed)
    comparable = [comparable_words(label) for label in labels.values()]
    if asks_back(line) and comparable_words(line).strip(" ?") not in comparable:
        raise InvalidAnswerError(ChoiceFault.QUESTION)
    places = [
        place for value, label in labels.items() for place in named_places(line, label, value)
    ]
    fault = ChoiceFault.DENIED if denies(line) else ChoiceFault.UNKNOWN
    if places:
        return _named_option(line, places, fault)
    if is_empty_answer(line):
        raise InvalidAnswerError(ChoiceFault.EVASIVE)
    place = asked.context.knowledge.match_label(line, list(labels.values()))
    if place is None or denies(line):
        raise InvalidAnswerError(fault)
    return Understood(options[place].value)


def _named_option(line: str, places: list[Candidate[str]], fault: ChoiceFault) -> Understood[str]:
    """The option that a line names; several are on the screen already."""
    try:
        return settle(line, places, fault, numbers_beside=True)
    except InvalidAnswerError as error:
        if error.readings:
            raise InvalidAnswerError(ChoiceFault.SEVERAL) from None
        raise


FIELD_READERS: dict[str, FieldReader] = {
    "siret": lambda typed, asked: read_siret(typed),
    "nir": _nir,
    "nir_key": _nir_key,
    "name": _name,
    "employer_name": lambda typed, asked: read_employer_name(typed),
    "date": _date,
    "past_date": _date,
    "death_date": _date,
    "period": lambda typed, asked: _written(read_period(typed, asked.context.today)),
    "year": lambda typed, asked: _written(read_year(typed, asked.context.today)),
    "amount": lambda typed, asked: _written(read_amount(typed), format_amount),
    "transfer_reference": lambda typed, asked: read_transfer_reference(typed),
    "email": lambda typed, asked: read_email(typed),
    "text": _line,
    "reference": _reference,
    "long_text": _long_text,
    "description": _description,
    "fund": _option,
    "nir_absence": _option,
    "attestation": _option,
    "confirmation": _option,
}
