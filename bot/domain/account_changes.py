"""Changes to a register: what can be asked, what is refused, and what the register is afterwards.

The desk's good practices come in three strengths: « doit » is refused here, « fortement
déconseillé » needs the change to carry its confirmation, « quand c'est possible » is only advice
and does not appear.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from bot.domain.account import Account, AccountRole, Holder, is_recycled
from bot.domain.employer_accounts import (
    AccountReview,
    EmployerAccounts,
    ReviewDecision,
    ReviewVerdict,
)
from bot.domain.short_replies import short_line


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


_ReviewOrLinkChange = PostponeAccount | BeginReview | FinishReview | TakeLeave | Snooze


def apply_change(register: EmployerAccounts, change: Change, today: date) -> EmployerAccounts:
    """The register after a change by `register.me`.

    Raises:
        RefusedChangeError: it is against the rules, or somebody else was quicker.
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
        case AnnounceDeparture(account=account, leaving=leaving):
            return register.with_account(_found(register, account).changed(leaving=leaving))
        case _:
            return _apply_to_review_or_link(register, change)


def _apply_to_review_or_link(
    register: EmployerAccounts, change: _ReviewOrLinkChange
) -> EmployerAccounts:
    """What changes no account: the review, and the link of who asks."""
    match change:
        case TakeLeave(first=first, last=last, stand_in=stand_in):
            return _with_own_link(register, away_from=first, away_until=last, stand_in=stand_in)
        case Snooze(until=until):
            return _with_own_link(register, snoozed_until=until)
        case PostponeAccount(account=account):
            found = _found(register, account)
            return _decided(
                register, ReviewDecision(account, account_label(found), ReviewVerdict.LATER)
            )
        case BeginReview(id=identity, scope=scope):
            review = register.review or AccountReview(id=identity, scope=())
            return replace(register, review=review.taken_up(scope))
        case FinishReview():
            return replace(register, review=None)


def account_label(account: Account) -> str:
    """An account as its employer knows it."""
    return f"{account.holder.name} ({account.identifier})"


def _add(register: EmployerAccounts, change: AddAccount) -> EmployerAccounts:
    if register.named(change.identifier) is not None:
        raise RefusedChangeError(Refusal.TAKEN)
    if change.identifier in register.retired:
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
    origin = wanted.holder if recycled else _completed(known.origin, wanted.holder)
    edited = known.changed(
        identifier=wanted.identifier,
        holder=wanted.holder,
        role=wanted.role,
        expires=wanted.expires,
        estimated=wanted.estimated,
        origin=origin,
    )
    register = register.with_account(edited)
    if wanted.identifier != known.identifier:
        register = replace(register, retired=register.retired | {known.identifier})
    return register


def _completed(origin: Holder, holder: Holder) -> Holder:
    """An e-mail that was not known before belongs to who the account was for."""
    return replace(origin, email=holder.email) if not origin.email else origin


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
        renewed = account.changed(expires=change.expires, estimated=False, leaving=False)
        register = register.with_account(renewed)
        decision = ReviewDecision(
            account.id, account_label(account), ReviewVerdict.RENEWED, change.expires
        )
        register = _decided(register, decision)
    return register


def _delete(register: EmployerAccounts, change: DeleteAccount, today: date) -> EmployerAccounts:
    account = _seen(register, change.account, change.seen)
    if account.is_administrator:
        _check_not_last(register, account, today)
        if register.me == account.id:
            raise RefusedChangeError(Refusal.BY_SUCCESSOR)
    decision = ReviewDecision(account.id, account_label(account), ReviewVerdict.DELETED)
    return _decided(register, decision).without_account(account)


def _decided(register: EmployerAccounts, decision: ReviewDecision) -> EmployerAccounts:
    """What is done outside a review counts in it as well, if it has the account."""
    if register.review is None or decision.account not in register.review.scope:
        return register
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


_MOST_WORDS: Final = 12  # whoever writes more tells a story, and is answered by the help
_WANT: Final = (
    r"(?:(?:comment|je (?:veux|voudrais|dois|souhaite)|il faut|puis[- ]je|peut[- ]on|pour) )*+"
)
_IMPORT: Final = re.compile(r"\bimport(?:er|e|ez)\b")
_OUR_ACCOUNTS: Final = re.compile(
    r"\b(?:comptes?|utilisateurs|administrateurs|registre)\b(?! (?:rendu|individuel|epargne))"
)
_OTHER_IMPORTS: Final = re.compile(r"\b(?:dsn|cir|rafp|paie)\b")
_INVITATION: Final = re.compile(r"\b(?:lien|code) d'invitation\b")
_INVITE: Final = re.compile(
    rf"{_WANT}(?:j'|on )?invit(?:er?|ez|ons) (?:un|une|mon|ma|le|la|l'|mes)\b"
)
_ADMINISTRATORS_ONLY: Final = {
    "comptes": re.compile(
        r"(?:voir |afficher |la )?(?:mes|les|nos|liste des) comptes(?: peps)?"
        r"|quels? (?:sont les )?comptes? (?:qui )?(?:vont expirer|va expirer|expirent"
        r"|(?:sont )?expires?)(?: bientot)?[ ?]*"
    ),
    "revue": re.compile(
        rf"{_WANT}(?:faire |commencer |reprendre )?(?:la |une |ma )?revue(?: des comptes)?"
    ),
    "exporter": re.compile(rf"{_WANT}exporter\b.*"),
    "depart": re.compile(
        r"je (?:pars|quitte|vais quitter|vais partir|m'en vais)\b.{0,20}\b(?:mairie|commune"
        r"|collectivite|poste|etablissement|hopital|structure|definitivement)\b.*"
        r"|(?:je (?:signale|declare|dois signaler) |annoncer |signaler )(?:mon|un) depart"
    ),
    "conges": re.compile(
        r"je (?:pars|suis|serai|vais partir|vais etre) (?:en (?:conges?|vacances)|absente?)\b"
        r".{0,40}"
    ),
}


def account_command_of(text: str, *, administers: bool) -> str | None:
    """The command on accounts that a message amounts to, without its slash."""
    words = short_line(text)
    if len(words.split()) > _MOST_WORDS:
        return None
    imports = _IMPORT.search(words) and _OUR_ACCOUNTS.search(words)
    if imports and not _OTHER_IMPORTS.search(words):
        return "importer"
    if _INVITATION.search(words) or _INVITE.match(words):
        return "inviter"
    known = _ADMINISTRATORS_ONLY if administers else {}
    return next((name for name, pattern in known.items() if pattern.fullmatch(words)), None)
