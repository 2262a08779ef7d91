"""Administration: the register of accounts changed, its seats given and taken, all of it recorded.

The rules are those of `bot.domain.changes`; here they meet the database: the employer's row is
locked, the change applied to what stands there now, the difference written, and the journal told.
Nothing here acts on PEP's.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from bot.domain.account import Account
from bot.domain.account_changes import (
    AddAccount,
    AnnounceDeparture,
    Change,
    DeleteAccount,
    EditAccount,
    Refusal,
    RefusedChangeError,
    RenewAccounts,
    apply_change,
)
from bot.domain.account_import import ImportPlan, plan_import, read_columns
from bot.domain.dates import day_in_paris, format_date
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.people import Assurance, Employer
from bot.domain.spreadsheet import read_spreadsheet
from bot.storage.one_time_codes import InvitationState
from bot.storage.store import Database


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something: a name for the journal, and the account they hold there."""

    who: str
    account: str = ""


class Houses(Mapping[str, EmployerAccounts]):
    """The houses that a person administers, by SIRET, each read when it is first looked at."""

    def __init__(self, db: Database, person_id: str) -> None:
        self._db = db
        self._accounts: dict[str, str] = {}
        self._read: dict[str, EmployerAccounts] = {}
        self.employers: tuple[Employer, ...] = ()
        for employer, account in db.accounts.administered_by(person_id):
            if employer.siret not in self._accounts:
                self._accounts[employer.siret] = account
                self.employers = (*self.employers, employer)

    def __getitem__(self, siret: str) -> EmployerAccounts:
        if siret not in self._read:
            house = self._db.accounts.load(siret, me=self._accounts[siret])
            assert house is not None  # it has an account, so there is an employer
            self._read[siret] = house
        return self._read[siret]

    def __iter__(self) -> Iterator[str]:
        return iter(self._accounts)

    def __len__(self) -> int:
        return len(self._accounts)


def change_register(
    db: Database, siret: str, change: Change, actor: Actor, now: datetime
) -> EmployerAccounts:
    """Make a change; the house after it.

    Raises:
        RefusedChangeError: it is against the rules, or somebody else was quicker.
    """
    before = db.accounts.load(siret, me=actor.account, lock=True)
    if before is None or (actor.account and before.link_of(actor.account) is None):
        raise RefusedChangeError(Refusal.GONE)
    after = apply_change(before, change, day_in_paris(now))
    db.accounts.save(before, after, now)
    _end_seats(db, before, after, now)
    what, subjects = _described(change, before, after)
    subject_of = {f"{siret}/{name}": detail for name, detail in subjects.items()}
    db.audit_log.add_all(actor.who, what, subject_of, now)
    return after


def _end_seats(
    db: Database, before: EmployerAccounts, after: EmployerAccounts, now: datetime
) -> None:
    """The links of a deleted account end with it: no invitation is left."""
    gone = {account.id for account in before.accounts} - {one.id for one in after.accounts}
    for account_id in gone:
        db.one_time_codes.revoke_invitations(account_id, now)
        seat = before.link_of(account_id)
        if seat is not None:
            db.people.forget_invited(seat.person)


def _described(
    change: Change, before: EmployerAccounts, after: EmployerAccounts
) -> tuple[str, dict[str, str]]:
    """What the journal says: what was done, and to which accounts. It names, it never quotes."""
    match change:
        case AddAccount(identifier=identifier):
            return "account.added", {identifier: ""}
        case EditAccount(account=wanted, recycled=recycled):
            known = before.account(wanted.id)
            what = "account.recycled" if recycled else "account.edited"
            return what, {wanted.identifier: _changed_fields(known, wanted)}
        case RenewAccounts(seen=seen, expires=expires):
            return "account.renewed", {_name(before, one): format_date(expires) for one in seen}
        case DeleteAccount(account=account):
            return "account.deleted", {_name(before, account): ""}
        case AnnounceDeparture(account=account, leaving=leaving):
            what = "departure.announced" if leaving else "departure.withdrawn"
            return what, {_name(before, account): ""}
        case _:
            return f"register.{type(change).__name__.lower()}", {_name(after, after.me): ""}


def _changed_fields(known: Account | None, wanted: Account) -> str:
    if known is None:
        return ""
    pairs = {
        "identifier": known.identifier != wanted.identifier,
        "last_name": known.holder.last_name != wanted.holder.last_name,
        "first_name": known.holder.first_name != wanted.holder.first_name,
        "email": known.holder.email != wanted.holder.email,
        "role": known.role != wanted.role,
        "expires": known.expires != wanted.expires,
    }
    return " ".join(name for name, differs in pairs.items() if differs)


def _name(house: EmployerAccounts, account_id: str) -> str:
    account = house.account(account_id)
    return account.identifier if account else account_id


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an invitation gave: its state, and the employer and account where it was good."""

    state: InvitationState
    employer: Employer | None = None
    account: Account | None = None


def invite(db: Database, siret: str, account_id: str, actor: Actor, now: datetime) -> str:
    """A fresh code for an account's seat.

    Raises:
        RefusedChangeError: there is no such account, or who asks is not of this house.
    """
    account = _account_of(db, siret, account_id, actor)
    code = secrets.token_urlsafe(16)
    db.one_time_codes.add_invitation(code, account.id, actor.who, now)
    db.audit_log.add(actor.who, "invitation.made", f"{siret}/{account.identifier}", "", now)
    return code


def revoke(db: Database, siret: str, account_id: str, actor: Actor, now: datetime) -> int:
    """End the invitations for an account that were not taken up; how many those were.

    Raises:
        RefusedChangeError: there is no such account, or who asks is not of this house.
    """
    account = _account_of(db, siret, account_id, actor)
    ended = db.one_time_codes.revoke_invitations(account.id, now)
    db.audit_log.add(
        actor.who, "invitation.revoked", f"{siret}/{account.identifier}", str(ended), now
    )
    return ended


def _account_of(db: Database, siret: str, account_id: str, actor: Actor) -> Account:
    house = db.accounts.load(siret, me=actor.account, lock=True)
    account = house.account(account_id) if house else None
    if house is None or account is None or (actor.account and house.link_of(actor.account) is None):
        raise RefusedChangeError(Refusal.GONE)
    return account


def accept_invitation(db: Database, code: str, person_id: str, now: datetime) -> Invitation:
    """Give the account's seat to whoever brings its code, once."""
    state, account_id = db.one_time_codes.invitation(code, now)
    siret = db.accounts.siret_of(account_id)
    house = db.accounts.load(siret, lock=True) if siret else None
    account = house.account(account_id) if house else None
    if state is not InvitationState.GOOD:
        return Invitation(state)
    if house is None or account is None:
        return Invitation(InvitationState.REVOKED)
    db.one_time_codes.use_invitation(code, now)
    db.accounts.link(account_id, house.employer.siret, person_id, now)
    db.audit_log.add(
        person_id, "seat.taken", f"{house.employer.siret}/{account.identifier}", "", now
    )
    return Invitation(state, house.employer, account)


def remember_invited(db: Database, person_id: str, address: str, employer: Employer) -> None:
    """Who was invited is known to be of this employer: their tickets say so."""
    person = db.people.find(address)
    if person is not None and person.id == person_id:
        profile = replace(person.profile.with_employer(employer), assurance=Assurance.INVITED)
        db.people.save_profile(person_id, profile)


def plan_sheet(house: EmployerAccounts, content: bytes, now: datetime, months: int) -> ImportPlan:
    """What a file would change.

    Raises:
        UnreadableSheetError, MissingColumnError: it is no sheet of accounts.
    """
    sheet = read_columns(read_spreadsheet(content))
    today = day_in_paris(now)
    return plan_import(house, sheet, today, months=months, new_id=lambda: uuid4().hex[:16])


def write_import(
    db: Database, house: EmployerAccounts, plan: ImportPlan, actor: Actor, now: datetime
) -> None:
    """Write a plan that was made of `house` in this transaction, the house being locked."""
    changed = {account.id: account for account in plan.changed}
    accounts = tuple(changed.get(one.id, one) for one in house.accounts) + plan.new
    db.accounts.save(house, replace(house, accounts=accounts), now)
    siret = house.employer.siret
    added = {f"{siret}/{account.identifier}": "import" for account in plan.new}
    edited = {f"{siret}/{account.identifier}": "import" for account in plan.changed}
    db.audit_log.add_all(actor.who, "account.added", added, now)
    db.audit_log.add_all(actor.who, "account.edited", edited, now)
