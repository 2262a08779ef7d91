"""Amounts in euros and references of transfers: what a payment is known by."""

import re
from decimal import Decimal
from typing import Final

from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.text import one_line, plain_forms

LARGEST: Final = Decimal(10) ** 9

_CURRENCY: Final = re.compile(r"€|(?<![a-z])eur(?:os?)?(?![a-z])\.?", re.IGNORECASE)
# Thousands apart by one sign that stays the same, or not apart at all; then a decimal sign.
_AMOUNT: Final = re.compile(
    r"(?P<whole>\d{1,3}(?:(?P<apart>[ .])\d{3})(?:(?P=apart)\d{3})*|\d+)(?:,(?P<cents>\d+))?"
    r"|(?P<whole_dot>\d{1,3}(?:[ ,]\d{3})+|\d+)\.(?P<cents_dot>\d+)",
    re.ASCII,
)


def parse_amount(text: str) -> Decimal:
    """Euros, over 0 and up to a thousand million, with two decimals.

    « 1 234,56 € », « 1234.56 », « 12 500 », « 1.234,56 », « 1,234.56 ». « 1.234 » is one thousand
    two hundred and thirty-four, as nothing costs a tenth of a cent; « 1,234 » is refused, the
    comma being the French decimal sign. Raises InvalidAnswerError.
    """
    typed = _CURRENCY.sub("", plain_forms(one_line(text))).strip()
    if re.match(r"- ?\d", typed):
        raise InvalidAnswerError(Fault.AMOUNT_NEGATIVE)
    match = _AMOUNT.fullmatch(typed)
    if match is None:
        raise InvalidAnswerError(Fault.AMOUNT_FORM)
    whole = re.sub(r"\D", "", match["whole"] or match["whole_dot"])
    cents = match["cents"] or match["cents_dot"] or ""
    amount = Decimal(f"{whole}.{cents or 0}")
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


def parse_transfer_reference(text: str) -> str:
    """A reference with a digit in it at least, whatever stands between its groups.

    Raises InvalidAnswerError.
    """
    typed = re.sub(r"[ \-]", "", plain_forms(one_line(text))).upper()
    if not re.fullmatch(r"[A-Z0-9]*", typed):
        raise InvalidAnswerError(Fault.TRANSFER_REFERENCE_CHARACTERS)
    if not 5 <= len(typed) <= 35:  # the longest reference of a SEPA credit transfer
        raise InvalidAnswerError(Fault.TRANSFER_REFERENCE_LENGTH)
    if not re.search(r"\d", typed):
        raise InvalidAnswerError(Fault.TRANSFER_REFERENCE_DIGITS)
    return typed


def is_usual_reference(reference: str) -> bool:
    """Whether it begins as the funds' references do; another is no mistake, only unusual."""
    return reference.startswith("88W")
