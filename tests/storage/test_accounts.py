"""Employer accounts in the database: what goes in comes out, links end with their accounts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from storage.samples import DAY, NOW
from storage.together import run_together
from support.registers import ANNE, BRUNO, CHLOE, TODAY, TOWN, a_register, an_account

from bot.domain.account_changes import (
    BeginReview,
    DeleteAccount,
    FinishReview,
    PostponeAccount,
    Refusal,
    RefusedChangeError,
    RenewAccounts,
    TakeLeave,
)
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.spreadsheet import Sheet
from bot.services.account_admin import (
    Actor,
    AdministeredEmployers,
    accept_invitation,
    change_register,
    invite,
    revoke,
)
from bot.storage.one_time_codes import InvitationState
from bot.storage.store import Store

DESK = Actor("desk")
LATER = NOW.date() + timedelta(days=500)


def filled(store: Store, *names: str) -> dict[str, str]:
    """The usual register, these administrators linked; their persons by name."""
    people = {}
    with store.transaction() as db:
        db.accounts.add_employer(TOWN, NOW)
        empty = EmployerAccounts(employer=TOWN)
        db.accounts.save(empty, replace(empty, accounts=a_register().accounts), NOW)
        for name in names:
            person = db.people.of(f"telegram:{name}", NOW)
            db.accounts.link(name, TOWN.siret, person.id, NOW)
            people[name] = person.id
    return people


def register_of(store: Store) -> EmployerAccounts:
    with store.transaction() as db:
        register = db.accounts.load(TOWN.siret)
    assert register is not None
    return register


def make(store: Store, change, account: str = "") -> None:
    with store.transaction() as db:
        change_register(db, TOWN.siret, change, Actor("test", account), NOW)


def test_a_register_comes_back_as_it_was_put_in(store: Store) -> None:
    filled(store)
    expected = sorted(a_register().accounts, key=lambda account: account.identifier)
    assert list(register_of(store).accounts) == expected


def test_names_and_addresses_are_sealed(store: Store, engine: Engine) -> None:
    filled(store)
    with engine.connect() as connection:
        rows = str(connection.execute(text("SELECT * FROM account")).all())
        employers = str(connection.execute(text("SELECT * FROM employer")).all())
    assert "Martin" not in rows
    assert "mairie-exemple" not in rows
    assert TOWN.name not in employers


def test_a_deleted_account_keeps_its_identifier_and_nothing_else(
    store: Store, engine: Engine
) -> None:
    filled(store)
    make(store, DeleteAccount(account=CHLOE, seen=1))
    assert register_of(store).retired == {"CHLOE"}
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT holder_sealed FROM account WHERE id = 'chloe'"))
        assert kept.scalar() is None


def test_a_link_ends_with_the_account_it_stands_on(store: Store) -> None:
    people = filled(store, ANNE, BRUNO)
    with store.transaction() as db:
        assert list(AdministeredEmployers(db, people[BRUNO])) == [TOWN.siret]
    make(store, DeleteAccount(account=BRUNO, seen=1), ANNE)
    with store.transaction() as db:
        assert list(AdministeredEmployers(db, people[BRUNO])) == []
    with pytest.raises(RefusedChangeError) as caught:
        make(store, PostponeAccount(account=CHLOE), BRUNO)
    assert caught.value.refusal is Refusal.GONE


def test_a_review_and_a_leave_are_kept(store: Store) -> None:
    filled(store, ANNE)
    make(store, BeginReview(id="r1", scope=(CHLOE, ANNE)), ANNE)
    make(store, PostponeAccount(account=CHLOE), ANNE)
    make(store, TakeLeave(first=TODAY, last=TODAY), ANNE)
    register = register_of(store)
    assert [account.id for account in register.pending()] == [ANNE]
    assert register.links[0].is_away(TODAY)
    make(store, FinishReview(), ANNE)
    assert register_of(store).review is None


def test_an_invitation_is_good_once_for_a_week(store: Store) -> None:
    filled(store)
    with store.transaction() as db:
        code = invite(db, TOWN.siret, ANNE, DESK, NOW)
        person = db.people.of("telegram:1", NOW)
        assert accept_invitation(db, code, person.id, NOW + 7 * DAY).state is (
            InvitationState.EXPIRED
        )
        answer = accept_invitation(db, code, person.id, NOW + 6 * DAY)
        assert (answer.state, answer.employer) == (InvitationState.GOOD, TOWN)
        again = accept_invitation(db, code, person.id, NOW + 6 * DAY)
        assert again.state is InvitationState.USED
        assert accept_invitation(db, "guess", person.id, NOW).state is InvitationState.UNKNOWN


def test_an_invitation_ends_by_revocation_a_newer_one_and_deletion(store: Store) -> None:
    filled(store)
    with store.transaction() as db:
        first = invite(db, TOWN.siret, CHLOE, DESK, NOW)
        second = invite(db, TOWN.siret, CHLOE, DESK, NOW)
        third = invite(db, TOWN.siret, BRUNO, DESK, NOW)
        assert revoke(db, TOWN.siret, CHLOE, DESK, NOW) == 1
        change_register(db, TOWN.siret, DeleteAccount(account=BRUNO, seen=1), DESK, NOW)
        person = db.people.of("telegram:1", NOW)
        for code in (first, second, third):
            state = accept_invitation(db, code, person.id, NOW).state
            assert state is InvitationState.REVOKED


def test_two_who_take_one_invitation_at_once_are_not_both_let_in(store: Store) -> None:
    filled(store)
    with store.transaction() as db:
        code = invite(db, TOWN.siret, ANNE, DESK, NOW)
        people = [db.people.of(f"telegram:{n}", NOW).id for n in (1, 2)]
    states = []

    def take(person: str) -> None:
        with store.transaction() as db:
            states.append(accept_invitation(db, code, person, NOW).state)

    run_together(*(lambda person=person: take(person) for person in people))
    assert sorted(states) == [InvitationState.GOOD, InvitationState.USED]


def test_two_who_change_one_account_at_once_do_not_undo_each_other(store: Store) -> None:
    filled(store, ANNE, BRUNO)
    outcomes = []

    def renew(who: str, days: int) -> None:
        change = RenewAccounts(seen={CHLOE: 1}, expires=LATER + timedelta(days=days))
        try:
            make(store, change, who)
        except RefusedChangeError as error:
            outcomes.append(error.refusal)
        else:
            outcomes.append(days)

    run_together(lambda: renew(ANNE, 1), lambda: renew(BRUNO, 2))
    (kept,) = [one for one in outcomes if isinstance(one, int)]
    assert Refusal.CHANGED in outcomes
    account = register_of(store).account(CHLOE)
    assert account is not None
    assert account.expires == LATER + timedelta(days=kept)


def test_every_change_is_on_record(store: Store) -> None:
    people = filled(store, ANNE, BRUNO)
    with store.transaction() as db:
        actor = Actor(people[ANNE], ANNE)
        change = RenewAccounts(seen={CHLOE: 1, BRUNO: 1}, expires=LATER)
        change_register(db, TOWN.siret, change, actor, NOW)
        entries = db.audit_log.entries()
        assert db.audit_log.verify() is None
    assert {(one.who, one.what, one.subject) for one in entries} == {
        (people[ANNE], "account.renewed", f"{TOWN.siret}/{name}") for name in ("CHLOE", "BRUNO")
    }
    assert "Martin" not in str(entries)


SHEETS = [Sheet("Comptes", [(1, ("Identifiant", "Nom")), (3, ("A1", "Zoé"))])]


def test_an_upload_is_its_senders_and_taken_once(store: Store) -> None:
    with store.transaction() as db:
        anne, bruno = (db.people.of(f"telegram:{n}", NOW).id for n in (1, 2))
        db.one_time_codes.keep_upload("u1", anne, TOWN.siret, SHEETS, NOW)
        assert db.one_time_codes.take_upload("u1", bruno, TOWN.siret) is None
        assert db.one_time_codes.take_upload("u1", anne, "99999999900017") is None
        assert db.one_time_codes.take_upload("u1", anne, TOWN.siret) == SHEETS
        assert db.one_time_codes.take_upload("u1", anne, TOWN.siret) is None


def test_a_thousand_accounts_are_written_and_read(store: Store) -> None:
    accounts = tuple(an_account(f"p{number}") for number in range(1000))
    with store.transaction() as db:
        db.accounts.add_employer(TOWN, NOW)
        empty = EmployerAccounts(employer=TOWN)
        db.accounts.save(empty, replace(empty, accounts=accounts), NOW)
    assert len(register_of(store).accounts) == 1000
