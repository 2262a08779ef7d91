"""Tickets: filed once, numbered in a row, seen by nobody else."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import Engine, text
from storage.samples import (
    ANOTHER_NIR,
    HOSPITAL,
    HOUR,
    MAIRIE,
    NOW,
    a_request,
    an_agent,
)
from storage.together import run_together

from bot.domain.ticket import Agent, Author, Ticket, TicketMessage, TicketStatus
from bot.storage.row_mac import ChangedRowError
from bot.storage.store import Store

MINE, THEIRS = "telegram:1", "telegram:2"


def file(store: Store, identity: str, *, address: str = MINE, now: datetime = NOW) -> Ticket:
    with store.transaction() as db:
        person = db.people.of(address, now)
        return db.tickets.get_or_create(person.id, a_request(identity), now)


def my_id(store: Store, address: str = MINE) -> str:
    with store.transaction() as db:
        return db.people.of(address, NOW).id


def test_a_filed_request_comes_back_whole(store: Store) -> None:
    request = a_request(agents=(an_agent(), an_agent(ANOTHER_NIR), Agent()))
    with store.transaction() as db:
        person = db.people.of(MINE, NOW)
        filed = db.tickets.get_or_create(person.id, request, NOW)

    with store.transaction() as db:
        assert db.tickets.own(person.id, filed.reference) == filed
        assert db.tickets.by_reference(filed.reference) == filed
    assert filed == Ticket(
        reference="PEPS-2026-000001", status=TicketStatus.NEW, filed_at=NOW, request=request
    )


def test_sending_twice_is_one_ticket(store: Store) -> None:
    first = file(store, "draft-1")
    again = file(store, "draft-1", now=NOW + HOUR)

    assert again == first
    assert file(store, "draft-2").reference == "PEPS-2026-000002"


def test_sending_twice_at_the_same_moment_is_one_ticket(store: Store) -> None:
    my_id(store)
    filed: list[Ticket] = []

    run_together(*[lambda: filed.append(file(store, "draft-1"))] * 4)

    assert len({ticket.reference for ticket in filed}) == 1
    with store.transaction() as db:
        assert len(db.tickets.newest()) == 1


def test_an_identity_is_nobody_elses(store: Store) -> None:
    file(store, "draft-1")

    with pytest.raises(ValueError, match="identity"):
        file(store, "draft-1", address=THEIRS)


def test_numbers_have_no_gap_and_no_double_whoever_files(store: Store) -> None:
    numbers = count()

    def file_five(address: str) -> None:
        for _ in range(5):
            file(store, f"draft-{next(numbers)}", address=address)

    run_together(*(lambda n=n: file_five(f"telegram:{n}") for n in range(4)))

    with store.transaction() as db:
        references = sorted(ticket.reference for ticket in db.tickets.newest())
    assert references == [f"PEPS-2026-{number:06d}" for number in range(1, 21)]


def test_a_turn_that_fails_gives_its_number_back(store: Store) -> None:
    with store.transaction() as db:
        person = db.people.of(MINE, NOW)
        with pytest.raises(RuntimeError), db.savepoint():  # noqa: PT012 - it fails last
            db.tickets.get_or_create(person.id, a_request("lost"), NOW)
            raise RuntimeError
        ticket = db.tickets.get_or_create(person.id, a_request("kept"), NOW)

    assert ticket.reference == "PEPS-2026-000001"


def test_a_year_begins_at_midnight_in_paris(store: Store) -> None:
    last = datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC)
    summer = datetime(2026, 6, 30, tzinfo=UTC)

    references = [
        file(store, "a", now=summer).reference,
        file(store, "b", now=last).reference,
        file(store, "c", now=last + timedelta(seconds=1)).reference,
    ]

    assert references == ["PEPS-2026-000001", "PEPS-2026-000002", "PEPS-2027-000001"]


def test_ones_own_tickets_newest_first(store: Store) -> None:
    for hour in range(3):
        file(store, f"draft-{hour}", now=NOW + hour * HOUR)
    file(store, "theirs", address=THEIRS)

    with store.transaction() as db:
        listed = db.tickets.of_person(db.people.of(MINE, NOW).id)

    assert [ticket.reference[-1] for ticket in listed] == ["3", "2", "1"]
    assert listed[0].label == "Transfert inter-fonds"


def test_nobody_reaches_anothers_ticket(store: Store) -> None:
    theirs = file(store, "theirs", address=THEIRS).reference
    me = my_id(store)

    with store.transaction() as db:
        assert db.tickets.of_person(me) == ()
        assert db.tickets.own(me, theirs) is None
        assert db.tickets.withdraw(me, theirs, NOW) is None
        unchanged = db.tickets.by_reference(theirs)

    assert unchanged is not None
    assert unchanged.status is TicketStatus.NEW
    assert unchanged.messages == ()


def test_a_message_is_added_behind_the_others(store: Store) -> None:
    reference = file(store, "draft-1").reference
    me = my_id(store)
    with store.transaction() as db:
        db.ticket_messages.add(
            reference, TicketMessage(author=Author.REQUESTER, text="Bonjour", written_at=NOW)
        )
    with store.transaction() as db:
        db.ticket_messages.add(
            reference, TicketMessage(author=Author.ADVISOR, text="Réponse", written_at=NOW + HOUR)
        )
        ticket = db.tickets.own(me, reference)

    assert ticket is not None
    assert ticket.messages == (
        TicketMessage(author=Author.REQUESTER, text="Bonjour", written_at=NOW),
        TicketMessage(author=Author.ADVISOR, text="Réponse", written_at=NOW + HOUR, place=1),
    )


def test_messages_added_at_once_are_all_kept(store: Store) -> None:
    reference = file(store, "draft-1").reference
    me = my_id(store)

    def add() -> None:
        with store.transaction() as db:
            db.ticket_messages.add(
                reference, TicketMessage(author=Author.REQUESTER, text="Bonjour", written_at=NOW)
            )

    run_together(*[add] * 4)

    with store.transaction() as db:
        ticket = db.tickets.own(me, reference)
    assert ticket is not None
    assert len(ticket.messages) == 4


def test_only_an_open_ticket_is_withdrawn(store: Store) -> None:
    first, second = file(store, "draft-1").reference, file(store, "draft-2").reference
    me = my_id(store)
    with store.transaction() as db:
        db.tickets.set_status(second, TicketStatus.RESOLVED, NOW)

    with store.transaction() as db:
        withdrawn = db.tickets.withdraw(me, first, NOW)
        resolved = db.tickets.withdraw(me, second, NOW)

    assert withdrawn is not None
    assert withdrawn.status is TicketStatus.WITHDRAWN
    assert resolved is not None
    assert resolved.status is TicketStatus.RESOLVED


def test_the_desk_sees_all_and_chooses(store: Store) -> None:
    file(store, "draft-1")
    late = file(store, "draft-2", address=THEIRS, now=NOW + HOUR).reference
    with store.transaction() as db:
        db.tickets.set_status(late, TicketStatus.PENDING, NOW)

        assert len(db.tickets.newest()) == 2
        assert len(db.tickets.newest(limit=1)) == 1
        assert [t.reference for t in db.tickets.newest(status=TicketStatus.PENDING)] == [late]
        assert [t.reference for t in db.tickets.newest(since=NOW + HOUR)] == [late]
        assert len(db.tickets.newest(siret=MAIRIE.siret)) == 2
        assert db.tickets.newest(siret=HOSPITAL.siret) == ()


def test_what_is_not_there_is_none(store: Store) -> None:
    me = my_id(store)
    with store.transaction() as db:
        assert db.tickets.by_reference("PEPS-2026-000009") is None
        assert db.tickets.own(me, "PEPS-2026-000009") is None
        assert db.tickets.set_status("PEPS-2026-000009", TicketStatus.CLOSED, NOW) is None


def test_one_tickets_agent_does_not_open_in_anothers(store: Store, engine: Engine) -> None:
    file(store, "draft-1")
    file(store, "draft-2")
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE ticket_agent SET answers_sealed = (SELECT a.answers_sealed "
                "FROM ticket_agent a WHERE a.ticket_id = 'draft-1') WHERE ticket_id = 'draft-2'"
            )
        )

    with pytest.raises(ChangedRowError), store.transaction() as db:
        db.tickets.by_reference("PEPS-2026-000002")


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("question", "index"),
    [
        ("SELECT * FROM ticket WHERE person_id = 'x' ORDER BY filed_at DESC", "person_id_filed_at"),
        ("SELECT * FROM ticket WHERE reference = 'x'", "sqlite_autoindex_ticket"),
        ("SELECT * FROM ticket ORDER BY filed_at DESC LIMIT 100", "ix_ticket_filed_at"),
    ],
)
def test_a_million_tickets_are_in_nobodys_way(engine: Engine, question: str, index: str) -> None:
    with engine.connect() as connection:
        plan = [
            str(row.detail) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {question}"))
        ]

    assert all(index in step for step in plan), plan
