"""The SIRET: 14 digits of an establishment, nine for its employer (SIREN) and five of its own.

The digits agree by the formula of Luhn, except at La Poste (SIREN 356 000 000), whose
establishments have a sum of digits that is a multiple of five; its head office follows the common
rule. Source: Insee, Système national d'identification des entreprises et de leurs établissements;
both rules are python-stdnum's, which also refuses a wrong SIREN.
"""

import re
from dataclasses import dataclass
from typing import Final

from stdnum.fr import siret as stdnum_siret

from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.text import compact

LENGTH: Final = 14


class SiretFault(Fault):
    """Why a number is not a SIRET."""

    LENGTH = "siret.length"
    CHARACTERS = "siret.characters"
    KEY = "siret.key"


@dataclass(frozen=True, slots=True)
class Siret:
    """An establishment's number; public, so that it is shown in full."""

    number: str
    """14 digits."""

    @property
    def siren(self) -> str:
        """The nine digits of the employer, common to its establishments."""
        return self.number[:9]

    @property
    def grouped(self) -> str:
        """As it is printed: `217 500 016 00019`."""
        return stdnum_siret.format(self.number)

    def __str__(self) -> str:
        return self.grouped


def parse_siret(text: str) -> Siret:
    """A SIRET, whatever stands between its groups.

    Raises InvalidAnswerError with a SiretFault.
    """
    typed = compact(text)
    if not re.fullmatch(r"[0-9]*", typed):
        raise InvalidAnswerError(SiretFault.CHARACTERS)
    if len(typed) != LENGTH:
        raise InvalidAnswerError(SiretFault.LENGTH)
    # Fourteen zeros satisfy every formula.
    if not stdnum_siret.is_valid(typed) or not typed.strip("0"):
        raise InvalidAnswerError(SiretFault.KEY)
    return Siret(typed)
