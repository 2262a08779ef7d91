"""Accounts of employers: changed, imported, and linked to their administrators by invitations.

The rules are in `bot.domain.account_changes`. Here the employer's row is locked, a change applied
to its present state, the difference written, and the audit log filled. Nothing here acts on PEP's.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import uuid4

from bot.conversation import effects
from bot.conversation.effects import AccountEffect
from bot.conversation.events import (
    AccountEvent,
    ImportPlanned,
    ImportWritten,
    InvitationAnswered,
    Invited,
    RegisterChanged,
)
from bot.conversation.texts import Text
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
    Snooze,
    apply_change,
)
from bot.domain.account_columns import MissingColumnError, find_accounts
from bot.domain.account_import import ImportPlan, plan_import
from bot.domain.dates import day_in_paris, format_date
from bot.domain.delivery import Priority
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.people import Employer
from bot.domain.spreadsheet import Sheet, SheetRow
from bot.storage.one_time_codes import InvitationState
from bot.storage.people import Person
from bot.storage.store import Database

AUDITED_FIELDS = ("identifier", "last_name", "first_name", "email", "role", "expires")
"""The fields of an account whose change the audit log names."""

TellPerson = Callable[[str, Text], None]
"""Writes a message to the person at an address, on whatever channel that is."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something: a name for the audit log, and their own account at the employer."""

    who: str
    account: str = ""


class AdministeredEmployers(Mapping[str, EmployerAccounts]):
    """The employers that a person administers, by SIRET; each is read when first asked for."""

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
            register = self._db.accounts.load(siret, me=self._accounts[siret])
            assert register is not None  # it has an account, so there is an employer
            self._read[siret] = register
        return self._read[siret]

    def __iter__(self) -> Iterator[str]:
        return iter(self._accounts)

    def __len__(self) -> int:
        return len(self._accounts)


def change_register(
    db: Database, siret: str, change: Change, actor: Actor, now: datetime
) -> EmployerAccounts:
    """Make a change; the employer's accounts after it.

    Raises:
        RefusedChangeError: it is against the rules, or somebody else was quicker.
    """
    before = db.accounts.load(siret, me=actor.account, lock=True)
    if before is None or (actor.account and before.link_of(actor.account) is None):
        raise RefusedChangeError(Refusal.GONE)
    after = apply_change(before, change, day_in_paris(now))
    db.accounts.save(before, after, now)
    for account_id in {one.id for one in before.accounts} - {one.id for one in after.accounts}:
        db.one_time_codes.revoke_invitations(account_id, now)
    what, subjects = _described(change, before, after)
    subject_of = {f"{siret}/{name}": detail for name, detail in subjects.items()}
    db.audit_log.add_all(actor.who, what, subject_of, now)
    return after


def _described(
    change: Change, before: EmployerAccounts, after: EmployerAccounts
) -> tuple[str, dict[str, str]]:
    """The audit entry of a change: what was done, to which accounts; never personal data."""
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
        case AnnounceDeparture(account=account, leaves=leaves):
            what = "departure.announced" if leaves else "departure.withdrawn"
            return what, {_name(before, account): format_date(leaves) if leaves else ""}
        case _:
            return f"register.{type(change).__name__.lower()}", {_name(after, after.me): ""}


def _changed_fields(known: Account | None, wanted: Account) -> str:
    """The names of the fields that differ, never their values."""
    if known is None:
        return ""
    before, after = ({**asdict(one), **asdict(one.holder)} for one in (known, wanted))
    return " ".join(name for name in AUDITED_FIELDS if before[name] != after[name])


def _name(register: EmployerAccounts, account_id: str) -> str:
    account = register.account(account_id)
    return account.identifier if account else account_id


def invite(db: Database, siret: str, account_id: str, actor: Actor, now: datetime) -> str:
    """A fresh invitation code for an account; raises RefusedChangeError like `revoke`."""
    account = _account_of(db, siret, account_id, actor)
    code = secrets.token_urlsafe(16)
    db.one_time_codes.add_invitation(code, account.id, actor.who, now)
    db.audit_log.add(actor.who, "invitation.made", f"{siret}/{account.identifier}", "", now)
    return code


def revoke(db: Database, siret: str, account_id: str, actor: Actor, now: datetime) -> int:
    """End the invitations for an account that were not taken up; how many those were.

    Raises:
        RefusedChangeError: there is no such account, or who asks does not administer this employer.
    """
    account = _account_of(db, siret, account_id, actor)
    ended = db.one_time_codes.revoke_invitations(account.id, now)
    subject = f"{siret}/{account.identifier}"
    db.audit_log.add(actor.who, "invitation.revoked", subject, str(ended), now)
    return ended


def _account_of(db: Database, siret: str, account_id: str, actor: Actor) -> Account:
    register = db.accounts.load(siret, me=actor.account, lock=True)
    if register is None or (actor.account and register.link_of(actor.account) is None):
        raise RefusedChangeError(Refusal.GONE)
    account = register.account(account_id)
    if account is None:
        raise RefusedChangeError(Refusal.GONE)
    return account


def accept_invitation(db: Database, code: str, person_id: str, now: datetime) -> InvitationAnswered:
    """Link an account to whoever brings its invitation's code, once; its employer becomes the one
    they ask for."""
    state, account_id = db.one_time_codes.invitation(code, now)
    if state is not InvitationState.GOOD:
        return InvitationAnswered(state)
    siret = db.accounts.siret_of(account_id)
    register = db.accounts.load(siret, lock=True) if siret else None
    account = register.account(account_id) if register else None
    if register is None or account is None:
        return InvitationAnswered(InvitationState.REVOKED)
    employer = register.employer
    db.one_time_codes.use_invitation(code, now)
    db.accounts.link(account_id, employer.siret, person_id, now)
    db.people.save_profile(person_id, db.people.profile(person_id).with_employer(employer))
    db.audit_log.add(person_id, "seat.taken", f"{employer.siret}/{account.identifier}", "", now)
    return InvitationAnswered(state, employer, account.is_administrator)


def plan_sheet(
    register: EmployerAccounts,
    sheets: Sequence[Sheet],
    now: datetime,
    months: int,
    follow: Callable[[Iterable[SheetRow]], Iterable[SheetRow]] = iter,
) -> ImportPlan:
    """What a file would change; `follow` may show how far the reading of its lines is.

    Raises MissingColumnError: it names no accounts.
    """
    sheet = find_accounts(sheets)
    followed = replace(sheet, lines=follow(sheet.lines))
    today = day_in_paris(now)
    return plan_import(register, followed, today, months=months, new_id=lambda: uuid4().hex[:16])


def write_import(
    db: Database, register: EmployerAccounts, plan: ImportPlan, actor: Actor, now: datetime
) -> None:
    """Write a plan made from `register` in this transaction, while the employer is locked."""
    changed = {account.id: account for account in plan.changed}
    accounts = tuple(changed.get(one.id, one) for one in register.accounts) + plan.new
    db.accounts.save(register, replace(register, accounts=accounts), now)
    siret = register.employer.siret
    added = {f"{siret}/{account.identifier}": "import" for account in plan.new}
    edited = {f"{siret}/{account.identifier}": "import" for account in plan.changed}
    db.audit_log.add_all(actor.who, "account.added", added, now)
    db.audit_log.add_all(actor.who, "account.edited", edited, now)


class AdministratorTurn:
    """Performs the effects of an administrator's turn, inside its transaction."""

    def __init__(self, db: Database, person: Person, months: int, now: datetime) -> None:
        self._db = db
        self._person = person
        self._months = months
        self._now = now
        self.employers = AdministeredEmployers(db, person.id)

    def perform(  # noqa: PLR0911 -- one `match` over all effects on accounts
        self, effect: AccountEffect, tell: TellPerson
    ) -> AccountEvent | None:
        """Perform one effect; its answer, where it has one, is returned as an event."""
        match effect:
            case effects.ChangeRegister() | effects.RevokeInvitation() | effects.Invite():
                return self._change(effect)
            case effects.RemindAgain(siret, until):
                self._change(effects.ChangeRegister(siret, Snooze(until=until)))
                return None
            case effects.TellOthers(siret, words):
                self._tell_others(siret, words, tell)
                return None
            case effects.AcceptInvitation(code):
                return self._accept(code)
            case effects.PlanImport(siret, sheets):
                return self._plan(siret, sheets)
            case effects.WriteImport(siret, upload):
                return self._write(siret, upload)
            case effects.FetchDocument(document, name):
                fetch, address = {"document": document, "name": name}, self._person.home
                at_once = Priority.AT_ONCE
                self._db.outbox.add(address, "fetch", fetch, self._now, priority=at_once)
                return None
            case _:
                assert_never(effect)

    def _actor(self, siret: str) -> Actor:
        """The person with their account at the employer; refused where they administer none."""
        if siret not in self.employers:
            raise RefusedChangeError(Refusal.GONE)
        return Actor(self._person.id, self.employers[siret].me)

    def _change(
        self, effect: effects.ChangeRegister | effects.RevokeInvitation | effects.Invite
    ) -> RegisterChanged | Invited:
        db, now, siret = self._db, self._now, effect.siret
        try:
            with db.savepoint():
                actor = self._actor(siret)
                match effect:
                    case effects.ChangeRegister(change=change):
                        change_register(db, siret, change, actor, now)
                    case effects.RevokeInvitation(account=account):
                        revoke(db, siret, account, actor, now)
                    case effects.Invite(account=account):
                        return Invited(invite(db, siret, account, actor, now))
        except RefusedChangeError as error:
            if isinstance(effect, effects.Invite):
                return Invited(refusal=error.refusal)
            return RegisterChanged(error.refusal)
        finally:
            self.employers = AdministeredEmployers(db, self._person.id)
        return RegisterChanged()

    def _tell_others(self, siret: str, words: Text, tell: TellPerson) -> None:
        register = self.employers[siret]
        administrators = {account.id for account in register.administrators}
        for link in register.links:
            if link.person != self._person.id and link.account in administrators and link.reachable:
                tell(self._db.people.address_of(link.person), words)

    def _accept(self, code: str) -> InvitationAnswered:
        answer = accept_invitation(self._db, code, self._person.id, self._now)
        if answer.employer is not None:
            self.employers = AdministeredEmployers(self._db, self._person.id)
        return answer

    def _plan(self, siret: str, sheets: Sequence[Sheet]) -> ImportPlanned:
        try:
            plan = plan_sheet(self.employers[siret], sheets, self._now, self._months)
        except MissingColumnError as error:
            return ImportPlanned(headings=error.found)
        upload = str(uuid4())
        self._db.one_time_codes.keep_upload(upload, self._person.id, siret, sheets, self._now)
        return ImportPlanned(upload, plan)

    def _write(self, siret: str, upload: str) -> ImportWritten:
        """Plan again on the present accounts, as they may have changed since, and write."""
        actor = self._actor(siret)
        sheets = self._db.one_time_codes.take_upload(upload, self._person.id, siret)
        register = self._db.accounts.load(siret, me=actor.account, lock=True)
        if sheets is None or register is None:
            return ImportWritten(None)
        plan = plan_sheet(register, sheets, self._now, self._months)
        write_import(self._db, register, plan, actor, self._now)
        self.employers = AdministeredEmployers(self._db, self._person.id)
        return ImportWritten(plan)
