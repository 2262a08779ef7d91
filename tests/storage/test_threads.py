"""Threads, staff, copies, topics and figures, on both databases."""

from dataclasses import replace

from storage.samples import ANOTHER_NIR, DAY, HOSPITAL, HOUR, NOW, a_request, an_agent

from bot.domain.people import Colleague, StaffRole
from bot.domain.ticket import Author, Happening, TicketMessage, TicketStatus
from bot.domain.ticket_export import ExternalTicket
from bot.storage.figures import Figure
from bot.storage.store import Records, Store
from bot.storage.topics import Post, Topic

ME = "telegram:1"


def file(records: Records, identity: str = "draft-1", **changes):
    person = records.person(ME, NOW)
    return person, records.file_ticket(person.id, a_request(identity, **changes), NOW)


def test_internal_messages_are_the_desks_own(store: Store) -> None:
    with store.transaction() as records:
        person, ticket = file(records)
        for text, internal in (("Note", True), ("Réponse", False)):
            said = TicketMessage(
                author=Author.ADVISOR, text=text, written_at=NOW, by="local:luc", internal=internal
            )
            records.post_message(ticket.reference, said)
        mine = records.ticket_of(person.id, ticket.reference)
        whole = records.ticket_by_reference(ticket.reference)
    assert [one.text for one in mine.messages] == ["Réponse"]
    assert [(one.text, one.place, one.by) for one in whole.messages] == [
        ("Note", 0, "local:luc"),
        ("Réponse", 1, "local:luc"),
    ]


def test_a_message_is_corrected_in_its_place(store: Store) -> None:
    with store.transaction() as records:
        _, ticket = file(records)
        said = TicketMessage(author=Author.ADVISOR, text="34,56", written_at=NOW)
        records.post_message(ticket.reference, said)
        assert records.edit_message(ticket.reference, 0, "34,65", NOW + HOUR)
        assert not records.edit_message(ticket.reference, 1, "x", NOW)
        assert not records.edit_message("PEPS-2026-999999", 0, "x", NOW)
        found = records.ticket_by_reference(ticket.reference)
    assert [one.text for one in found.messages] == ["34,65"]


def test_the_same_matter_is_the_same_employer_sous_motif_and_agents(store: Store) -> None:
    with store.transaction() as records:
        person, ticket = file(records)
        again = a_request("draft-2")
        assert records.similar_open(person.id, again).reference == ticket.reference
        assert records.similar_open(person.id, a_request("draft-1")) is None
        for other in (
            replace(again, employer=HOSPITAL),
            replace(again, path="autre/chose/encore"),
            replace(again, agents=(an_agent(ANOTHER_NIR),)),
            replace(again, agents=()),
        ):
            assert records.similar_open(person.id, other) is None
        stranger = records.person("telegram:2", NOW)
        assert records.similar_open(stranger.id, again) is None
        records.set_ticket_status(ticket.reference, TicketStatus.CLOSED, NOW)
        assert records.similar_open(person.id, again) is None


def test_taking_moving_linking_and_history(store: Store) -> None:
    with store.transaction() as records:
        _, ticket = file(records)
        records.take_ticket(ticket.reference, "local:luc", NOW)
        records.move_ticket(ticket.reference, "retraite")
        records.link_ticket(ticket.reference, "PEPS-2025-000009")
        for what in ("filed", "taken"):
            records.note_happening(ticket.reference, Happening(what=what, who="x", at=NOW))
    with store.transaction() as records:
        found = records.ticket_by_reference(ticket.reference)
        assert (found.taken_by, found.queue, found.follows) == (
            "local:luc",
            "retraite",
            "PEPS-2025-000009",
        )
        assert [one.what for one in records.history(ticket.reference)] == ["filed", "taken"]
        assert [one.reference for one in records.open_tickets(5)] == [ticket.reference]


def test_a_score_is_the_requesters_own(store: Store) -> None:
    with store.transaction() as records:
        person, ticket = file(records)
        stranger = records.person("telegram:2", NOW)
        assert not records.rate_ticket(stranger.id, ticket.reference, 1, "", NOW)
        assert records.rate_ticket(person.id, ticket.reference, 4, "Bien", NOW)
        assert records.ticket_by_reference(ticket.reference).score == 4
        assert records.score_words(ticket.reference) == "Bien"


def test_news_does_not_make_anybody_reachable(store: Store) -> None:
    with store.transaction() as records:
        records.person(ME, NOW)
        records.mark_unreachable(ME, NOW)
        assert records.person(ME, NOW, wrote=False).unreachable
        assert not records.person(ME, NOW).unreachable


def test_staff_leave_their_name_behind(store: Store) -> None:
    with store.transaction() as records:
        records.save_colleague(Colleague("telegram:9", "Luc", StaffRole.ADVISOR), NOW)
        records.save_colleague(Colleague("telegram:9", "Luc L.", StaffRole.DPO), NOW)
        assert records.colleagues() == (Colleague("telegram:9", "Luc L.", StaffRole.DPO),)
        assert records.remove_colleague("telegram:9", NOW)
        assert not records.remove_colleague("telegram:9", NOW)
        assert records.colleague("telegram:9") is None
        assert records.colleague_name("telegram:9") == "Luc L."
        records.save_colleague(Colleague("telegram:9", "Luc", StaffRole.ADVISOR), NOW)
        assert records.colleague("telegram:9") is not None


def test_copies_and_events_are_known_again(store: Store) -> None:
    with store.transaction() as records:
        _, ticket = file(records)
        identity = ticket.request.identity
        records.save_copy("glpi", identity, "", "15", NOW)
        records.save_copy("glpi", identity, "part", "77", NOW)
        records.save_copy_status("glpi", identity, "5")
        copies = records.copies("glpi")
        assert copies == (ExternalTicket(reference=ticket.reference, their_id="15", status="5"),)
        assert records.their_id("glpi", identity) == "15"
        assert records.their_id("email", identity) == ""
        assert records.is_known_part("glpi", "77")
        assert not records.is_known_part("glpi", "15")
        assert records.hear_event("webhook", "evt", NOW)
        assert not records.hear_event("webhook", "evt", NOW)
        records.save_mark("glpi", "2026-11-23 09:00:00")
        records.save_mark("glpi", "2026-11-23 10:00:00")
        assert records.mark_of("glpi") == "2026-11-23 10:00:00"


def test_topics_and_their_posts(store: Store) -> None:
    with store.transaction() as records:
        _, ticket = file(records)
        topic = Topic(
            reference=ticket.reference,
            chat_id=-1001234567890,
            thread_id=5,
            title="[nouvelle]",
            closed=False,
        )
        records.save_topic(topic)
        records.save_topic(replace(topic, closed=True))
        records.save_post(topic.chat_id, 6, Post(ticket.reference, None))
        assert records.topic(ticket.reference) == replace(topic, closed=True)
        assert records.topic_in(topic.chat_id, 5) is not None
        assert records.topic_in(topic.chat_id, 7) is None
        assert records.post(topic.chat_id, 6) == Post(ticket.reference, None)
        records.forget_topic(ticket.reference)
        assert records.topic(ticket.reference) is None
        assert records.post(topic.chat_id, 6) is None


def test_figures_are_of_a_stretch_of_time(store: Store) -> None:
    with store.transaction() as records:
        for day in range(3):
            records.count(Figure(kind="read", subject=str(day), words="Mots"), NOW + day * DAY)
        found = records.figures("read", NOW + DAY, NOW + 2 * DAY)
    assert found == (Figure(kind="read", subject="1", words="Mots"),)
