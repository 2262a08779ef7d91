"""What is held back and read ahead: nobody can tell, whatever fails in between."""

import pytest
from sqlalchemy import Engine, event
from storage.samples import DAY, HOUR, NOW

from bot.conversation.session import Session
from bot.domain.employer import Employer
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
                records.save_profile(
                    records.person(ANNE, NOW).id, records.person(ANNE, NOW).profile
                )
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


def test_persons_of_a_batch_are_read_together(store: Store, engine: Engine) -> None:
    many = [f"telegram:{n}" for n in range(50)]
    with store.transaction() as records:
        records.expect(many, NOW)
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2]))

    with store.transaction() as records:
        records.expect(many, NOW)
        for address in many:
            with records.savepoint():
                take_turn(records, address)

    assert len([one for one in said if one.startswith("SELECT")]) == 4
    assert len([one for one in said if one.startswith("INSERT")]) == 2
    assert not [one for one in said if one.startswith("SAVEPOINT")]
