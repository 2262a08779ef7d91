"""What is held back and read ahead: nobody can tell, whatever fails in between."""

import pytest
from sqlalchemy import Engine, event
from storage.samples import DAY, HOUR, NOW, a_request

from bot.conversation.session import Session
from bot.domain.delivery import OutboxState
from bot.domain.people import Employer
from bot.domain.ticket import Ticket
from bot.storage.database import LostTurnError, is_passing
from bot.storage.figures import Figure
from bot.storage.store import Records, Store

ANNE, BRUNO, CHLOE = "telegram:1", "telegram:2", "telegram:3"


def turn_of(records: Records, address: str) -> int:
    person = records.person(address, NOW)
    return records.load_session(person.id, NOW, draft_ttl=DAY, nir_ttl=HOUR).turn


def take_turn(records: Records, address: str) -> None:
    """One turn as the desk takes it: it reads, and writes where the person stands now."""
    turn = turn_of(records, address) + 1
    records.count(Figure(kind="turn", subject=address), NOW)
    records.save_session(records.person(address, NOW).id, Session(turn=turn), NOW)


def file(records: Records, address: str, identity: str) -> Ticket:
    return records.file_ticket(records.person(address, NOW).id, a_request(identity), NOW)


def heard_by(engine: Engine) -> list[str]:
    """What the database is told from now on."""
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    return said


def counted(store: Store) -> list[str]:
    with store.transaction() as records:
        return [one.subject for one in records.figures("turn", NOW - DAY, NOW + DAY)]


def test_turns_of_one_batch_follow_one_another(store: Store) -> None:
    with store.transaction() as records:
        records.expect([ANNE, BRUNO, ANNE], NOW)
        for address in (ANNE, BRUNO, ANNE):
            with records.savepoint():
                take_turn(records, address)

    with store.transaction() as records:
        assert (turn_of(records, ANNE), turn_of(records, BRUNO)) == (2, 1)
    assert counted(store) == [ANNE, BRUNO, ANNE]


@pytest.mark.parametrize("looked", [False, True])
def test_a_turn_that_fails_takes_back_what_it_held_back(store: Store, looked: bool) -> None:
    """Whether it was said to the database inside the savepoint, or not yet."""
    with store.transaction() as records:
        records.expect([ANNE, BRUNO, ANNE], NOW)
        take_turn(records, ANNE)
        with pytest.raises(LookupError), records.savepoint():  # noqa: PT012 - it fails last
            take_turn(records, ANNE)
            take_turn(records, BRUNO)
            if looked:
                records.keep_aside("ABC", ANNE, "{}", "LookupError", NOW)
            raise LookupError
        assert turn_of(records, ANNE) == 1
        take_turn(records, BRUNO)

    assert counted(store) == [ANNE, BRUNO]
    with store.transaction() as records:
        assert (turn_of(records, ANNE), turn_of(records, BRUNO)) == (1, 1)


def test_a_savepoint_inside_another_fails_alone(store: Store) -> None:
    with store.transaction() as records:
        with records.savepoint():
            take_turn(records, ANNE)
            with pytest.raises(LookupError), records.savepoint():  # noqa: PT012 - it fails last
                take_turn(records, BRUNO)
                records.keep_aside("ABC", BRUNO, "{}", "LookupError", NOW)
                raise LookupError
            take_turn(records, CHLOE)

    assert counted(store) == [ANNE, CHLOE]
    with store.transaction() as records:
        assert records.kept_aside() == ()


def test_what_is_written_at_once_in_a_turn_that_fails_goes_with_it(store: Store) -> None:
    with store.transaction() as records:
        row = records.outbox.add(ANNE, "say", {"text": "x"}, NOW)
        with pytest.raises(LookupError), records.savepoint():  # noqa: PT012 - it fails last
            records.person(CHLOE, NOW)
            records.outbox.mark_sent([row], NOW)
            assert records.remember_updates("telegram", [7], NOW) == {7}
            raise LookupError

    with store.transaction() as records:
        assert records.find_person(CHLOE) is None
        assert records.remember_updates("telegram", [7], NOW) == {7}
        assert [one.id for one in records.outbox.list(OutboxState.WAITING)] == [row]


def test_a_transaction_that_fails_says_nothing(store: Store) -> None:
    with pytest.raises(LookupError), store.transaction() as records:  # noqa: PT012 - it fails last
        take_turn(records, ANNE)
        raise LookupError

    assert counted(store) == []


def test_who_asks_the_database_finds_what_was_held_back(store: Store) -> None:
    with store.transaction() as records:
        take_turn(records, ANNE)

        assert len(records.figures("turn", NOW - DAY, NOW + DAY)) == 1


def test_what_changed_in_between_is_read_anew(store: Store) -> None:
    with store.transaction() as records:
        records.expect([ANNE, BRUNO, BRUNO], NOW)
        person = records.person(BRUNO, NOW)
        employer = Employer("21750001600019", "Mairie d'Exemple")
        records.save_profile(person.id, person.profile.with_employer(employer))

        assert records.person(BRUNO, NOW).profile.employers == (employer,)


def test_a_ticket_of_a_turn_that_fails_leaves_no_gap_and_no_trace(store: Store) -> None:
    with store.transaction() as records:
        records.expect([ANNE, BRUNO, ANNE], NOW)
        with records.savepoint():
            file(records, ANNE, "first")
        with pytest.raises(LookupError), records.savepoint():  # noqa: PT012 - it fails last
            file(records, BRUNO, "lost")
            records.audit("bruno", "ticket.filed", "lost", "", NOW)
            raise LookupError
        with records.savepoint():
            file(records, ANNE, "second")

    with store.transaction() as records:
        filed = [one.reference for one in reversed(records.all_tickets())]
        assert sorted(filed) == ["PEPS-2026-000001", "PEPS-2026-000002"]
        assert not records.is_filed("lost")
        assert records.audit_entries() == ()


def test_tickets_of_one_batch_are_written_together(store: Store, engine: Engine) -> None:
    many = [f"telegram:{n}" for n in range(20)]
    with store.transaction() as records:
        records.expect(many, NOW)
        file(records, many[0], "the-first-of-the-year")
    said = heard_by(engine)

    with store.transaction() as records:
        records.expect(many, NOW)
        for address in many:
            with records.savepoint():
                file(records, address, f"of-{address}")
                records.audit(address, "ticket.filed", address, "", NOW)

    for table in ("ticket", "ticket_agent", "ticket_year", "audit"):
        assert len([one for one in said if one.startswith(f"INSERT INTO {table} ")]) == 1
    with store.transaction() as records:
        assert len(records.all_tickets()) == len(many) + 1
        assert records.verify_audit() is None


def test_one_request_filed_twice_in_a_batch_is_one_ticket(store: Store) -> None:
    with store.transaction() as records:
        first, again = (file(records, ANNE, "same") for _ in range(2))

        assert first == again
        assert len(records.all_tickets()) == 1


def test_what_an_earlier_turn_wrote_in_vain_is_not_blamed_on_the_turn_at_hand(store: Store) -> None:
    """The whole transaction is taken again: else the earlier turn would be lost without a word."""
    with pytest.raises(LostTurnError) as caught, store.transaction() as records:  # noqa: PT012
        with records.savepoint():
            records.vote("nobody", "an-article", "1", useful=True, now=NOW)
        with records.savepoint():
            records.keep_aside("ABC", BRUNO, "{}", "LookupError", NOW)

    assert is_passing(caught.value)
    with store.transaction() as records:
        assert records.kept_aside() == ()


def test_persons_of_a_batch_are_read_together(store: Store, engine: Engine) -> None:
    many = [f"telegram:{n}" for n in range(50)]
    with store.transaction() as records:
        records.expect(many, NOW)
    said = heard_by(engine)

    with store.transaction() as records:
        records.expect(many, NOW)
        for address in many:
            with records.savepoint():
                take_turn(records, address)

    assert len([one for one in said if one.startswith("SELECT")]) == 4
    assert len([one for one in said if one.startswith("INSERT")]) == 2
    assert not [one for one in said if one.startswith("SAVEPOINT")]
