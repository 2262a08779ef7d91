"""States of an administrator: which employer, which account, and which step of a task."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from bot.conversation.questions import Draft
from bot.domain.account import Account, AccountRole, Holder


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The fields of an account that is being entered; empty where nothing was entered yet."""

    identifier: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    role: AccountRole | None = None
    expires: date | None = None
    estimated: bool = False

    @property
    def holder(self) -> Holder:
        return Holder(last_name=self.last_name, first_name=self.first_name, email=self.email)


def entry_of(account: Account) -> Entry:
    """The fields of an existing account."""
    return Entry(
        identifier=account.identifier,
        first_name=account.holder.first_name,
        last_name=account.holder.last_name,
        email=account.holder.email,
        role=account.role,
        expires=account.expires,
        estimated=account.estimated,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MayRefuse:
    """`refused` texts in a row could not be taken.

    It is the same state however often it refused: its buttons stay good.
    """

    refused: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosingEmployer(MayRefuse):
    """The person chooses one of their employers; `purpose` is the command to go on with."""

    kind: Literal["choosing_employer"] = "choosing_employer"
    draft: Draft | None = None
    purpose: str
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfEmployer(MayRefuse):
    draft: Draft | None = None
    siret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsingAccounts(_OfEmployer):
    """The accounts of an employer are listed, the most urgent first."""

    kind: Literal["browsing_accounts"] = "browsing_accounts"
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingAccount(_OfEmployer):
    """One account is shown."""

    kind: Literal["reading_account"] = "reading_account"
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditingAccount(_OfEmployer):
    """The field `key` of an account is asked; without a key, which field to change.

    `account` is empty for a new account; `succeeds`: it is created for a successor.
    """

    kind: Literal["editing_account"] = "editing_account"
    account: str = ""
    seen: int = 0
    entry: Entry = Entry()
    key: str = ""
    succeeds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmingRecycling(_OfEmployer):
    """The account would pass to another person: explained, then done only if confirmed."""

    kind: Literal["confirming_recycling"] = "confirming_recycling"
    account: str
    seen: int
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletingAccount(_OfEmployer):
    """The steps of a deletion in PEP's are shown: the person confirms that they did them."""

    kind: Literal["deleting_account"] = "deleting_account"
    account: str
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewingAccounts(_OfEmployer):
    """A review asks about an account: its verdict, the steps in PEP's, its new expiry date.

    `account` is empty while the review begins.
    """

    kind: Literal["reviewing_accounts"] = "reviewing_accounts"
    account: str = ""
    seen: int = 0
    stage: Literal["verdict", "renewal", "date", "deletion"] = "verdict"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewingAll(_OfEmployer):
    """All accounts still open in the review are to be renewed, each in the version seen."""

    kind: Literal["renewing_all"] = "renewing_all"
    seen: tuple[tuple[str, int], ...]
    stage: Literal["sure", "date"] = "sure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Departing(_OfEmployer):
    """Somebody leaves: who it is and when, and for an administrator, who succeeds them; or whose
    departure is taken back."""

    kind: Literal["departing"] = "departing"
    stage: Literal[
        "who", "administrator", "user", "day", "successor", "promotion", "promoted", "back"
    ] = "who"
    day: date | None = None
    account: str = ""
    seen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inviting(_OfEmployer):
    """An account to invite for is to be chosen, or (with `account`) the invitation is shown."""

    kind: Literal["inviting"] = "inviting"
    account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingLeave(_OfEmployer):
    """The dates of an absence are asked, then who stands in."""

    kind: Literal["taking_leave"] = "taking_leave"
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Importing(_OfEmployer):
    """A spreadsheet is awaited, or (with `upload`) its preview is shown."""

    kind: Literal["importing"] = "importing"
    upload: str = ""


EmployerState = (
    BrowsingAccounts
    | ReadingAccount
    | EditingAccount
    | ConfirmingRecycling
    | DeletingAccount
    | ReviewingAccounts
    | RenewingAll
    | Departing
    | Inviting
    | TakingLeave
    | Importing
)
"""The states that are about one employer."""
AccountState = ChoosingEmployer | EmployerState
