"""Field kinds: one parser for each."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from bot.conversation.context import Context
from bot.conversation.questions import CHOICES, Draft, Question, nir_of, options_of
from bot.conversation.texts import fill, load_texts, unescape
from bot.domain.amounts import (
    format_amount,
    is_usual_reference,
    parse_amount,
    parse_transfer_reference,
)
from bot.domain.dates import (
    EARLIEST_YEAR_CONCERNED,
    format_date,
    parse_event_date,
    parse_past_date,
    parse_period,
    parse_year,
)
from bot.domain.errors import InvalidAnswerError
from bot.domain.identifiers import parse_nir, parse_siret
from bot.domain.people import parse_email, parse_employer_name, parse_name
from bot.domain.sensitive_data import find_nirs, redact_nirs
from bot.domain.short_replies import (
    ShortReply,
    agrees,
    announces_correction,
    asks_back,
    is_evasive,
    is_polite,
    kept_value,
    short_replies_of,
)
from bot.domain.text import clean, one_line, parse_free_text, without_accents
from bot.domain.ticket import Answer
from knowledge import Field

LINE_LENGTH_LIMIT = 120
FOURTEEN_DIGITS = re.compile(r"(?<!\d)\d(?:[\s.-]?\d){13}(?!\d)")
A_DATE = re.compile(r"(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-](\d{4}|\d{2})(?!\d)")
DESCRIPTION_LIMIT = 4000
SHORTEST_DESCRIPTION = 10
"""Characters; a shorter description tells an advisor nothing."""
MANY_LINES = ("long_text", "description")
"""The kinds whose answers may have several lines; for the others each line is one answer."""


class ChoiceFault(StrEnum):
    """Reasons why a text is not an answer to a field."""

    UNKNOWN = "choice.unknown"
    QUESTION = "choice.question"
    ELSEWHERE = "choice.elsewhere"
    EVASIVE = "choice.evasive"
    NO_NUMBER = "choice.no_number"
    NOT_KEPT = "choice.not_kept"
    POLITE = "choice.polite"
    CORRECTION = "choice.correction"
    NO_KEY = "choice.no_key"
    TOO_SHORT = "description.short"


@dataclass(frozen=True, slots=True)
class ParserInput:
    """The question, the draft and the context, which a parser may read besides the text."""

    question: Question
    draft: Draft
    context: Context


Parser = Callable[[str, ParserInput], tuple[str, str]]
"""Parses a text into the canonical value and its note. Raises InvalidAnswerError."""


def parse_answer(typed: str, asked: ParserInput) -> Answer:
    """Parse a text as the answer to a question.

    Raises:
        InvalidAnswerError: it is no answer; the fault names a text for the person.
    """
    field = asked.question.field
    if field.kind not in MANY_LINES:
        _refuse_asides(typed, field)
    value, note = FIELD_PARSERS[field.kind](typed, asked)
    return Answer(field.key, value, note)


def _refuse_asides(typed: str, field: Field) -> None:
    """Raise InvalidAnswerError for evasions, commands, politeness and corrections."""
    if is_evasive(typed):
        raise InvalidAnswerError(ChoiceFault.EVASIVE)
    if field.kind in CHOICES:
        return
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


def _siret(typed: str, asked: ParserInput) -> tuple[str, str]:
    """Parse a SIRET, alone or among words: « siret 217 500 016 00019 mairie »."""
    alone = FOURTEEN_DIGITS.findall(typed)
    return parse_siret(alone[0] if len(alone) == 1 else typed), ""


def _nir(typed: str, asked: ParserInput) -> tuple[str, str]:
    """Parse a NIR, alone or among words: « nir … pour Mme Durand », « née le 3/6/85, nir … »."""
    if not any(map(str.isdigit, typed)):
        raise InvalidAnswerError(ChoiceFault.NO_NUMBER)
    spans = find_nirs(typed)
    found = typed[spans[0].start : spans[0].end] if len(spans) == 1 else typed
    beside = A_DATE.sub(" ", redact_nirs(typed, " "))  # a date may stand beside it, no other number
    nir = parse_nir(typed if any(map(str.isdigit, beside)) else found)
    if nir.is_provisional:
        return nir.compact, "nir.provisional"
    return nir.compact, "nir.waiting" if nir.is_waiting else ""


def _nir_key(typed: str, asked: ParserInput) -> tuple[str, str]:
    if len(typed.strip()) > 2 and not find_nirs(typed):
        raise InvalidAnswerError(ChoiceFault.NO_KEY)
    nir = nir_of(asked.draft, asked.question.agent or 0)
    key = nir.with_key(typed).key if nir else None
    return key or "", ""


def _date(typed: str, asked: ParserInput) -> tuple[str, str]:
    """Parse a date: of birth (past), of death (past, not long ago), or of an event."""
    kind, today = asked.question.field.kind, asked.context.today
    if kind == "date":
        day = parse_event_date(typed, today)
    elif kind == "death_date":
        day = parse_past_date(typed, today, EARLIEST_YEAR_CONCERNED)
    else:
        day = parse_past_date(typed, today)
    return format_date(day), ""


def _transfer_reference(typed: str, asked: ParserInput) -> tuple[str, str]:
    reference = parse_transfer_reference(typed)
    return reference, "" if is_usual_reference(reference) else "transfer.unusual"


def _description(typed: str, asked: ParserInput) -> tuple[str, str]:
    description = parse_free_text(typed, DESCRIPTION_LIMIT)
    if len(description) < SHORTEST_DESCRIPTION:
        raise InvalidAnswerError(ChoiceFault.TOO_SHORT)
    return description, ""


def _line(typed: str, asked: ParserInput) -> tuple[str, str]:
    line = one_line(parse_free_text(typed, LINE_LENGTH_LIMIT))
    if asks_back(line):
        raise InvalidAnswerError(ChoiceFault.QUESTION)
    return line, ""


def _option(typed: str, asked: ParserInput) -> tuple[str, str]:
    options = options_of(asked.question.field, asked.draft, asked.context)
    if len(options) == 1 and agrees(typed):
        return options[0].value, ""
    labels = [unescape(fill(option.label)) for option in options]
    place = asked.context.knowledge.match_label(typed, labels)
    if asks_back(typed) and comparable_words(typed).strip(" ?") not in map(
        comparable_words, labels
    ):
        raise InvalidAnswerError(ChoiceFault.QUESTION)
    if place is None:
        raise InvalidAnswerError(ChoiceFault.UNKNOWN)
    return options[place].value, ""


FIELD_PARSERS: dict[str, Parser] = {
    "siret": _siret,
    "nir": _nir,
    "nir_key": _nir_key,
    "name": lambda typed, asked: (parse_name(typed), ""),
    "employer_name": lambda typed, asked: (parse_employer_name(typed), ""),
    "date": _date,
    "past_date": _date,
    "death_date": _date,
    "period": lambda typed, asked: (str(parse_period(typed)), ""),
    "year": lambda typed, asked: (str(parse_year(typed, asked.context.today)), ""),
    "amount": lambda typed, asked: (format_amount(parse_amount(typed)), ""),
    "transfer_reference": _transfer_reference,
    "email": lambda typed, asked: (parse_email(typed), ""),
    "text": _line,
    "long_text": lambda typed, asked: (parse_free_text(typed, 1000), ""),
    "description": _description,
    "fund": _option,
    "nir_absence": _option,
    "attestation": _option,
    "confirmation": _option,
}
