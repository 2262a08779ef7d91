"""Changes to a register: what can be asked, what is refused, and what the house is afterwards.

The desk's good practices come in three strengths: « doit » is refused here, « fortement
déconseillé » needs the change to carry its confirmation, « quand c'est possible » is only advice
and does not appear.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from bot.domain.account import Account, AccountRole, Holder, is_recycled
from bot.domain.employer_accounts import (
    AccountReview,
    EmployerAccounts,
    ReviewDecision,
    ReviewVerdict,
)


class Refusal(StrEnum):
    """Why a change is not made; also the key of the French text that explains it."""

    GONE = "gone"
    CHANGED = "changed"
    TAKEN = "taken"
    USED_UP = "used_up"
    RECYCLED = "recycled"
    ONE_LEFT = "one_left"
    BY_SUCCESSOR = "by_successor"
    NO_REVIEW = "no_review"
    NOT_LATER = "not_later"


class RefusedChangeError(Exception):
    """A change is against the rules, or came too late."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAccount:
    """A new account; `id` is a fresh one."""

    id: str
    identifier: str
    holder: Holder
    role: AccountRole
    expires: date
    estimated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EditAccount:
    """The account as it shall be; `recycled` says that another person's use was confirmed."""

    account: Account
    recycled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewAccounts:
    """New dates for accounts, each with the version that was seen; who is renewed stays."""

    seen: Mapping[str, int]
    expires: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteAccount:
    """Confirmed as deleted in PEP's."""

    account: str
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostponeAccount:
    """« Plus tard », in a review."""

    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceDeparture:
    """Somebody leaves: their account is to be deleted; or stays after all."""

    account: str
    leaving: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginReview:
    """Take the review up, or begin it with these accounts."""

    id: str
    scope: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishReview:
    """The review is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeLeave:
    """The administrator who asks is away, both days included; `stand_in` is an account."""

    first: date | None
    last: date | None
    stand_in: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snooze:
    """The administrator who asks wants to hear of it again on that day."""

    until: date


Change = (
    AddAccount
    | EditAccount
    | RenewAccounts
    | DeleteAccount
    | PostponeAccount
    | AnnounceDeparture
    | BeginReview
    | FinishReview
    | TakeLeave
    | Snooze
)


Beside = PostponeAccount | BeginReview | FinishReview | TakeLeave | Snooze


def apply_change(house: EmployerAccounts, change: Change, today: date) -> EmployerAccounts:
    """The house after a change by `house.me`.

    Raises:
        RefusedChangeError: it is against the rules, or somebody else was quicker.
    """
    match change:
        case AddAccount():
            return _add(house, change)
        case EditAccount():
            return _edit(house, change, today)
        case RenewAccounts():
            return _renew(house, change, today)
        case DeleteAccount():
            return _delete(house, change, today)
        case AnnounceDeparture(account=account, leaving=leaving):
            return house.with_account(_found(house, account).changed(leaving=leaving))
        case _:
            return _apply_beside(house, change)


def _apply_beside(house: EmployerAccounts, change: "Beside") -> EmployerAccounts:
    """What changes no account: the review, and the seat of who asks."""
    match change:
        case TakeLeave(first=first, last=last, stand_in=stand_in):
            return _with_seat(house, away_from=first, away_until=last, stand_in=stand_in)
        case Snooze(until=until):
            return _with_seat(house, snoozed_until=until)
        case PostponeAccount(account=account):
            found = _found(house, account)
            return _decided(house, ReviewDecision(account, label(found), ReviewVerdict.LATER))
        case BeginReview(id=identity, scope=scope):
            review = house.review or AccountReview(id=identity, scope=())
            return replace(house, review=review.taken_up(scope))
        case FinishReview():
            return replace(house, review=None)


def label(account: Account) -> str:
    """An account as its employer knows it."""
    return f"{account.holder.name} ({account.identifier})"


def _add(house: EmployerAccounts, change: AddAccount) -> EmployerAccounts:
    if house.named(change.identifier) is not None:
        raise RefusedChangeError(Refusal.TAKEN)
    if change.identifier in house.retired:
        raise RefusedChangeError(Refusal.USED_UP)
    account = Account(
        id=change.id,
        identifier=change.identifier,
        holder=change.holder,
        role=change.role,
        expires=change.expires,
        estimated=change.estimated,
        origin=change.holder,
    )
    return house.with_account(account)


def _edit(house: EmployerAccounts, change: EditAccount, today: date) -> EmployerAccounts:
    wanted = change.account
    known = _seen(house, wanted.id, wanted.version)
    if wanted.identifier != known.identifier:
        _check_free(house, wanted.identifier)
    recycled = is_recycled(known.origin, wanted.holder)
    if recycled and not change.recycled:
        raise RefusedChangeError(Refusal.RECYCLED)
    if known.is_administrator and not wanted.is_administrator:
        _check_not_last(house, known, today)
    origin = wanted.holder if recycled else _completed(known.origin, wanted.holder)
    edited = known.changed(
        identifier=wanted.identifier,
        holder=wanted.holder,
        role=wanted.role,
        expires=wanted.expires,
        estimated=wanted.estimated,
        origin=origin,
    )
    house = house.with_account(edited)
    if wanted.identifier != known.identifier:
        house = replace(house, retired=house.retired | {known.identifier})
    return house


def _completed(origin: Holder, holder: Holder) -> Holder:
    """An e-mail that was not known before belongs to who the account was for."""
    return replace(origin, email=holder.email) if not origin.email else origin


def _check_free(house: EmployerAccounts, identifier: str) -> None:
    if house.named(identifier) is not None:
        raise RefusedChangeError(Refusal.TAKEN)
    if identifier in house.retired:
        raise RefusedChangeError(Refusal.USED_UP)


def _check_not_last(house: EmployerAccounts, account: Account, today: date) -> None:
    """Another active administrator must exist before one goes (« doit impérativement »)."""
    if not house.others_in_charge(account.id, today):
        raise RefusedChangeError(Refusal.ONE_LEFT)


def _renew(house: EmployerAccounts, change: RenewAccounts, today: date) -> EmployerAccounts:
    if change.expires <= today:
        raise RefusedChangeError(Refusal.NOT_LATER)
    for account_id, version in change.seen.items():
        account = _seen(house, account_id, version)
        renewed = account.changed(expires=change.expires, estimated=False, leaving=False)
        house = house.with_account(renewed)
        decision = ReviewDecision(account.id, label(account), ReviewVerdict.RENEWED, change.expires)
        house = _decided(house, decision)
    return house


def _delete(house: EmployerAccounts, change: DeleteAccount, today: date) -> EmployerAccounts:
    account = _seen(house, change.account, change.seen)
    if account.is_administrator:
        _check_not_last(house, account, today)
        if house.me == account.id:
            raise RefusedChangeError(Refusal.BY_SUCCESSOR)
    decision = ReviewDecision(account.id, label(account), ReviewVerdict.DELETED)
    return _decided(house, decision).without_account(account)


def _decided(house: EmployerAccounts, decision: ReviewDecision) -> EmployerAccounts:
    """What is done outside a review counts in it as well, if it has the account."""
    if house.review is None or decision.account not in house.review.scope:
        return house
    return replace(house, review=house.review.with_decision(decision))


def _with_seat(house: EmployerAccounts, **changes: object) -> EmployerAccounts:
    seats = tuple(
        replace(seat, **changes) if seat.account == house.me else seat  # type: ignore[arg-type] # names are checked by `replace`
        for seat in house.links
    )
    return replace(house, seats=seats)


def _found(house: EmployerAccounts, account_id: str) -> Account:
    account = house.account(account_id)
    if account is None:
        raise RefusedChangeError(Refusal.GONE)
    return account


def _seen(house: EmployerAccounts, account_id: str, version: int) -> Account:
    account = _found(house, account_id)
    if account.version != version:
        raise RefusedChangeError(Refusal.CHANGED)
    return account
