"""Secrets out of whatever is kept: a text, an event, an update of Telegram with all that is in it.

A number is replaced by a mark. A password has no bounds that are sure: the whole text is replaced.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum, StrEnum
from typing import Any, Final

from bot.domain.passwords import announces_secret
from bot.domain.sensitive_data import find_bank_numbers, find_nirs, redact_sensitive

REDACTED: Final = "[numéro retiré]"
"""Replaces a number that was taken out of a text."""


class Secret(StrEnum):
    """The kinds of secret that are taken out of a text."""

    NIR = "nir"
    BANK = "bank"
    PASSWORD = "password"  # noqa: S105 -- the kind of secret, not one


def number_in(text: str) -> Secret | None:
    """The number that a text holds and nobody may keep; a NIR weighs more than a bank's."""
    if find_nirs(text):
        return Secret.NIR
    return Secret.BANK if find_bank_numbers(text) else None


def secret_in(text: str) -> Secret | None:
    """The same, or a password or code that a text gives."""
    return number_in(text) or (Secret.PASSWORD if announces_secret(text) else None)


def redact(text: str) -> str:
    """A text without its numbers, or nothing but the mark where it gives a password."""
    return REDACTED if announces_secret(text) else redact_sensitive(text, REDACTED)


def redact_all(kept: Any) -> Any:
    """The same value, be it of lists, mappings or dataclasses, with every text in it redacted."""
    match kept:
        case Enum():
            return kept
        case str():
            return redact(kept)
        case Mapping():
            return {key: redact_all(value) for key, value in kept.items()}
        case list() | tuple():
            return type(kept)(map(redact_all, kept))
        case _ if is_dataclass(kept) and not isinstance(kept, type):
            changed = {one.name: redact_all(getattr(kept, one.name)) for one in fields(kept)}
            return replace(kept, **changed)
        case _:
            return kept


def texts_in(kept: Any, *, without: frozenset[str] = frozenset()) -> Iterator[str]:
    """Every text in lists and mappings, but for what stands under the keys `without`."""
    match kept:
        case str():
            yield kept
        case Mapping():
            for key, value in kept.items():
                if key not in without:
                    yield from texts_in(value, without=without)
        case list() | tuple():
            for value in kept:
                yield from texts_in(value, without=without)
