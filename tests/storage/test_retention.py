"""Retention: what is past its date goes, what is not stays."""

from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import Engine, text
from storage.full import with_an_account
from storage.samples import A_NIR, DAY, HOUR, MAIRIE, NOW, a_draft, a_request

from bot.conversation.session import Session, holds_nir
from bot.conversation.states import Browsing, Idle, Reviewing, State
from bot.domain.people import Profile
from bot.domain.retention import Retention
from bot.domain.rights import Outcome, Right
from bot.domain.ticket import Author, TicketMessage, TicketStatus
from bot.storage.retention import Removed
from bot.storage.store import Store
from bot.storage.ticket_links import ERRANDS

RULES = Retention()
NOTHING = dict.fromkeys(Removed.__annotations__, 0)


def retire(store: Store, now: datetime) -> dict[str, int]:
    """What was removed, nothing left out; run again, there is nothing more."""
    with store.transaction() as db:
        removed = asdict(db.retention.apply(now, RULES))
    with store.transaction() as db:
        assert asdict(db.retention.apply(now, RULES)) == NOTHING
    return {name: number for name, number in removed.items() if number}


def stand(store: Store, address: str, state: State, now: datetime = NOW) -> str:
    with store.transaction() as db:
        person = db.people.of(address, now)
        db.conversations.save(person.id, Session(state=state, turn=5), now)
    return person.id


def on_disk(store: Store, person_id: str) -> Session:
    """What is stored, whatever its age."""
    with store.transaction() as db:
        return db.conversations.load(person_id, NOW, draft_ttl=9 * DAY, nir_ttl=9 * DAY)


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
    with store.transaction() as db:
        sent, buried, waiting = (db.outbox.add("a", "say", {}, NOW) for _ in range(3))
        db.outbox.mark_sent([sent], NOW)
        db.outbox.bury(buried, "telegram.400", NOW)

    assert retire(store, NOW + 7 * DAY) == {"outbox": 1}
    assert retire(store, NOW + 300 * DAY) == {"outbox": 1}
    with store.transaction() as db:
        assert [row.id for row in db.outbox.list()] == [waiting]


def test_book_keeping_is_cleared(store: Store) -> None:
    with store.transaction() as db:
        db.inbox.remember_update("telegram", 1, NOW)
        db.inbox.hold_text("telegram:1", "…", NOW)
        db.failed_updates.add("R-1", "telegram:1", "{}", "KeyError", NOW)

    assert retire(store, NOW + 7 * DAY) == {"received": 1, "held_texts": 1}
    assert retire(store, NOW + 30 * DAY) == {"kept_aside": 1}


def test_figures_and_votes_do_not_stay_for_ever(store: Store) -> None:
    with store.transaction() as db:
        me = db.people.of("telegram:1", NOW).id
        db.statistics.count("read", "un-article", NOW)
        db.statistics.vote(me, "un-article", "v1", useful=True, now=NOW)
        db.ticket_links.remember_event(ERRANDS, "1", NOW)
        db.ticket_links.remember_event("glpi", "followup/1", NOW)

    assert retire(store, NOW + 7 * DAY) == {"received": 1}
    assert retire(store, NOW + RULES.figure) == {"figures": 1, "votes": 1, "persons": 1}
    with store.transaction() as db:
        assert not db.ticket_links.remember_event("glpi", "followup/1", NOW)


def test_a_ticket_goes_whole_three_years_after_its_closing(store: Store, engine: Engine) -> None:
    with store.transaction() as db:
        me = db.people.of("telegram:1", NOW).id
        closed, reopened, still_open = (
            db.tickets.get_or_create(me, a_request(identity), NOW).reference for identity in "abc"
        )
        db.ticket_messages.add(
            closed, TicketMessage(author=Author.REQUESTER, text="Merci", written_at=NOW)
        )
        db.tickets.set_status(closed, TicketStatus.RESOLVED, NOW + DAY)
        db.tickets.set_status(closed, TicketStatus.CLOSED, NOW + 9 * DAY)
        db.tickets.set_status(reopened, TicketStatus.CLOSED, NOW)
        db.tickets.set_status(reopened, TicketStatus.IN_PROGRESS, NOW + DAY)

    assert retire(store, NOW + RULES.ticket) == {}
    assert retire(store, NOW + RULES.ticket + DAY) == {"tickets": 1}
    with store.transaction() as db:
        left = {ticket.reference for ticket in db.tickets.newest()}
    assert left == {reopened, still_open}
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM ticket_message")) == 0
        assert connection.scalar(text("SELECT count(*) FROM ticket_agent")) == 2


def test_a_number_is_never_given_again(store: Store) -> None:
    with store.transaction() as db:
        me = db.people.of("telegram:1", NOW).id
        first = db.tickets.get_or_create(me, a_request("a"), NOW).reference
        db.tickets.withdraw(me, first, NOW)
    retire(store, NOW + RULES.ticket)

    with store.transaction() as db:
        me = db.people.of("telegram:1", NOW + RULES.ticket).id
        assert db.tickets.get_or_create(me, a_request("b"), NOW).reference == "PEPS-2026-000002"


def test_a_silent_person_is_erased_and_one_with_a_ticket_stays_as_long_as_it(
    store: Store, engine: Engine
) -> None:
    with store.transaction() as db:
        silent, asking, back = (db.people.of(f"telegram:{n}", NOW).id for n in range(3))
        db.people.save_profile(silent, Profile(employers=(MAIRIE,), email="anne@exemple.fr"))
        db.conversations.save(silent, Session(turn=3), NOW)
        ticket = db.tickets.get_or_create(asking, a_request("a"), NOW)
        db.tickets.set_status(ticket.reference, TicketStatus.CLOSED, NOW)
        db.outbox.add("telegram:0", "say", {"text": "Bonjour"}, NOW)
        db.people.of("telegram:2", NOW + 30 * DAY)

    assert "persons" not in retire(store, NOW + RULES.silent - DAY)
    assert retire(store, NOW + RULES.silent)["persons"] == 1
    with store.transaction() as db:
        assert db.people.find("telegram:0") is None
        assert db.people.find("telegram:1") is not None
        assert not db.outbox.list()
    assert retire(store, NOW + RULES.silent + 30 * DAY)["persons"] == 1  # who came back once
    assert retire(store, NOW + RULES.ticket)["persons"] == 1
    with engine.connect() as connection:
        for table in ("person", "person_employer", "conversation"):
            assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    assert back != silent


def test_the_identifier_of_a_deleted_account_and_an_answered_request_go_in_the_end(
    store: Store,
) -> None:
    with store.transaction() as db:
        db.accounts.add_employer(MAIRIE, NOW)
        empty = db.accounts.load(MAIRIE.siret)
        assert empty is not None
        db.accounts.save(empty, with_an_account(empty), NOW)
        full = db.accounts.load(MAIRIE.siret)
        assert full is not None
        db.accounts.save(full, replace(full, accounts=(), retired=frozenset({"A001"})), NOW)
        asked = db.rights_requests.open(Right.ACCESS, "Anne", NOW.date())
        db.rights_requests.close(asked.number, Outcome.DONE, "", NOW)
        db.rights_requests.open(Right.ACCESS, "Bruno", NOW.date())

    retire(store, NOW + RULES.deleted_account - DAY)
    assert retire(store, NOW + RULES.deleted_account)["accounts"] == 1
    assert retire(store, NOW + RULES.rights) == {"rights": 1}
    with store.transaction() as db:
        left = db.accounts.load(MAIRIE.siret)
        assert left is not None
        assert not left.retired
        assert [one.asker for one in db.rights_requests.list(only_open=False)] == ["Bruno"]
