"""Amounts in euros and references of transfers: what a payment is known by."""

import re
from decimal import Decimal
from itertools import pairwise
from typing import Final

from bot.domain.calendar_parts import hide_dates
from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.text import one_line, plain_forms
from bot.domain.values import Candidate, Understood, folded, is_usual_word, settle

LARGEST: Final = Decimal(10) ** 9

_EURO: Final = r"(?:€|eur(?:os?)?(?![a-z]))"
_CENTS: Final = re.compile(  # « 12€50 », « 12 euros et 50 centimes »
    rf"(?<=\d)(?:€|euros?)(?P<glued>\d\d)(?!\d|[.,]\d)"
    rf"|(?<=\d) ?{_EURO}(?: et)? ?(?P<apart>\d\d)(?: ?(?:cts?|centimes?)(?![a-z])|[ .]*\Z)"
)
_NUMBER: Final = re.compile(
    r"(?<![a-z0-9.,])(?<!\d[^a-z0-9\s])(?P<minus>(?<!au )moins |-(?:(?<=\A-) )?)?"
    rf"(?P<before>{_EURO} ?)?(?<!\d-)(?P<number>\d(?:[\d ,.]*\d)?)"
    rf"(?: ?(?P<multiple>mille|millions?|[km](?= ?{_EURO})))?(?P<after> ?(?:d')?{_EURO})?"
    r"(?![a-z0-9]|[^a-z0-9\s]\d|[,-] ?\Z| ?%)"
)
# Thousands apart by one sign that stays the same, or not apart at all; then a decimal sign.
_AMOUNT: Final = re.compile(
    r"(?P<whole>\d{1,3}(?:(?P<apart>[ .])\d{3})(?:(?P=apart)\d{3})*|\d+)(?:,(?P<cents>\d+))?"
    r"|(?P<whole_dot>\d{1,3}(?:[ ,]\d{3})+|\d+)\.(?P<cents_dot>\d+)",
    re.ASCII,
)
_MULTIPLES: Final = {"k": 1000, "mille": 1000, "m": 10**6, "million": 10**6, "millions": 10**6}
_JOINED: Final = re.compile(r" ?(?:ou|et|a|-) ?(?:de )?")
_PART_OF_ALL: Final = re.compile(r"(?:/ ?|(?<![a-z])par )(?:mois|an|jour|trimestre|agent)")
_CALCULATED: Final = re.compile(r"[+*=\u00d7]|(?<![a-z])(?:x|fois)(?![a-z])")


def read_amount(text: str) -> Understood[Decimal]:
    """Euros, over 0 and up to a thousand million, with two decimals.

    « 1 234,56 € », « 1234.56 », « 12 500 », « 1.234,56 », « 1,234.56 », « 12€50 », « 3 k€ ».
    « 1.234 » is one thousand two hundred and thirty-four, as nothing costs a tenth of a cent;
    « 1,234 » is refused, the comma being the French decimal sign. Numbers without « € » beside one
    that has it are no amounts. Raises InvalidAnswerError.
    """
    line = _CENTS.sub(lambda one: f",{one['glued'] or one['apart']} €", one_line(text))
    words = hide_dates(folded(line))
    if _CALCULATED.search(words):
        raise InvalidAnswerError(Fault.AMOUNT_FORM)
    numbers = list(_NUMBER.finditer(words))
    marked = [one for one in numbers if one["before"] or one["after"]]
    for one, after in pairwise(numbers):  # « entre 12 et 15 € »
        if after in marked and _JOINED.fullmatch(words, one.end(), after.start()):
            marked.insert(0, one)
    places = [Candidate(*one.span(), (_amount(one),)) for one in marked or numbers]
    reading = settle(
        line, places, Fault.AMOUNT_FORM, write=format_amount, numbers_beside=bool(marked)
    )
    if _PART_OF_ALL.search(words):  # « 1 200 € par mois » is another amount in all
        raise InvalidAnswerError(Fault.AMOUNT_FORM, (format_amount(reading.value),))
    return reading


def _amount(number: re.Match[str]) -> Decimal:
    if number["minus"]:
        raise InvalidAnswerError(Fault.AMOUNT_NEGATIVE)
    match = _AMOUNT.fullmatch(number["number"])
    if match is None:
        raise InvalidAnswerError(Fault.AMOUNT_FORM)
    whole = re.sub(r"\D", "", match["whole"] or match["whole_dot"])
    cents = match["cents"] or match["cents_dot"] or ""
    amount = Decimal(f"{whole}.{cents or 0}") * _MULTIPLES.get(number["multiple"] or "", 1)
    if len(cents) > 2:
        raise InvalidAnswerError(Fault.AMOUNT_DECIMALS)
    if not amount:
        raise InvalidAnswerError(Fault.AMOUNT_ZERO)
    if amount > LARGEST:
        raise InvalidAnswerError(Fault.AMOUNT_TOO_LARGE)
    return amount.quantize(Decimal("0.01"))


def format_amount(amount: Decimal) -> str:
    """As it is written in French: « 1 234,56 € »."""
    return f"{amount:,.2f}".replace(",", " ").replace(".", ",") + " €"


_WORD: Final = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_LENGTHS: Final = range(5, 36)  # 35: the longest reference of a SEPA credit transfer


def read_transfer_reference(text: str) -> Understood[str]:
    """A reference with a digit in it at least, its groups being spaces or dashes apart.

    « la réf est VIR 2026-0412 ». Raises InvalidAnswerError.
    """
    line = one_line(text)
    runs: list[list[re.Match[str]]] = []
    for word in _WORD.finditer(hide_dates(plain_forms(line))):
        is_group = any(map(str.isdigit, word[0])) or (word[0].isupper() and len(word[0]) < 5)
        if not is_group or is_usual_word(word[0]):
            continue
        if runs and line[runs[-1][-1].end() : word.start()] == " ":
            runs[-1].append(word)
        else:
            runs.append([word])
    places = []
    for run in runs:
        reference = "".join(word[0] for word in run).replace("-", "").upper()
        if len(reference) in _LENGTHS and any(map(str.isdigit, reference)):
            places.append(Candidate(run[0].start(), run[-1].end(), (reference,)))
    usual = [place for place in places if any(map(is_usual_reference, place.values))]
    fault = Fault.TRANSFER_REFERENCE_LENGTH
    if not any(map(str.isdigit, line)):
        fault = Fault.TRANSFER_REFERENCE_DIGITS
    elif re.search(r"[/_*+#]", line):
        fault = Fault.TRANSFER_REFERENCE_CHARACTERS
    return settle(line, usual or places, fault, numbers_beside=bool(usual))


def is_usual_reference(reference: str) -> bool:
    """Whether it begins as the funds' references do; another is no mistake, only unusual."""
    return reference.startswith("88W")
