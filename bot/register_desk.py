"""The register's side of the help desk: performs what an administrator's steps ask for."""

from collections.abc import Callable
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
from bot.domain.account_changes import Refusal, RefusedChangeError, Snooze
from bot.domain.account_import import MissingColumnError
from bot.domain.delivery import Priority
from bot.domain.spreadsheet import UnreadableSpreadsheetError
from bot.services.account_admin import (
    Actor,
    AdministeredEmployers,
    accept_invitation,
    change_register,
    invite,
    plan_sheet,
    remember_invited,
    revoke,
    write_import,
)
from bot.storage.people import Person
from bot.storage.store import Database

Tell = Callable[[str, Text], None]
"""Says something to the person of an address, by whatever channel it is on."""


class RegisterDesk:
    """One person's turn with the registers that they administer."""

    def __init__(self, db: Database, person: Person, months: int, now: datetime) -> None:
        self._db = db
        self._person = person
        self._months = months
        self._now = now
        self.houses = AdministeredEmployers(db, person.id)

    def perform(  # noqa: PLR0911 -- one `match` over all effects of the room
        self, effect: AccountEffect, tell: Tell
    ) -> AccountEvent | None:
        """Do it; what has an answer gives it back as an event."""
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
            case effects.PlanImport(siret, content):
                return self._plan(siret, content)
            case effects.WriteImport(siret, upload):
                return self._write(siret, upload)
            case effects.FetchDocument(document, name):
                fetch = {"document": document, "name": name}
                self._db.outbox.add(
                    self._person.address, "fetch", fetch, self._now, priority=Priority.AT_ONCE
                )
                return None
            case _:
                assert_never(effect)

    def _actor(self, siret: str) -> Actor:
        """Who asks, as what they hold there; nobody may ask for somebody else's house."""
        if siret not in self.houses:
            raise RefusedChangeError(Refusal.GONE)
        return Actor(self._person.id, self.houses[siret].me)

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
            self.houses = AdministeredEmployers(db, self._person.id)
        return RegisterChanged()

    def _tell_others(self, siret: str, words: Text, tell: Tell) -> None:
        house = self.houses[siret]
        chairs = {account.id for account in house.administrators}
        for seat in house.links:
            if seat.person != self._person.id and seat.account in chairs and seat.reachable:
                tell(self._db.people.address_of(seat.person), words)

    def _accept(self, code: str) -> InvitationAnswered:
        answer = accept_invitation(self._db, code, self._person.id, self._now)
        if answer.employer is None or answer.account is None:
            return InvitationAnswered(answer.state)
        remember_invited(self._db, self._person.id, self._person.address, answer.employer)
        self.houses = AdministeredEmployers(self._db, self._person.id)
        return InvitationAnswered(answer.state, answer.employer, answer.account.is_administrator)

    def _plan(self, siret: str, content: bytes) -> ImportPlanned:
        try:
            plan = plan_sheet(self.houses[siret], content, self._now, self._months)
        except UnreadableSpreadsheetError as error:
            return ImportPlanned(fault=error.fault)
        except MissingColumnError:
            return ImportPlanned(fault="no_identifier")
        upload = str(uuid4())
        self._db.one_time_codes.keep_upload(upload, self._person.id, siret, content, self._now)
        return ImportPlanned(upload, plan)

    def _write(self, siret: str, upload: str) -> ImportWritten:
        """Planned again on what stands there now: it may have changed since the preview."""
        actor = self._actor(siret)
        content = self._db.one_time_codes.take_upload(upload, self._person.id, siret)
        house = self._db.accounts.load(siret, me=actor.account, lock=True)
        if content is None or house is None:
            return ImportWritten(None)
        plan = plan_sheet(house, content, self._now, self._months)
        write_import(self._db, house, plan, actor, self._now)
        self.houses = AdministeredEmployers(self._db, self._person.id)
        return ImportWritten(plan)
