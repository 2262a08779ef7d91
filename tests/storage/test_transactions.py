"""Turns of one transaction: each sees what was written before; one that fails leaves nothing."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, event, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from storage.full import with_an_account
from storage.samples import DAY, HOSPITAL, HOUR, MAIRIE, NOW, a_request
from support.session_rows import stale

from bot.conversation.session import Session
from bot.domain.delivery import OutboxState
from bot.domain.people import Employer, Profile
from bot.domain.ticket import Ticket
from bot.storage.store import Database, Store
from bot.storage.tables_operations import StatisticRow
from bot.storage.tables_requests import PersonRow

ANNE, BRUNO, CHLOE = "telegram:1", "telegram:2", "telegram:3"
COUNTED = select(StatisticRow.subject).order_by(col(StatisticRow.id))


def turn_of(db: Database, address: str) -> int:
    person = db.people.of(address, NOW)
    return db.conversations.load(person.id, NOW, draft_ttl=DAY, nir_ttl=HOUR).turn


def take_turn(db: Database, address: str) -> None:
    """One turn as the desk takes it: it reads, and writes where the person stands now."""
    turn = turn_of(db, address) + 1
    db.statistics.count("turn", address, NOW)
    db.conversations.save(db.people.of(address, NOW).id, Session(turn=turn), NOW)


def file(db: Database, address: str, identity: str) -> Ticket:
    return db.tickets.get_or_create(db.people.of(address, NOW).id, a_request(identity), NOW)


def statements_of(engine: Engine) -> list[str]:
    """What the database is told from now on."""
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    return said


def counted(store: Store) -> list[str]:
    with store.transaction() as db:
        return list(db.session.exec(COUNTED))


def test_turns_of_one_batch_follow_one_another(store: Store) -> None:
    with store.transaction() as db:
        db.people.load_many([ANNE, BRUNO, ANNE], NOW)
        for address in (ANNE, BRUNO, ANNE):
            with db.savepoint():
                take_turn(db, address)

    with store.transaction() as db:
        assert (turn_of(db, ANNE), turn_of(db, BRUNO)) == (2, 1)
    assert counted(store) == [ANNE, BRUNO, ANNE]


@pytest.mark.parametrize("looked", [False, True])
def test_a_turn_that_fails_takes_back_what_it_wrote(store: Store, looked: bool) -> None:
    """Whether it was written inside the savepoint, or not yet."""
    with store.transaction() as db:
        db.people.load_many([ANNE, BRUNO, ANNE], NOW)
        take_turn(db, ANNE)
        with pytest.raises(LookupError), db.savepoint():  # noqa: PT012 - it fails last
            take_turn(db, ANNE)
            take_turn(db, BRUNO)
            if looked:
                db.failed_updates.add("ABC", ANNE, "{}", "LookupError", NOW)
            raise LookupError
        assert turn_of(db, ANNE) == 1
        take_turn(db, BRUNO)

    assert counted(store) == [ANNE, BRUNO]
    with store.transaction() as db:
        assert (turn_of(db, ANNE), turn_of(db, BRUNO)) == (1, 1)


def test_a_savepoint_inside_another_fails_alone(store: Store) -> None:
    with store.transaction() as db:
        with db.savepoint():
            take_turn(db, ANNE)
            with pytest.raises(LookupError), db.savepoint():  # noqa: PT012 - it fails last
                take_turn(db, BRUNO)
                db.failed_updates.add("ABC", BRUNO, "{}", "LookupError", NOW)
                raise LookupError
            take_turn(db, CHLOE)

    assert counted(store) == [ANNE, CHLOE]
    with store.transaction() as db:
        assert db.failed_updates.newest() == ()


def test_what_is_written_at_once_in_a_turn_that_fails_goes_with_it(store: Store) -> None:
    with store.transaction() as db:
        row = db.outbox.add(ANNE, "say", {"text": "x"}, NOW)
        with pytest.raises(LookupError), db.savepoint():  # noqa: PT012 - it fails last
            db.people.of(CHLOE, NOW)
            db.outbox.mark_sent([row], NOW)
            assert db.inbox.remember_updates("telegram", [7], NOW) == {7}
            raise LookupError

    with store.transaction() as db:
        assert db.people.find(CHLOE) is None
        assert db.inbox.remember_updates("telegram", [7], NOW) == {7}
        assert [one.id for one in db.outbox.list(OutboxState.WAITING)] == [row]


def test_a_transaction_that_fails_says_nothing(store: Store) -> None:
    with pytest.raises(LookupError), store.transaction() as db:  # noqa: PT012 - it fails last
        take_turn(db, ANNE)
        raise LookupError

    assert counted(store) == []


def test_who_asks_the_database_finds_what_was_added(store: Store) -> None:
    with store.transaction() as db:
        take_turn(db, ANNE)

        assert list(db.session.exec(COUNTED)) == [ANNE]


def test_what_changed_in_between_is_read_anew(store: Store) -> None:
    with store.transaction() as db:
        db.people.load_many([ANNE, BRUNO, BRUNO], NOW)
        person = db.people.of(BRUNO, NOW)
        employer = Employer("21750001600019", "Mairie d'Exemple")
        db.people.save_profile(person.id, person.profile.with_employer(employer))

        assert db.people.of(BRUNO, NOW).profile.employers == (employer,)


def test_a_ticket_of_a_turn_that_fails_leaves_no_gap_and_no_trace(store: Store) -> None:
    with store.transaction() as db:
        db.people.load_many([ANNE, BRUNO, ANNE], NOW)
        with db.savepoint():
            file(db, ANNE, "first")
        with pytest.raises(LookupError), db.savepoint():  # noqa: PT012 - it fails last
            file(db, BRUNO, "lost")
            db.audit_log.add("bruno", "ticket.filed", "lost", "", NOW)
            raise LookupError
        with db.savepoint():
            file(db, ANNE, "second")

    with store.transaction() as db:
        filed = [one.reference for one in reversed(db.tickets.newest())]
        assert sorted(filed) == ["PEPS-2026-000001", "PEPS-2026-000002"]
        assert db.audit_log.entries() == ()


def test_one_request_filed_twice_in_a_batch_is_one_ticket(store: Store) -> None:
    with store.transaction() as db:
        first, again = (file(db, ANNE, "same") for _ in range(2))

        assert first == again
        assert len(db.tickets.newest()) == 1


def test_a_row_that_cannot_be_written_fails_its_own_turn(store: Store) -> None:
    with store.transaction() as db:
        with pytest.raises(IntegrityError), db.savepoint():  # noqa: PT012 - one of both fails
            db.statistics.vote("nobody", "an-article", "1", useful=True, now=NOW)
            db.people.of(CHLOE, NOW)
        with db.savepoint():
            db.failed_updates.add("ABC", BRUNO, "{}", "LookupError", NOW)

    with store.transaction() as db:
        assert [one.reference for one in db.failed_updates.newest()] == ["ABC"]
        assert db.people.find(CHLOE) is None


def test_persons_of_a_batch_are_read_together(store: Store, engine: Engine) -> None:
    many = [f"telegram:{n}" for n in range(50)]
    with store.transaction() as db:
        db.people.load_many(many, NOW)
        for address in many:
            take_turn(db, address)
    said = statements_of(engine)

    with store.transaction() as db:
        db.people.load_many(many, NOW)
        for address in many:
            with db.savepoint():
                take_turn(db, address)
                db.accounts.administered_by(db.people.of(address, NOW).id)

    # Persons with the address, what they administer, all addresses, conversations, employers.
    assert len([one for one in said if one.startswith("SELECT")]) == 5


def test_a_person_created_in_a_turn_that_failed_is_created_again(store: Store) -> None:
    with store.transaction() as db:
        with pytest.raises(LookupError), db.savepoint():  # noqa: PT012 - it fails last
            take_turn(db, ANNE)
            raise LookupError
        take_turn(db, ANNE)

    with store.transaction() as db:
        assert turn_of(db, ANNE) == 1


def test_what_the_session_holds_is_what_stands_in_the_database(store: Store) -> None:
    with store.transaction() as db:
        person = db.people.of(ANNE, NOW)
        db.people.save_profile(person.id, Profile(employers=(MAIRIE, HOSPITAL)))
        take_turn(db, ANNE)
        file(db, ANNE, "first")
        assert stale(db) == []

        changed = update(PersonRow).values(email_confirmed=True)
        db.session.execute(changed.execution_options(synchronize_session=False))

        assert stale(db) == ["person: email_confirmed"]


def test_a_link_that_is_given_to_another_is_seen_at_once(store: Store) -> None:
    with store.transaction() as db:
        db.accounts.add_employer(MAIRIE, NOW)
        before = db.accounts.load(MAIRIE.siret)
        db.accounts.save(before, with_an_account(before), NOW)
        anne, bruno = (db.people.of(one, NOW).id for one in (ANNE, BRUNO))
        assert db.accounts.administered_by(anne) == ()
        db.accounts.link("account-1", MAIRIE.siret, anne, NOW)
        assert db.accounts.administered_by(anne) == ((MAIRIE, "account-1"),)

        db.accounts.link("account-1", MAIRIE.siret, bruno, NOW)

        assert db.accounts.administered_by(anne) == ()
        assert db.accounts.administered_by(bruno) == ((MAIRIE, "account-1"),)
        assert stale(db) == []


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_register_is_read_again_behind_its_lock(store: Store) -> None:
    """On SQLite nobody else can have written meanwhile."""
    with store.transaction() as db:
        db.accounts.add_employer(MAIRIE, NOW)
        before = db.accounts.load(MAIRIE.siret)
        assert before is not None
        db.accounts.save(before, with_an_account(before), NOW)
        anne = db.people.of("telegram:1", NOW).id
        db.accounts.link("account-1", MAIRIE.siret, anne, NOW)

    with store.transaction() as db:
        db.people.of("telegram:1", NOW)
        assert db.accounts.administered_by(anne) == ((MAIRIE, "account-1"),)
        with store.transaction() as other:
            held = other.accounts.load(MAIRIE.siret, lock=True)
            assert held is not None
            changed = replace(held.accounts[0], identifier="A002", version=7)
            other.accounts.save(held, replace(held, accounts=(changed,)), NOW)

        read = db.accounts.load(MAIRIE.siret, lock=True)

        assert read is not None
        assert read.accounts == (changed,)
