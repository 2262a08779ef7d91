"""One-time codes: six digits that show that an e-mail address is read by who gave it."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Final

from bot.domain.text import plain_forms

CODE_LIFETIME: Final = timedelta(minutes=15)
CODE_PAUSE: Final = timedelta(minutes=1)
"""Between two codes; the first one is mostly still on its way."""
CODE_TRIES: Final = 5
CODES_A_DAY: Final = 5
CODES_OF_OTHERS: Final = 2 * CODES_A_DAY
"""What other people may have sent to an address in a day; then nobody else may."""
"""Codes to one person, and to one address: nobody's mailbox is filled through this desk."""

_CODE: Final = re.compile(r"[^\d]{0,40}?(\d{3})[ .\-]?(\d{3})[^\d]{0,40}")


class CodeSending(StrEnum):
    """What became of the wish for a code; also the key of the French text that says it."""

    SENT = "sent"
    TOO_SOON = "too_soon"
    TOO_MANY = "too_many"
    IMPOSSIBLE = "impossible"


class CodeCheck(StrEnum):
    """What a code that was typed is worth; also the key of the French text that says it."""

    RIGHT = "right"
    WRONG = "wrong"
    PAST = "past"
    SPENT = "spent"


def find_code(typed: str) -> str | None:
    """The six digits of « 482 913 » or « mon code est 482913 »; None where there is no such."""
    found = _CODE.fullmatch(plain_forms(typed).strip())
    return "".join(found.groups()) if found else None
