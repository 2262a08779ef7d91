"""Retention: what is past its date goes, what is not stays."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Engine, text
from storage.samples import A_NIR, DAY, HOUR, NOW, a_draft, a_request

from bot.conversation.session import Session, holds_nir
from bot.conversation.states import Browsing, Idle, Reviewing, State
from bot.domain.retention import Retention
from bot.domain.ticket import Author, TicketStatus
from bot.storage.copies import ERRANDS
from bot.storage.figures import Figure
from bot.storage.retention import Removed
from bot.storage.store import Store

RULES = Retention()
NOTHING = dict.fromkeys(Removed.__annotations__, 0)


def retire(store: Store, now: datetime) -> dict[str, int]:
    """What was removed, nothing left out; run again, there is nothing more."""
    with store.transaction() as records:
        removed = asdict(records.apply_retention(now, RULES))
    with store.transaction() as records:
        assert asdict(records.apply_retention(now, RULES)) == NOTHING
    return {name: number for name, number in removed.items() if number}


def stand(store: Store, address: str, state: State, now: datetime = NOW) -> str:
    with store.transaction() as records:
        person = records.person(address, now)
        records.save_session(person.id, Session(state=state, turn=5), now)
    return person.id


def on_disk(store: Store, person_id: str) -> Session:
    """What is stored, whatever its age."""
    with store.transaction() as records:
        return records.load_session(person_id, NOW, draft_ttl=9 * DAY, nir_ttl=9 * DAY)


def test_an_empty_desk_has_nothing_to_remove(store: Store) -> None:
    assert retire(store, NOW) == {}


def test_nirs_leave_the_disk_after_an_hour_and_drafts_after_a_day(store: Store) -> None:
    anne = stand(store, "telegram:1", Reviewing(draft=a_draft("1", nir=A_NIR)))
    bruno = stand(store, "telegram:2", Reviewing(draft=a_draft("2")), NOW + 0.5 * HOUR)

    assert retire(store, NOW + 0.9 * HOUR) == {}
    assert retire(store, NOW + HOUR) == {"nirs": 1}
    assert on_disk(store, anne).state == Reviewing(draft=a_draft("1"))
    assert retire(store, NOW + DAY) == {"drafts": 1}
    assert on_disk(store, anne) == Session(state=Idle(), turn=5)
    assert on_disk(store, bruno).state == Reviewing(draft=a_draft("2"))


def test_a_desk_that_slept_removes_drafts_with_their_nirs(store: Store) -> None:
    anne = stand(store, "telegram:1", Browsing(draft=a_draft(nir=A_NIR), question="DSN"))

    assert retire(store, NOW + 2 * DAY) == {"drafts": 1}
    assert not holds_nir(on_disk(store, anne))
    assert on_disk(store, anne).state == Browsing(question="DSN")


def test_what_somebody_last_asked_is_forgotten_their_turns_are_not(store: Store) -> None:
    anne = stand(store, "telegram:1", Browsing(question="invalidité"))

    assert retire(store, NOW + 29 * DAY) == {}
    assert retire(store, NOW + 30 * DAY) == {"sessions": 1}
    assert on_disk(store, anne) == Session(turn=5)


def test_the_outbox_keeps_what_waits(store: Store) -> None:
    with store.transaction() as records:
        sent, buried, waiting = (records.outbox.add("a", "say", {}, NOW) for _ in range(3))
        records.outbox.mark_sent([sent], NOW)
        records.outbox.bury(buried, "telegram.400", NOW)

    assert retire(store, NOW + 7 * DAY) == {"outbox": 1}
    assert retire(store, NOW + 300 * DAY) == {"outbox": 1}
    with store.transaction() as records:
        assert [row.id for row in records.outbox.list()] == [waiting]


def test_book_keeping_is_cleared(store: Store) -> None:
    with store.transaction() as records:
        records.remember_update("telegram", 1, NOW)
        records.hold_text("telegram:1", "…", NOW)
        records.keep_aside("R-1", "telegram:1", "{}", "KeyError", NOW)

    assert retire(store, NOW + 7 * DAY) == {"received": 1, "held_texts": 1}
    assert retire(store, NOW + 30 * DAY) == {"kept_aside": 1}


def test_figures_and_votes_do_not_stay_for_ever(store: Store) -> None:
    with store.transaction() as records:
        me = records.person("telegram:1", NOW).id
        records.count(Figure(kind="read", subject="un-article"), NOW)
        records.vote(me, "un-article", "v1", useful=True, now=NOW)
        records.hear_event(ERRANDS, "1", NOW)
        records.hear_event("glpi", "followup/1", NOW)

    assert retire(store, NOW + 7 * DAY) == {"received": 1}
    assert retire(store, NOW + RULES.figure) == {"figures": 1, "votes": 1}
    with store.transaction() as records:
        assert not records.hear_event("glpi", "followup/1", NOW)


def test_a_ticket_goes_whole_three_years_after_its_closing(store: Store, engine: Engine) -> None:
    with store.transaction() as records:
        me = records.person("telegram:1", NOW).id
        closed, reopened, still_open = (
            records.file_ticket(me, a_request(identity), NOW).reference for identity in "abc"
        )
        records.add_message(me, closed, Author.REQUESTER, "Merci", NOW)
        records.set_ticket_status(closed, TicketStatus.RESOLVED, NOW + DAY)
        records.set_ticket_status(closed, TicketStatus.CLOSED, NOW + 9 * DAY)
        records.set_ticket_status(reopened, TicketStatus.CLOSED, NOW)
        records.set_ticket_status(reopened, TicketStatus.IN_PROGRESS, NOW + DAY)

    assert retire(store, NOW + RULES.ticket) == {}
    assert retire(store, NOW + RULES.ticket + DAY) == {"tickets": 1}
    with store.transaction() as records:
        left = {ticket.reference for ticket in records.all_tickets()}
    assert left == {reopened, still_open}
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM ticket_message")) == 0
        assert connection.scalar(text("SELECT count(*) FROM ticket_agent")) == 2


def test_a_number_is_never_given_again(store: Store) -> None:
    with store.transaction() as records:
        me = records.person("telegram:1", NOW).id
        first = records.file_ticket(me, a_request("a"), NOW).reference
        records.withdraw_ticket(me, first, NOW)
    retire(store, NOW + RULES.ticket)

    with store.transaction() as records:
        assert records.file_ticket(me, a_request("b"), NOW).reference == "PEPS-2026-000002"
