"""The thread between a requester and the desk: every event of a ticket's life, in the terminal."""

from services.conftest import Desk, is_done

from bot.domain.ticket import Author, TicketStatus
from bot.services.advisor_tickets import ActionError, ActionWarning

PENDING = TicketStatus.PENDING


def test_a_ticket_is_taken_answered_and_closed_and_the_requester_is_told(desk: Desk) -> None:
    reference = desk.file("anne")
    assert is_done(desk.do("luc", lambda tickets: tickets.take(reference)))
    assert "prise en charge" in desk.look("anne")
    desk.do("luc", lambda tickets: tickets.answer(reference, "Le taux est de 34,65 %."))
    assert "« Le taux est de 34,65 %. »" in desk.look("anne")
    desk.do("luc", lambda tickets: tickets.set_status(reference, TicketStatus.CLOSED))
    shown = desk.look("anne")
    assert "est close" in shown
    assert "Merci pour votre avis" in desk.type("anne", "5", "Parfait.")
    ticket = desk.ticket(reference)
    assert (ticket.status, ticket.score) == (TicketStatus.CLOSED, 5)
    with desk.app.store.transaction() as db:
        assert db.tickets.score_words(reference) == "Parfait."


def test_not_answering_is_not_a_score_of_zero(desk: Desk) -> None:
    reference = desk.file("anne")
    desk.do("luc", lambda tickets: tickets.set_status(reference, TicketStatus.CLOSED))
    desk.look("anne")
    assert desk.ticket(reference).score is None


def test_the_requester_answers_and_the_ticket_waits_no_more(desk: Desk) -> None:
    reference = desk.file("anne")
    desk.do("luc", lambda tickets: tickets.take(reference))
    desk.do(
        "luc",
        lambda tickets: tickets.set_status(reference, TicketStatus.PENDING, "Quel mois ?"),
    )
    assert "Quel mois ?" in desk.look("anne")
    desk.type("anne", "Répondre", "Le mois de mars.")
    ticket = desk.ticket(reference)
    assert ticket.status is TicketStatus.IN_PROGRESS
    assert [(one.author, one.text) for one in ticket.messages] == [
        (Author.ADVISOR, "Quel mois ?"),
        (Author.REQUESTER, "Le mois de mars."),
    ]


def test_an_internal_note_is_seen_by_no_requester(desk: Desk) -> None:
    reference = desk.file("anne")
    desk.do("luc", lambda tickets: tickets.note(reference, "Voir avec le service juridique."))
    desk.do("luc", lambda tickets: tickets.answer(reference, "Je regarde."))
    shown = desk.look("anne") + desk.type("anne", "/demandes", reference)
    assert "Je regarde." in shown
    assert "juridique" not in shown
    assert desk.ticket(reference).messages[0].internal


def test_a_message_reopens_a_ticket_within_its_days(desk: Desk) -> None:
    reference = desk.file("anne")
    desk.do("luc", lambda tickets: tickets.set_status(reference, TicketStatus.CLOSED))
    desk.wait(days=30)
    desk.look("anne")
    shown = desk.type("anne", "Répondre", "Il manque une chose.")
    assert "elle est rouverte" in shown
    ticket = desk.ticket(reference)
    assert (ticket.status, ticket.closed_at) == (TicketStatus.NEW, None)


def test_a_late_message_is_a_new_ticket_that_follows_the_old_one(desk: Desk) -> None:
    reference = desk.file("anne")
    desk.do("luc", lambda tickets: tickets.set_status(reference, TicketStatus.CLOSED))
    desk.wait(days=31)
    desk.look("anne")
    shown = desk.type("anne", "Répondre", "Il manque encore une chose.")
    assert "nouvelle demande, PEPS-2026-000002" in shown
    assert f"Fait suite à la demande {reference}" in shown
    late = desk.ticket("PEPS-2026-000002")
    assert late.follows == reference
    assert late.request.description == "Il manque encore une chose."
    assert desk.ticket(reference).status is TicketStatus.CLOSED


def test_another_persons_ticket_cannot_be_written_to(desk: Desk) -> None:
    reference = desk.file("anne")
    desk.type("berthe", "bonjour")
    with desk.app.store.transaction() as db:
        berthe = db.people.find("terminal:berthe")
        assert berthe is not None
        assert not db.tickets.rate(berthe.id, reference, 1, "", desk.now)
    assert desk.ticket(reference).score is None


def test_two_advisors_do_not_answer_over_each_other(desk: Desk) -> None:
    reference = desk.file("anne")
    desk.do("luc", lambda tickets: tickets.take(reference))
    assert (
        desk.do("eve", lambda tickets: tickets.take(reference)).warning
        is ActionWarning.TAKEN_BY_ANOTHER
    )
    refused = desk.do("eve", lambda tickets: tickets.answer(reference, "Moi aussi."))
    assert refused.warning is ActionWarning.TAKEN_BY_ANOTHER
    assert desk.ticket(reference).messages == ()
    assert is_done(
        desk.do("eve", lambda tickets: tickets.answer(reference, "Moi."), confirmed=True)
    )


def test_an_answer_written_meanwhile_is_read_first(desk: Desk) -> None:
    reference = desk.file("anne")
    desk.do("luc", lambda tickets: tickets.answer(reference, "Premier."))
    desk.do("luc", lambda tickets: tickets.release(reference))
    outcome = desk.do("eve", lambda tickets: tickets.answer(reference, "Second.", seen=0))
    assert outcome.warning is ActionWarning.WRITTEN_MEANWHILE


def test_personal_data_for_a_merely_declared_person_is_warned_about(desk: Desk) -> None:
    reference = desk.file("anne")
    # Fictitious: the commune code 999 is given to no commune of department 75; key computed.
    words = "L'agent 2 85 06 75 999 001 16 est affilié."
    outcome = desk.do("luc", lambda tickets: tickets.answer(reference, words))
    assert outcome.warning is ActionWarning.ONLY_DECLARED
    assert is_done(desk.do("luc", lambda tickets: tickets.answer(reference, words), confirmed=True))


def test_what_is_closed_cannot_be_taken_and_what_is_unknown_cannot_be_anything(
    desk: Desk,
) -> None:
    reference = desk.file("anne")
    desk.do("luc", lambda tickets: tickets.set_status(reference, TicketStatus.CLOSED))
    assert desk.do("luc", lambda tickets: tickets.take(reference)).error is ActionError.CLOSED
    for work in (
        lambda tickets: tickets.take("PEPS-2026-999999"),
        lambda tickets: tickets.answer("PEPS-2026-999999", "Oui."),
        lambda tickets: tickets.note("PEPS-2026-999999", "Oui."),
        lambda tickets: tickets.move("PEPS-2026-999999", "retraite"),
        lambda tickets: tickets.set_status("PEPS-2026-999999", TicketStatus.CLOSED),
    ):
        assert desk.do("luc", work).error is ActionError.UNKNOWN


def test_several_pieces_of_news_are_all_read_and_the_last_one_is_answered(desk: Desk) -> None:
    first, second = desk.file("anne"), desk.file("anne")
    desk.do("luc", lambda tickets: tickets.answer(first, "Un."))
    desk.do("luc", lambda tickets: tickets.answer(second, "Deux."))
    shown = desk.look("anne")
    assert "« Un. »" in shown
    assert "« Deux. »" in shown
    desk.type("anne", "1", "Merci.")
    assert [one.text for one in desk.ticket(second).messages] == ["Deux.", "Merci."]


def test_news_reaches_a_form_without_disturbing_it(desk: Desk) -> None:
    reference = desk.file("anne")
    sous_motif = desk.app.knowledge.catalogue.sous_motif("cotisations/calcul/taux-cnracl")
    assert sous_motif is not None
    desk.type("anne", f"/start m_{sous_motif.id}", "Continuer", "Continuer ma demande")
    desk.do("luc", lambda tickets: tickets.answer(reference, "Voici."))
    assert "« Voici. »" in desk.type("anne", "/retour")
    assert desk.ticket(reference).messages[0].text == "Voici."


def test_the_history_tells_everything(desk: Desk) -> None:
    reference = desk.file("anne")
    desk.do("luc", lambda tickets: tickets.take(reference))
    desk.do("luc", lambda tickets: tickets.answer(reference, "Voici."))
    desk.do("luc", lambda tickets: tickets.move(reference, "retraite"))
    with desk.app.store.read() as db:
        done = [one.what for one in db.ticket_messages.history(reference)]
    assert done == ["filed", "taken", "status", "answered", "moved"]
    ticket = desk.ticket(reference)
    assert (ticket.queue, ticket.taken_by) == ("retraite", "")


def test_a_ticket_goes_to_the_queue_of_its_theme(desk: Desk) -> None:
    assert desk.ticket(desk.file("anne")).queue == "cotisations"


def test_what_is_waited_for_stays_in_the_ticket(desk: Desk) -> None:
    reference = desk.file("anne")
    for words in ("Quel mois ?", "Et quelle année ?"):
        desk.do("luc", lambda tickets, said=words: tickets.set_status(reference, PENDING, said))
    assert [one.text for one in desk.ticket(reference).messages] == [
        "Quel mois ?",
        "Et quelle année ?",
    ]
    shown = desk.look("anne")
    assert shown.count("attend une réponse de votre part") == 2
    assert shown.count("Et quelle année ?") == 1


def test_words_with_an_end_reach_the_requester(desk: Desk) -> None:
    reference = desk.file("anne")
    close = TicketStatus.CLOSED
    desk.do("luc", lambda tickets: tickets.set_status(reference, close, "Le transfert est fait."))
    shown = desk.look("anne")
    assert "« Le transfert est fait. »" in shown
    assert "est close" in shown


def test_a_question_with_personal_data_is_asked_twice_about(desk: Desk) -> None:
    reference = desk.file("anne")
    ask = "Est-ce bien l'agent 2 85 06 75 999 001 16 ?"  # fictitious, as above
    outcome = desk.do("luc", lambda tickets: tickets.set_status(reference, PENDING, ask))
    assert outcome.warning is ActionWarning.ONLY_DECLARED
    assert desk.ticket(reference).status is TicketStatus.NEW
    desk.do("luc", lambda tickets: tickets.set_status(reference, PENDING, ask), confirmed=True)
    assert desk.ticket(reference).status is PENDING
