"""What another ticketing system tells: each thing once, to whom it concerns."""

from services.conftest import Desk

from bot.domain.ticket import Author
from bot.domain.ticket_export import ExternalReply
from bot.services.inbound_updates import InboundUpdates


def heard(desk: Desk, reference: str, **told: object) -> None:
    reply = ExternalReply(event_id="followup/7", reference=reference, **told)
    InboundUpdates(desk.app.store, desk.app.advisor_desk).take("glpi", reply, desk.now)


def answers(desk: Desk, reference: str) -> list[str]:
    return [one.text for one in desk.ticket(reference).messages if not one.internal]


def test_a_corrected_answer_is_told_as_a_correction_once(desk: Desk) -> None:
    reference = desk.file("anne")
    for words, revision in (("Le 3 mai.", "a"), ("Le 4 mai.", "b"), ("Le 4 mai.", "b")):
        heard(desk, reference, words=words, revision=revision)
    first, second = answers(desk, reference)
    assert first == "Le 3 mai."
    assert second == "Correction de la réponse précédente :\nLe 4 mai."


def test_what_the_requester_wrote_elsewhere_is_for_the_desk(desk: Desk) -> None:
    reference = desk.file("anne")
    heard(desk, reference, words="Merci, j'attends.", by_requester=True)
    assert answers(desk, reference) == []
    (note,) = desk.ticket(reference).messages
    assert (note.internal, note.author) == (True, Author.ADVISOR)
    assert note.text == "Réponse du demandeur, par courriel :\nMerci, j'attends."


def test_after_a_merge_the_ticket_is_the_other_one(desk: Desk) -> None:
    reference = desk.file("anne")
    identity = desk.ticket(reference).request.identity
    with desk.app.store.transaction() as db:
        db.ticket_links.save_copy("glpi", identity, "", "1", desk.now)
    heard(desk, reference, words="Fusionné.", internal=True, moved_to="2")
    with desk.app.store.read() as db:
        assert db.ticket_links.their_id("glpi", identity) == "2"
