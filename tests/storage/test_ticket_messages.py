"""Messages, staff, links, history and statistics, on both databases."""

from dataclasses import replace

from storage.samples import ANOTHER_NIR, DAY, HOSPITAL, HOUR, NOW, a_request, an_agent

from bot.domain.people import Colleague, StaffRole
from bot.domain.ticket import Author, Happening, TicketMessage, TicketStatus
from bot.domain.ticket_export import ExternalTicket
from bot.storage.store import Database, Store
from bot.storage.ticket_links import Post, Topic

ME = "telegram:1"


def file(db: Database, identity: str = "draft-1", **changes):
    person = db.people.of(ME, NOW)
    return person, db.tickets.get_or_create(person.id, a_request(identity, **changes), NOW)


def test_internal_messages_are_the_desks_own(store: Store) -> None:
    with store.transaction() as db:
        person, ticket = file(db)
        for text, internal in (("Note", True), ("Réponse", False)):
            said = TicketMessage(
                author=Author.ADVISOR, text=text, written_at=NOW, by="local:luc", internal=internal
            )
            db.ticket_messages.add(ticket.reference, said)
        mine = db.tickets.own(person.id, ticket.reference)
        whole = db.tickets.by_reference(ticket.reference)
    assert [one.text for one in mine.messages] == ["Réponse"]
    assert [(one.text, one.place, one.by) for one in whole.messages] == [
        ("Note", 0, "local:luc"),
        ("Réponse", 1, "local:luc"),
    ]


def test_a_message_is_corrected_in_its_place(store: Store) -> None:
    with store.transaction() as db:
        _, ticket = file(db)
        said = TicketMessage(author=Author.ADVISOR, text="34,56", written_at=NOW)
        db.ticket_messages.add(ticket.reference, said)
        assert db.ticket_messages.edit(ticket.reference, 0, "34,65", NOW + HOUR)
        assert not db.ticket_messages.edit(ticket.reference, 1, "x", NOW)
        assert not db.ticket_messages.edit("PEPS-2026-999999", 0, "x", NOW)
        found = db.tickets.by_reference(ticket.reference)
    assert [one.text for one in found.messages] == ["34,65"]


def test_the_same_matter_is_the_same_employer_sous_motif_and_agents(store: Store) -> None:
    with store.transaction() as db:
        person, ticket = file(db)
        again = a_request("draft-2")
        assert db.tickets.similar_open(person.id, again).reference == ticket.reference
        assert db.tickets.similar_open(person.id, a_request("draft-1")) is None
        for other in (
            replace(again, employer=HOSPITAL),
            replace(again, path="autre/chose/encore"),
            replace(again, agents=(an_agent(ANOTHER_NIR),)),
            replace(again, agents=()),
        ):
            assert db.tickets.similar_open(person.id, other) is None
        stranger = db.people.of("telegram:2", NOW)
        assert db.tickets.similar_open(stranger.id, again) is None
        db.tickets.set_status(ticket.reference, TicketStatus.CLOSED, NOW)
        assert db.tickets.similar_open(person.id, again) is None


def test_taking_moving_and_history(store: Store) -> None:
    with store.transaction() as db:
        _, ticket = file(db)
        db.tickets.assign(ticket.reference, "local:luc", NOW)
        db.tickets.move_to_queue(ticket.reference, "retraite")
        for what in ("filed", "taken"):
            db.ticket_messages.note(ticket.reference, Happening(what=what, who="x", at=NOW))
    with store.transaction() as db:
        found = db.tickets.by_reference(ticket.reference)
        assert (found.taken_by, found.queue) == ("local:luc", "retraite")
        assert [one.what for one in db.ticket_messages.history(ticket.reference)] == [
            "filed",
            "taken",
        ]
        assert [one.reference for one in db.tickets.still_open(5)] == [ticket.reference]


def test_a_score_is_the_requesters_own(store: Store) -> None:
    with store.transaction() as db:
        person, ticket = file(db)
        stranger = db.people.of("telegram:2", NOW)
        assert not db.tickets.rate(stranger.id, ticket.reference, 1, "", NOW)
        assert db.tickets.rate(person.id, ticket.reference, 4, "Bien", NOW)
        assert db.tickets.by_reference(ticket.reference).score == 4
        assert db.tickets.score_words(ticket.reference) == "Bien"


def test_news_does_not_make_anybody_reachable(store: Store) -> None:
    with store.transaction() as db:
        db.people.of(ME, NOW)
        db.people.mark_unreachable(ME, NOW)
        assert db.people.of(ME, NOW, wrote=False).unreachable
        assert not db.people.of(ME, NOW).unreachable


def test_staff_leave_their_name_behind(store: Store) -> None:
    with store.transaction() as db:
        db.staff.save(Colleague("telegram:9", "Luc", StaffRole.ADVISOR), NOW)
        db.staff.save(Colleague("telegram:9", "Luc L.", StaffRole.DPO), NOW)
        assert db.staff.all() == (Colleague("telegram:9", "Luc L.", StaffRole.DPO),)
        assert db.staff.remove("telegram:9", NOW)
        assert not db.staff.remove("telegram:9", NOW)
        assert db.staff.get("telegram:9") is None
        assert db.staff.name_of("telegram:9") == "Luc L."
        db.staff.save(Colleague("telegram:9", "Luc", StaffRole.ADVISOR), NOW)
        assert db.staff.get("telegram:9") is not None


def test_copies_and_events_are_known_again(store: Store) -> None:
    with store.transaction() as db:
        _, ticket = file(db)
        identity = ticket.request.identity
        db.ticket_links.save_copy("glpi", identity, "", "15", NOW)
        db.ticket_links.save_copy("glpi", identity, "part", "77", NOW)
        db.ticket_links.save_copy_status("glpi", identity, "5")
        copies = db.ticket_links.copies("glpi")
        key = f"{db.ticket_links.desk_name()}/{ticket.reference}"
        known = ExternalTicket(reference=ticket.reference, their_id="15", status="5", key=key)
        assert copies == (known,)
        assert db.ticket_links.their_id("glpi", identity) == "15"
        assert db.ticket_links.their_id("email", identity) == ""
        assert db.ticket_links.is_known_part("glpi", "77")
        assert not db.ticket_links.is_known_part("glpi", "15")
        assert db.ticket_links.remember_event("webhook", "evt", NOW)
        assert not db.ticket_links.remember_event("webhook", "evt", NOW)
        db.ticket_links.save_mark("glpi", "2026-11-23 09:00:00")
        db.ticket_links.save_mark("glpi", "2026-11-23 10:00:00")
        assert db.ticket_links.mark_of("glpi") == "2026-11-23 10:00:00"


def test_topics_and_their_posts(store: Store) -> None:
    with store.transaction() as db:
        _, ticket = file(db)
        topic = Topic(
            reference=ticket.reference,
            chat_id=-1001234567890,
            thread_id=5,
            title="[nouvelle]",
            closed=False,
        )
        db.ticket_links.save_topic(topic)
        db.ticket_links.save_topic(replace(topic, closed=True))
        db.ticket_links.save_post(topic.chat_id, 6, Post(ticket.reference, None))
        assert db.ticket_links.topic(ticket.reference) == replace(topic, closed=True)
        assert db.ticket_links.topic_in(topic.chat_id, 5) is not None
        assert db.ticket_links.topic_in(topic.chat_id, 7) is None
        assert db.ticket_links.post(topic.chat_id, 6) == Post(ticket.reference, None)
        db.ticket_links.forget_topic(ticket.reference)
        assert db.ticket_links.topic(ticket.reference) is None
        assert db.ticket_links.post(topic.chat_id, 6) is None


def test_figures_are_of_a_stretch_of_time(store: Store) -> None:
    with store.transaction() as db:
        for day in range(3):
            db.statistics.count("read", str(day), NOW + day * DAY)
        found = db.report.counted_by_subject("read", NOW + DAY, NOW + 2 * DAY)
    assert found == {"1": 1}
