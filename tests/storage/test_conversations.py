"""Conversations: kept across restarts, drafts for a day, NIRs for an hour."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, text
from storage.samples import A_NIR, DAY, HOUR, NOW, a_draft

from bot.conversation.session import (
    Offer,
    Session,
    drafts,
    holds_nir,
    session_without_draft,
    session_without_nirs,
)
from bot.conversation.states import (
    AddingEmployer,
    Browsing,
    Filling,
    Idle,
    ReadingTicket,
    Resuming,
    Reviewing,
    State,
)
from bot.storage.encryption import Encryption, Place, SealError
from bot.storage.store import Database, Store

OFFERS = (Offer("yes", "Oui"),)
WITH_NIR = a_draft(nir=A_NIR)


def load(db: Database, person_id: str, now: datetime = NOW) -> Session:
    return db.conversations.load(person_id, now, draft_ttl=DAY, nir_ttl=HOUR)


def save(store: Store, state: State, now: datetime = NOW) -> str:
    with store.transaction() as db:
        person = db.people.of("telegram:1", now)
        db.conversations.save(person.id, Session(state=state, turn=3, offers=OFFERS), now)
    return person.id


def session_at(store: Store, person_id: str, now: datetime) -> Session:
    with store.transaction() as db:
        return load(db, person_id, now)


def test_who_never_spoke_stands_at_the_beginning(store: Store) -> None:
    with store.transaction() as db:
        person = db.people.of("telegram:1", NOW)
        assert load(db, person.id) == Session()


def test_a_conversation_survives_a_restart(store: Store) -> None:
    state = Filling(draft=WITH_NIR, key="birth_name", agent=0)
    person_id = save(store, state)

    assert session_at(store, person_id, NOW) == Session(state=state, turn=3, offers=OFFERS)


def test_a_nir_lives_an_hour_and_its_draft_a_day(store: Store) -> None:
    person_id = save(store, Reviewing(draft=WITH_NIR))

    just_before = session_at(store, person_id, NOW + 0.99 * HOUR)
    an_hour_later = session_at(store, person_id, NOW + HOUR)
    a_day_later = session_at(store, person_id, NOW + DAY)

    assert holds_nir(just_before)
    assert an_hour_later.state == Reviewing(draft=a_draft())
    assert a_day_later == Session(state=Idle(), turn=3)


def test_going_on_with_a_draft_does_not_make_it_younger(store: Store) -> None:
    save(store, Filling(draft=WITH_NIR, key="birth_name", agent=0))
    person_id = save(store, Reviewing(draft=WITH_NIR), NOW + 0.9 * HOUR)
    save(store, Browsing(draft=WITH_NIR, question="SIRET ?"), NOW + 0.95 * HOUR)

    assert not holds_nir(session_at(store, person_id, NOW + HOUR))
    assert session_at(store, person_id, NOW + DAY).state == Browsing(question="SIRET ?")


def test_another_draft_has_its_own_day(store: Store) -> None:
    save(store, Reviewing(draft=a_draft()))
    person_id = save(store, Reviewing(draft=a_draft("draft-2")), NOW + 0.5 * DAY)

    assert drafts(session_at(store, person_id, NOW + DAY))
    assert not drafts(session_at(store, person_id, NOW + 1.5 * DAY))


def test_a_nir_given_again_has_its_own_hour(store: Store) -> None:
    save(store, Reviewing(draft=WITH_NIR))
    save(store, Reviewing(draft=a_draft()), NOW + 0.5 * HOUR)
    person_id = save(store, Reviewing(draft=WITH_NIR), NOW + 0.9 * HOUR)

    assert holds_nir(session_at(store, person_id, NOW + 1.5 * HOUR))


def test_what_another_version_wrote_is_a_fresh_start_with_stale_buttons(
    store: Store, engine: Engine, encryption: Encryption
) -> None:
    person_id = save(store, Reviewing(draft=a_draft()))
    sealed = encryption.seal('{"state": "other"}', Place("conversation", person_id, "session"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE conversation SET session_sealed = :s"), {"s": sealed})

    with store.transaction() as db:
        assert load(db, person_id) == Session(turn=3)


def test_one_persons_session_does_not_open_as_anothers(store: Store, engine: Engine) -> None:
    save(store, Reviewing(draft=WITH_NIR))
    with store.transaction() as db:
        other = db.people.of("telegram:2", NOW)
        db.conversations.save(other.id, Session(), NOW)
    swap = (
        "UPDATE conversation SET session_sealed = (SELECT max(c.session_sealed) FROM conversation c"
    )
    with engine.begin() as connection:
        connection.execute(
            text(f"{swap} WHERE c.person_id <> :id) WHERE person_id = :id"), {"id": other.id}
        )

    with pytest.raises(SealError), store.transaction() as db:
        load(db, other.id)


def test_only_the_draft_goes_where_the_state_can_do_without() -> None:
    browsing = Session(state=Browsing(draft=WITH_NIR, question="DSN"), turn=2, offers=OFFERS)
    reading = Session(state=ReadingTicket(draft=WITH_NIR, reference="PEPS-2026-000001"))

    assert session_without_draft(browsing) == Session(state=Browsing(question="DSN"), turn=2)
    assert session_without_draft(reading).state == ReadingTicket(reference="PEPS-2026-000001")
    assert (
        session_without_draft(Session(state=Resuming(draft=WITH_NIR, next=a_draft("2"))))
        == Session()
    )


def test_without_a_draft_nothing_changes() -> None:
    session = Session(state=AddingEmployer(), turn=2, offers=OFFERS)

    assert session_without_draft(session) == session
    assert session_without_nirs(session) == session


def test_nirs_go_from_every_draft_and_the_person_stays() -> None:
    waiting = Session(state=Resuming(draft=a_draft(), next=WITH_NIR))
    filling = Session(state=Filling(draft=WITH_NIR, key="nir_key", agent=0), offers=OFFERS)

    assert holds_nir(waiting)
    assert session_without_nirs(waiting).state == Resuming(draft=a_draft(), next=a_draft())
    assert session_without_nirs(filling).state == Filling(draft=a_draft(), key="nir", agent=0)
    assert not holds_nir(session_without_nirs(filling))
