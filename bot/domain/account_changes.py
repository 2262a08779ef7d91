"""Changes to a register: what can be asked, what is refused, and what the register is afterwards.

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
    """Somebody leaves, and from that day on their account is to be deleted; None: they stay."""

    account: str
    leaves: date | None


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


def apply_change(  # noqa: C901, PLR0911 -- a table of changes
    register: EmployerAccounts, change: Change, today: date
) -> EmployerAccounts:
    """The register after a change by `register.me`.

    Raises RefusedChangeError: it is against the rules, or somebody else was quicker.
    """
    match change:
        case AddAccount():
            return _add(register, change)
        case EditAccount():
            return _edit(register, change, today)
        case RenewAccounts():
            return _renew(register, change, today)
        case DeleteAccount():
            return _delete(register, change, today)
        case AnnounceDeparture(account=account, leaves=leaves):
            return register.with_account(_found(register, account).changed(leaves=leaves))
        case PostponeAccount(account=account):
            return _decided(register, _found(register, account), ReviewVerdict.LATER)
        case BeginReview(id=identity, scope=scope):
            review = register.review or AccountReview(id=identity, scope=())
            return replace(register, review=review.taken_up(scope))
        case FinishReview():
            return replace(register, review=None)
        case TakeLeave(first=first, last=last, stand_in=stand_in):
            return _with_own_link(register, away_from=first, away_until=last, stand_in=stand_in)
        case Snooze(until=until):
            return _with_own_link(register, snoozed_until=until)


def account_label(account: Account) -> str:
    """An account as its employer knows it."""
    return f"{account.holder.name} ({account.identifier})"


def _add(register: EmployerAccounts, change: AddAccount) -> EmployerAccounts:
    _check_free(register, change.identifier)
    account = Account(
        id=change.id,
        identifier=change.identifier,
        holder=change.holder,
        role=change.role,
        expires=change.expires,
        estimated=change.estimated,
        origin=change.holder,
    )
    return register.with_account(account)


def _edit(register: EmployerAccounts, change: EditAccount, today: date) -> EmployerAccounts:
    wanted = change.account
    known = _seen(register, wanted.id, wanted.version)
    if wanted.identifier != known.identifier:
        _check_free(register, wanted.identifier)
    recycled = is_recycled(known.origin, wanted.holder)
    if recycled and not change.recycled:
        raise RefusedChangeError(Refusal.RECYCLED)
    if known.is_administrator and not wanted.is_administrator:
        _check_not_last(register, known, today)
    # An e-mail that was not known before belongs to who the account was for.
    completed = replace(known.origin, email=known.origin.email or wanted.holder.email)
    edited = known.changed(
        identifier=wanted.identifier,
        holder=wanted.holder,
        role=wanted.role,
        expires=wanted.expires,
        estimated=wanted.estimated,
        origin=wanted.holder if recycled else completed,
    )
    retired = register.retired | ({known.identifier} - {wanted.identifier})
    # The account is another person's now: who held it is linked no more.
    goes = recycled and known.id != register.me
    links = tuple(link for link in register.links if not (goes and link.account == known.id))
    return replace(register.with_account(edited), retired=retired, links=links)


def _check_free(register: EmployerAccounts, identifier: str) -> None:
    if register.named(identifier) is not None:
        raise RefusedChangeError(Refusal.TAKEN)
    if identifier in register.retired:
        raise RefusedChangeError(Refusal.USED_UP)


def _check_not_last(register: EmployerAccounts, account: Account, today: date) -> None:
    """Another active administrator must exist before one goes (« doit impérativement »)."""
    if not register.others_in_charge(account.id, today):
        raise RefusedChangeError(Refusal.ONE_LEFT)


def _renew(register: EmployerAccounts, change: RenewAccounts, today: date) -> EmployerAccounts:
    if change.expires <= today:
        raise RefusedChangeError(Refusal.NOT_LATER)
    for account_id, version in change.seen.items():
        account = _seen(register, account_id, version)
        leaves = None if account.is_leaving(today) else account.leaves
        renewed = account.changed(expires=change.expires, estimated=False, leaves=leaves)
        register = register.with_account(renewed)
        register = _decided(register, account, ReviewVerdict.RENEWED, change.expires)
    return register


def _delete(register: EmployerAccounts, change: DeleteAccount, today: date) -> EmployerAccounts:
    account = _seen(register, change.account, change.seen)
    if account.is_administrator:
        _check_not_last(register, account, today)
        if register.me == account.id:
            raise RefusedChangeError(Refusal.BY_SUCCESSOR)
    return _decided(register, account, ReviewVerdict.DELETED).without_account(account)


def _decided(
    register: EmployerAccounts, account: Account, verdict: ReviewVerdict, until: date | None = None
) -> EmployerAccounts:
    """What is done outside a review counts in it as well, if it has the account."""
    if register.review is None or account.id not in register.review.scope:
        return register
    decision = ReviewDecision(account.id, account_label(account), verdict, until)
    return replace(register, review=register.review.with_decision(decision))


def _with_own_link(register: EmployerAccounts, **changes: object) -> EmployerAccounts:
    links = tuple(
        replace(link, **changes) if link.account == register.me else link  # type: ignore[arg-type] # names are checked by `replace`
        for link in register.links
    )
    return replace(register, links=links)


def _found(register: EmployerAccounts, account_id: str) -> Account:
    account = register.account(account_id)
    if account is None:
        raise RefusedChangeError(Refusal.GONE)
    return account


def _seen(register: EmployerAccounts, account_id: str, version: int) -> Account:
    account = _found(register, account_id)
    if account.version != version:
        raise RefusedChangeError(Refusal.CHANGED)
    return account
