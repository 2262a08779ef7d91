"""The address to answer at when the chat cannot be reached."""

import re
from typing import Final

from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.text import one_line, plain_forms

LIMIT: Final = 254  # RFC 5321 leaves this much for an address between its angle brackets.

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ATOM: Final = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS: Final = re.compile(
    rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>(?:{_LABEL}\.)+[a-z][a-z0-9-]*[a-z0-9])",
    re.ASCII | re.IGNORECASE,
)
_LOCAL_LIMIT: Final = 64


class EmailFault(Fault):
    """Why a text is not an address."""

    FORM = "email.form"
    TOO_LONG = "email.too_long"


def parse_email(text: str) -> str:
    """An address as mail in use has it (RFC 5321 without quoted or commented parts).

    The domain comes back in lower case; what stands before the @ as it was typed.
    Raises InvalidAnswerError with an EmailFault.
    """
    typed = re.sub(r"^<|>$|^mailto:", "", plain_forms(one_line(text)), flags=re.IGNORECASE)
    if len(typed) > LIMIT:
        raise InvalidAnswerError(EmailFault.TOO_LONG)
    match = _ADDRESS.fullmatch(typed)
    if match is None or len(match["local"]) > _LOCAL_LIMIT:
        raise InvalidAnswerError(EmailFault.FORM)
    return f"{match['local']}@{match['domain'].lower()}"
