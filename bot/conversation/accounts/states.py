"""States of an administrator: which employer, which account, and which step of a task."""

from dataclasses import dataclass
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
class ChoosingEmployer:
    """The person administers several employers and chooses one; `purpose` is the command to go on
    with.
    """

    kind: Literal["choosing_employer"] = "choosing_employer"
    draft: Draft | None = None
    purpose: str
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsingAccounts:
    """The accounts of an employer are listed, the most urgent first."""

    kind: Literal["browsing_accounts"] = "browsing_accounts"
    draft: Draft | None = None
    siret: str
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingAccount:
    """One account is shown."""

    kind: Literal["reading_account"] = "reading_account"
    draft: Draft | None = None
    siret: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditingAccount:
    """The field `key` of an account is asked; without a key, which field to change.

    `account` is empty for a new account; `succeeds`: it is created for a successor.
    """

    kind: Literal["editing_account"] = "editing_account"
    draft: Draft | None = None
    siret: str
    account: str = ""
    seen: int = 0
    entry: Entry = Entry()
    key: str = ""
    succeeds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmingRecycling:
    """The account would pass to another person: explained, then done only if confirmed."""

    kind: Literal["confirming_recycling"] = "confirming_recycling"
    draft: Draft | None = None
    siret: str
    account: str
    seen: int
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletingAccount:
    """The steps of a deletion in PEP's are shown: the person confirms that they did them."""

    kind: Literal["deleting_account"] = "deleting_account"
    draft: Draft | None = None
    siret: str
    account: str
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewingAccounts:
    """A review asks about an account: its verdict, the steps in PEP's, its new expiry date.

    `account` is empty while the review begins.
    """

    kind: Literal["reviewing_accounts"] = "reviewing_accounts"
    draft: Draft | None = None
    siret: str
    account: str = ""
    seen: int = 0
    stage: Literal["verdict", "renewal", "date", "deletion"] = "verdict"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewingAll:
    """All accounts still open in the review are to be renewed, each in the version seen."""

    kind: Literal["renewing_all"] = "renewing_all"
    draft: Draft | None = None
    siret: str
    seen: tuple[tuple[str, int], ...]
    stage: Literal["sure", "date"] = "sure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Departing:
    """Somebody leaves: who it is, and for an administrator, who succeeds them."""

    kind: Literal["departing"] = "departing"
    draft: Draft | None = None
    siret: str
    stage: Literal["who", "administrator", "user", "successor", "promotion", "promoted"] = "who"
    account: str = ""
    seen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inviting:
    """An account to invite somebody for is to be chosen, or (with `account`) the invitation is
    shown.
    """

    kind: Literal["inviting"] = "inviting"
    draft: Draft | None = None
    siret: str
    account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingLeave:
    """The dates of an absence are asked, then who stands in."""

    kind: Literal["taking_leave"] = "taking_leave"
    draft: Draft | None = None
    siret: str
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Importing:
    """A spreadsheet is awaited, or (with `upload`) its preview is shown."""

    kind: Literal["importing"] = "importing"
    draft: Draft | None = None
    siret: str
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
