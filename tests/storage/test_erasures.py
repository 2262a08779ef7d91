"""A person is erased: nothing of them is left in any table, and a list keeps that it was done."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select
from storage.full import A_PHOTO, fill, read_all
from storage.samples import A_DESCRIPTION, A_NAME, AN_EMAIL, DAY, NOW, a_request, an_agent

from bot.domain.attachment import IncomingFile
from bot.domain.people import Profile
from bot.domain.privacy import Erasure, TicketErasure
from bot.domain.ticket import Author, Happening, TicketMessage, TicketStatus
from bot.storage.database import all_tables
from bot.storage.erasures import NOBODY, ErasureListError, read_list, write_list
from bot.storage.store import Store

GONE, STAYS = "telegram:0", "telegram:1"
BOTH = pytest.mark.parametrize("how", list(TicketErasure))


def person_id(store: Store, address: str) -> str:
    with store.read() as db:
        person = db.people.find(address)
    assert person is not None
    return person.id


def erase(store: Store, how: TicketErasure, address: str = GONE) -> str:
    gone = person_id(store, address)
    with store.transaction() as db:
        assert db.erasures.erase(gone, how, NOW + DAY) is not None
    return gone


def counts(store: Store) -> dict[str, int]:
    with store.engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in all_tables()
        }


def every_value(store: Store) -> str:
    """All columns of all tables, sealed ones opened."""
    with store.engine.connect() as connection:
        open_ones = [
            str(tuple(row)) for table in all_tables() for row in connection.execute(select(table))
        ]
    return "\n".join((*open_ones, *read_all(store.engine, store.encryption).values()))


@BOTH
def test_nothing_is_left_of_the_only_person(store: Store, how: TicketErasure) -> None:
    fill(store, people=1)
    with store.transaction() as db:
        person = db.people.of(GONE, NOW)
        (ticket,) = db.tickets.of_person(person.id)
        filed = Happening(what="filed", who=person.id, at=NOW)
        db.ticket_messages.note(ticket.reference, filed)
        db.statistics.vote(person.id, "article", "1", True, NOW)
        db.one_time_codes.begin_code(person.id, AN_EMAIL, NOW)
        db.one_time_codes.add_invitation("code", "account-1", person.id, NOW)
        db.accounts.link("account-1", "99999999900017", person.id, NOW)
        db.outbox.add("staff:-1", "say", {"text": f"{ticket.reference} : Durand"}, NOW)
        db.outbox.add(f"connector:glpi:{ticket.reference}", "message", {"part": "0"}, NOW)
        db.failed_updates.add("R-9", "telegram:77", f"Answer({ticket.reference})", "KeyError", NOW)
    gone = erase(store, how)

    left = every_value(store).replace(f"('{gone}', '{how}'", "")  # the list itself
    for personal in (gone, GONE, A_NAME, A_DESCRIPTION, AN_EMAIL, "Merci.", "Rapide.", "photo"):
        assert personal not in left
    after = counts(store)
    emptied = (
        "ticket_agent",
        "ticket_message",
        "ticket_copy",
        "attachment",
        "conversation",
        "vote",
    )
    others = ("administrator_link", "email_code", "upload", "outbox", "failed_update", "held_text")
    assert {name: after[name] for name in (*emptied, *others)} == dict.fromkeys(
        (*emptied, *others), 0
    )
    assert after["ticket"] == (how is TicketErasure.ANONYMISE)


@BOTH
def test_everybody_else_keeps_everything(store: Store, how: TicketErasure) -> None:
    fill(store, people=2)
    before = read_all(store.engine, store.encryption)
    kept = person_id(store, STAYS)
    erase(store, how)

    after = read_all(store.engine, store.encryption)
    with store.transaction() as db:
        (ticket,) = db.tickets.of_person(kept)
        whole = db.tickets.by_reference(ticket.reference)
        assert whole is not None
        assert whole.request.description == A_DESCRIPTION
        assert db.attachments.content(ticket.reference, 1) is not None
        assert db.inbox.take_held_text(STAYS) == A_DESCRIPTION
        assert [one.address for one in db.failed_updates.newest()] == [STAYS]
    mine = [place for place in before if kept in place or "draft-1" in place]
    assert mine
    assert all(after[place] == before[place] for place in mine)


def test_an_anonymised_ticket_still_counts_in_the_report(store: Store) -> None:
    fill(store, people=1)
    before = (NOW - DAY, NOW + DAY)
    with store.read() as db:
        filed, scores = db.report.filed_by_sous_motif(*before), db.report.scores(*before)
    erase(store, TicketErasure.ANONYMISE)

    with store.read() as db:
        assert db.report.filed_by_sous_motif(*before) == filed
        assert db.report.scores(*before) == scores
        (one,) = db.tickets.newest()
        ticket = db.tickets.by_reference(one.reference)
    assert ticket is not None
    assert ticket.status is TicketStatus.CLOSED
    assert (ticket.request.agents, ticket.request.answers, ticket.messages) == ((), (), ())
    assert (ticket.request.employer.siret, ticket.request.email) == ("", "")


def test_two_erased_persons_cannot_be_told_apart_by_their_tickets(store: Store) -> None:
    fill(store, people=2)
    for address in (GONE, STAYS):
        erase(store, TicketErasure.ANONYMISE, address)

    with store.read() as db:
        nobody = db.people.find(NOBODY)
        assert nobody is not None
        assert len(db.tickets.of_person(nobody.id)) == 2
        assert nobody.profile == Profile()


def test_who_comes_back_is_a_new_person(store: Store) -> None:
    fill(store, people=1)
    gone = erase(store, TicketErasure.DELETE)
    with store.transaction() as db:
        again = db.people.of(GONE, NOW + 2 * DAY)
        assert again.id != gone
        assert again.profile == Profile()


def test_the_list_beside_the_database_is_for_its_owner_and_its_desk(
    store: Store, tmp_path: Path
) -> None:
    fill(store, people=2)
    gone = erase(store, TicketErasure.DELETE)
    path = tmp_path / "list.jsonl"
    with store.read() as db:
        written = db.erasures.all()
        write_list(path, written, store.encryption)
    assert written == (Erasure(person=gone, tickets=TicketErasure.DELETE, at=NOW + DAY),)
    assert path.stat().st_mode & 0o077 == 0
    assert read_list(path, store.encryption) == written
    whole = path.read_text()
    for changed in (
        "",
        "not a line\n",
        whole.replace(gone, person_id(store, STAYS)),
        whole.replace("delete", "anonymise"),
        "".join(whole.splitlines(keepends=True)[1:]),
        "".join(whole.splitlines(keepends=True)[:-1]),
        whole + whole,
        "[]\n" + whole,
        "[" * 100_000,
    ):
        path.write_text(changed)
        with pytest.raises(ErasureListError, match="effacées reviendraient"):
            read_list(path, store.encryption)


def test_files_of_a_ticket_that_was_answered_go_with_it(store: Store) -> None:
    with store.transaction() as db:
        person = db.people.of(GONE, NOW)
        ticket = db.tickets.get_or_create(
            person.id, replace(a_request(), agents=(an_agent(),)), NOW
        )
        answer = TicketMessage(author=Author.ADVISOR, text="Voici.", written_at=NOW)
        db.ticket_messages.add(ticket.reference, answer)
        photo = IncomingFile(name="photo.jpg", content=A_PHOTO)
        db.attachments.add(ticket.request.identity, photo, NOW, place=0, most_bytes=1000)
    erase(store, TicketErasure.ANONYMISE)

    assert counts(store)["attachment"] == 0
