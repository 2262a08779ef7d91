"""Accounts: a person's access to PEP's at one employer, as administrators declare it.

PEP's has no public interface: an account here is what somebody said about one there.
"""

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.sensitive_data import find_sensitive
from bot.domain.text import compact, one_line, without_accents
from bot.domain.values import Understood, is_empty_answer, left_aside


class AccountRole(StrEnum):
    """The profile of an account in PEP's."""

    ADMINISTRATOR = "administrator"
    USER = "user"


class AccountStanding(StrEnum):
    """How an account stands on a day, in the order of urgency."""

    LEAVING = "leaving"
    EXPIRED = "expired"
    EXPIRING = "expiring"
    ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose an account is; an empty `email` is one that nobody told us."""

    last_name: str
    first_name: str
    email: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account. `expires` is its last good day; `estimated` until PEP's own date is told.

    `leaves` is the day of a departure that was announced: from then on it is to be deleted.
    `origin` is the holder as first declared: what makes a second person's use of it visible.
    `version` counts the changes, so that nobody changes what they have not seen.
    """

    id: str
    identifier: str
    holder: Holder
    role: AccountRole
    expires: date
    estimated: bool = False
    leaves: date | None = None
    origin: Holder
    version: int = 1

    def days_left(self, today: date) -> int:
        """0 on the last good day, negative once it has passed."""
        return (self.expires - today).days

    def is_expired(self, today: date) -> bool:
        return self.days_left(today) < 0

    def is_leaving(self, today: date) -> bool:
        """Whether the day of the announced departure has come."""
        return self.leaves is not None and self.leaves <= today

    def may_stay(self, today: date) -> bool:
        """Whether a departure is to come or not a week old, and so may well be taken back."""
        return self.leaves is not None and today - self.leaves <= timedelta(days=7)

    def standing(self, today: date, horizon: int) -> AccountStanding:
        """How the account stands; it is expiring from `horizon` days before its date."""
        if self.is_leaving(today):
            return AccountStanding.LEAVING
        if self.is_expired(today):
            return AccountStanding.EXPIRED
        is_near = self.days_left(today) <= horizon
        return AccountStanding.EXPIRING if is_near else AccountStanding.ACTIVE

    @property
    def is_administrator(self) -> bool:
        return self.role is AccountRole.ADMINISTRATOR

    def changed(self, **changes: object) -> "Account":
        """The account after a change."""
        return replace(self, version=self.version + 1, **changes)  # type: ignore[arg-type] # names are checked by `replace`


def parse_identifier(text: str) -> str:
    """An account's identifier: letters and digits, with dots, dashes or underscores between them.

    Raises InvalidAnswerError.
    """
    typed = "".join(text.split()).upper()
    bare = compact(typed).replace("_", "")
    if not 1 <= len(typed) <= 30 or not bare.isascii() or not bare.isalnum():
        raise InvalidAnswerError(Fault.IDENTIFIER_FORM)
    if find_sensitive(" ".join(text.split())):
        raise InvalidAnswerError(Fault.IDENTIFIER_NUMBER)
    return typed


def read_account_identifier(text: str) -> Understood[str]:
    """An account's identifier among words: « c'est l'identifiant A011 ».

    Raises InvalidAnswerError.
    """
    words = left_aside(one_line(text), ()).split()
    is_sentence = len(words) > 1 and any(word.isalpha() and len(word) > 2 for word in words)
    if is_sentence or is_empty_answer(text):
        raise InvalidAnswerError(Fault.IDENTIFIER_FORM)
    return Understood(parse_identifier(" ".join(words)))


def is_recycled(origin: Holder, holder: Holder) -> bool:
    """Whether the account now serves another person: surname, first name and e-mail all changed.

    A new surname alone is a marriage; an e-mail that was never told cannot have stayed.
    """
    if _same(origin.last_name, holder.last_name) or _same(origin.first_name, holder.first_name):
        return False
    return not origin.email or not _same(origin.email, holder.email)


def _same(one: str, other: str) -> bool:
    return without_accents(one).casefold() == without_accents(other).casefold()


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last: 31/08/2024 + 18 is 28/02/2026."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
