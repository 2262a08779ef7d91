"""IBANs and card numbers standing in a text: secrets nobody asked for.

An IBAN is two letters, two digits and what its country asks for, with a checksum of its own
(ISO 13616); a card number has 13 to 19 digits of which the last agrees with the others by the
formula of Luhn (ISO/IEC 7812). python-stdnum knows both. SIRETs follow Luhn too: a card number is
believed in the lengths and groups of cards only.
"""

import re
from collections.abc import Iterator
from typing import Final

from stdnum import iban, luhn

_IBAN: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?:[ .\-\n]{0,3}[A-Za-z0-9]){11,30}")
_IBAN_LENGTHS: Final = range(34, 14, -1)
# By the first digits of the networks (ISO/IEC 7812), so that « 2026 0012 3456 7890 » is none: in
# groups of four; American Express has 4, 6 and 5. Behind 88W stands the reference of a transfer.
_CARD: Final = re.compile(
    r"(?<![0-9])(?<!88W)(?<!88W )(?:(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|6[05][0-9]{2}"
    r"|35[0-9]{2})(?:[ .\-]{0,3}[0-9]{4}){3}(?:[ .\-]?[0-9]{3})?"
    r"|3[47][0-9]{2}[ .\-]{0,3}[0-9]{6}[ .\-]{0,3}[0-9]{5})(?![0-9])"
)


def bank_number_places(text: str) -> list[tuple[int, int]]:
    """The places (start, end) of IBANs and card numbers, in order, none inside another."""
    found = list(_ibans(text))
    for card in _CARD.finditer(text):
        is_inside = any(start <= card.start() < end for start, end in found)
        if not is_inside and luhn.is_valid(re.sub(r"[^0-9]", "", card[0])):
            found.append(card.span())
    return sorted(found)


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """A sentence may go on behind an IBAN: of all lengths, one has the right checksum."""
    for match in _IBAN.finditer(text):
        places = [at for at in range(*match.span()) if text[at].isalnum()]
        for length in _IBAN_LENGTHS:
            ends = places[:length]
            if len(ends) == length and _is_iban("".join(text[at] for at in ends)):
                yield match.start(), ends[-1] + 1
                break


def _is_iban(number: str) -> bool:
    return bool(iban.is_valid(number, check_country=False))  # a bank that is unknown is a bank
