"""The states of an administrator: whose accounts, which one, and how far they are with it."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.conversation.questions import Draft
from bot.domain.account import Account, AccountRole, Holder


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An account being written down, empty where nothing is known yet."""

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
class ChoosingHouse:
    """Who serves several employers says for which; `purpose` is the command that waits."""

    kind: Literal["choosing_house"] = "choosing_house"
    draft: Draft | None = None
    purpose: str
    page: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsingAccounts:
    """The accounts of an employer are shown, the most urgent first."""

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
    """The field `key` of an account is asked; without one, which of them to change.

    `account` is empty for a new one. `succeeds` says that it is made for a successor.
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
    """The account would serve another person: explained, and only done when confirmed."""

    kind: Literal["confirming_recycling"] = "confirming_recycling"
    draft: Draft | None = None
    siret: str
    account: str
    seen: int
    entry: Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletingAccount:
    """The steps in PEP's were shown; that they were taken is to be confirmed."""

    kind: Literal["deleting_account"] = "deleting_account"
    draft: Draft | None = None
    siret: str
    account: str
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewingAccounts:
    """A review stands at an account: its verdict, then the steps in PEP's, then its new date.

    `account` is empty while the review is being opened.
    """

    kind: Literal["reviewing_accounts"] = "reviewing_accounts"
    draft: Draft | None = None
    siret: str
    account: str = ""
    seen: int = 0
    stage: Literal["verdict", "renewal", "date", "deletion"] = "verdict"


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewingAll:
    """Every account still open in the review, each with the version seen, is to be renewed."""

    kind: Literal["renewing_all"] = "renewing_all"
    draft: Draft | None = None
    siret: str
    seen: tuple[tuple[str, int], ...]
    stage: Literal["sure", "date"] = "sure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Departing:
    """Somebody leaves: who, and where it is an administrator, who comes after."""

    kind: Literal["departing"] = "departing"
    draft: Draft | None = None
    siret: str
    stage: Literal["who", "administrator", "user", "successor", "promotion", "promoted"] = "who"
    account: str = ""
    seen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inviting:
    """An account to invite somebody for is chosen, or (`account` known) the invitation is out."""

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
    """A sheet is awaited, or (`upload` known) its preview is shown."""

    kind: Literal["importing"] = "importing"
    draft: Draft | None = None
    siret: str
    upload: str = ""


HouseState = (
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
AccountState = ChoosingHouse | HouseState
