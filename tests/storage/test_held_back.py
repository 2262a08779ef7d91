"""What is held back and read ahead: nobody can tell, whatever fails in between."""

import pytest
from sqlalchemy import Engine, event
from storage.samples import DAY, HOUR, NOW, a_request

from bot.conversation.session import Session
from bot.domain.delivery import OutboxState
from bot.domain.people import Employer
from bot.domain.ticket import Ticket
from bot.storage.database import LostTurnError, is_passing
from bot.storage.statistics import Statistic
from bot.storage.store import Database, Store

ANNE, BRUNO, CHLOE = "telegram:1", "telegram:2", "telegram:3"


def turn_of(db: Database, address: str) -> int:
    person = db.people.of(address, NOW)
    return db.conversations.load(person.id, NOW, draft_ttl=DAY, nir_ttl=HOUR).turn


def take_turn(db: Database, address: str) -> None:
    """One turn as the desk takes it: it reads, and writes where the person stands now."""
    turn = turn_of(db, address) + 1
    db.statistics.count(Statistic(kind="turn", subject=address), NOW)
    db.conversations.save(db.people.of(address, NOW).id, Session(turn=turn), NOW)


def file(db: Database, address: str, identity: str) -> Ticket:
    return db.tickets.get_or_create(db.people.of(address, NOW).id, a_request(identity), NOW)


def heard_by(engine: Engine) -> list[str]:
    """What the database is told from now on."""
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    return said


def counted(store: Store) -> list[str]:
    with store.transaction() as db:
        return [one.subject for one in db.statistics.counted("turn", NOW - DAY, NOW + DAY)]


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
def test_a_turn_that_fails_takes_back_what_it_held_back(store: Store, looked: bool) -> None:
    """Whether it was said to the database inside the savepoint, or not yet."""
    with store.transaction() as db:
        db.people.load_many([ANNE, BRUNO, ANNE], NOW)
        take_turn(db, ANNE)
        with pytest.raises(LookupError), db.savepoint():  # noqa: PT012 - it fails last
            take_turn(db, ANNE)
            take_turn(db, BRUNO)
            if looked:
                db.inbox.add_failed("ABC", ANNE, "{}", "LookupError", NOW)
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
                db.inbox.add_failed("ABC", BRUNO, "{}", "LookupError", NOW)
                raise LookupError
            take_turn(db, CHLOE)

    assert counted(store) == [ANNE, CHLOE]
    with store.transaction() as db:
        assert db.inbox.failed() == ()


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
        assert [one.id for one in db.outbox.rows(OutboxState.WAITING)] == [row]


def test_a_transaction_that_fails_says_nothing(store: Store) -> None:
    with pytest.raises(LookupError), store.transaction() as db:  # noqa: PT012 - it fails last
        take_turn(db, ANNE)
        raise LookupError

    assert counted(store) == []


def test_who_asks_the_database_finds_what_was_held_back(store: Store) -> None:
    with store.transaction() as db:
        take_turn(db, ANNE)

        assert len(db.statistics.counted("turn", NOW - DAY, NOW + DAY)) == 1


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
        assert not db.is_filed("lost")
        assert db.audit_log.entries() == ()


def test_tickets_of_one_batch_are_written_together(store: Store, engine: Engine) -> None:
    many = [f"telegram:{n}" for n in range(20)]
    with store.transaction() as db:
        db.people.load_many(many, NOW)
        file(db, many[0], "the-first-of-the-year")
    said = heard_by(engine)

    with store.transaction() as db:
        db.people.load_many(many, NOW)
        for address in many:
            with db.savepoint():
                file(db, address, f"of-{address}")
                db.audit_log.add(address, "ticket.filed", address, "", NOW)

    for table in ("ticket", "ticket_agent", "ticket_year", "audit"):
        assert len([one for one in said if one.startswith(f"INSERT INTO {table} ")]) == 1
    with store.transaction() as db:
        assert len(db.tickets.newest()) == len(many) + 1
        assert db.audit_log.verify() is None


def test_one_request_filed_twice_in_a_batch_is_one_ticket(store: Store) -> None:
    with store.transaction() as db:
        first, again = (file(db, ANNE, "same") for _ in range(2))

        assert first == again
        assert len(db.tickets.newest()) == 1


def test_what_an_earlier_turn_wrote_in_vain_is_not_blamed_on_the_turn_at_hand(store: Store) -> None:
    """The whole transaction is taken again: else the earlier turn would be lost without a word."""
    with pytest.raises(LostTurnError) as caught, store.transaction() as db:  # noqa: PT012
        with db.savepoint():
            db.statistics.vote("nobody", "an-article", "1", useful=True, now=NOW)
        with db.savepoint():
            db.inbox.add_failed("ABC", BRUNO, "{}", "LookupError", NOW)

    assert is_passing(caught.value)
    with store.transaction() as db:
        assert db.inbox.failed() == ()


def test_persons_of_a_batch_are_read_together(store: Store, engine: Engine) -> None:
    many = [f"telegram:{n}" for n in range(50)]
    with store.transaction() as db:
        db.people.load_many(many, NOW)
    said = heard_by(engine)

    with store.transaction() as db:
        db.people.load_many(many, NOW)
        for address in many:
            with db.savepoint():
                take_turn(db, address)

    assert len([one for one in said if one.startswith("SELECT")]) == 4
    assert len([one for one in said if one.startswith("INSERT")]) == 2
    assert not [one for one in said if one.startswith("SAVEPOINT")]
