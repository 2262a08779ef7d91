"""The thread between a requester and the desk: every event of a ticket's life, in the terminal."""

from services.conftest import House, is_done

from bot.domain.ticket import Author, TicketStatus
from bot.services.advisor_actions import ActionError, ActionWarning

PENDING = TicketStatus.PENDING


def test_a_ticket_is_taken_answered_and_closed_and_the_requester_is_told(house: House) -> None:
    reference = house.file("anne")
    assert is_done(house.do("luc", lambda tickets: tickets.take(reference)))
    assert "prise en charge" in house.look("anne")
    house.do("luc", lambda tickets: tickets.answer(reference, "Le taux est de 34,65 %."))
    assert "« Le taux est de 34,65 %. »" in house.look("anne")
    house.do("luc", lambda tickets: tickets.set_status(reference, TicketStatus.CLOSED))
    shown = house.look("anne")
    assert "est close" in shown
    assert "Merci pour votre avis" in house.type("anne", "5", "Parfait.")
    ticket = house.ticket(reference)
    assert (ticket.status, ticket.score) == (TicketStatus.CLOSED, 5)
    with house.app.store.transaction() as db:
        assert db.tickets.score_words(reference) == "Parfait."


def test_not_answering_is_not_a_score_of_zero(house: House) -> None:
    reference = house.file("anne")
    house.do("luc", lambda tickets: tickets.set_status(reference, TicketStatus.CLOSED))
    house.look("anne")
    assert house.ticket(reference).score is None


def test_the_requester_answers_and_the_ticket_waits_no_more(house: House) -> None:
    reference = house.file("anne")
    house.do("luc", lambda tickets: tickets.take(reference))
    house.do(
        "luc",
        lambda tickets: tickets.set_status(reference, TicketStatus.PENDING, "Quel mois ?"),
    )
    assert "Quel mois ?" in house.look("anne")
    house.type("anne", "Répondre", "Le mois de mars.")
    ticket = house.ticket(reference)
    assert ticket.status is TicketStatus.IN_PROGRESS
    assert [(one.author, one.text) for one in ticket.messages] == [
        (Author.ADVISOR, "Quel mois ?"),
        (Author.REQUESTER, "Le mois de mars."),
    ]


def test_an_internal_note_is_seen_by_no_requester(house: House) -> None:
    reference = house.file("anne")
    house.do("luc", lambda tickets: tickets.note(reference, "Voir avec le service juridique."))
    house.do("luc", lambda tickets: tickets.answer(reference, "Je regarde."))
    shown = house.look("anne") + house.type("anne", "/demandes", reference)
    assert "Je regarde." in shown
    assert "juridique" not in shown
    assert house.ticket(reference).messages[0].internal


def test_a_message_reopens_a_ticket_within_its_days(house: House) -> None:
    reference = house.file("anne")
    house.do("luc", lambda tickets: tickets.set_status(reference, TicketStatus.CLOSED))
    house.wait(days=30)
    house.look("anne")
    shown = house.type("anne", "Répondre", "Il manque une chose.")
    assert "elle est rouverte" in shown
    ticket = house.ticket(reference)
    assert (ticket.status, ticket.closed_at) == (TicketStatus.NEW, None)


def test_a_late_message_is_a_new_ticket_that_follows_the_old_one(house: House) -> None:
    reference = house.file("anne")
    house.do("luc", lambda tickets: tickets.set_status(reference, TicketStatus.CLOSED))
    house.wait(days=31)
    house.look("anne")
    shown = house.type("anne", "Répondre", "Il manque encore une chose.")
    assert "nouvelle demande, PEPS-2026-000002" in shown
    assert f"Fait suite à la demande {reference}" in shown
    late = house.ticket("PEPS-2026-000002")
    assert late.follows == reference
    assert late.request.description == "Il manque encore une chose."
    assert house.ticket(reference).status is TicketStatus.CLOSED


def test_another_persons_ticket_cannot_be_written_to(house: House) -> None:
    reference = house.file("anne")
    house.type("berthe", "bonjour")
    with house.app.store.transaction() as db:
        berthe = db.people.find("terminal:berthe")
        assert berthe is not None
        assert not db.tickets.rate(berthe.id, reference, 1, "", house.now)
    assert house.ticket(reference).score is None


def test_two_advisors_do_not_answer_over_each_other(house: House) -> None:
    reference = house.file("anne")
    house.do("luc", lambda tickets: tickets.take(reference))
    assert (
        house.do("eve", lambda tickets: tickets.take(reference)).warning
        is ActionWarning.TAKEN_BY_ANOTHER
    )
    refused = house.do("eve", lambda tickets: tickets.answer(reference, "Moi aussi."))
    assert refused.warning is ActionWarning.TAKEN_BY_ANOTHER
    assert house.ticket(reference).messages == ()
    assert is_done(
        house.do("eve", lambda tickets: tickets.answer(reference, "Moi."), confirmed=True)
    )


def test_an_answer_written_meanwhile_is_read_first(house: House) -> None:
    reference = house.file("anne")
    house.do("luc", lambda tickets: tickets.answer(reference, "Premier."))
    house.do("luc", lambda tickets: tickets.release(reference))
    outcome = house.do("eve", lambda tickets: tickets.answer(reference, "Second.", seen=0))
    assert outcome.warning is ActionWarning.WRITTEN_MEANWHILE


def test_personal_data_for_a_merely_declared_person_is_warned_about(house: House) -> None:
    reference = house.file("anne")
    # Fictitious: the commune code 999 is given to no commune of department 75; key computed.
    words = "L'agent 2 85 06 75 999 001 16 est affilié."
    outcome = house.do("luc", lambda tickets: tickets.answer(reference, words))
    assert outcome.warning is ActionWarning.ONLY_DECLARED
    assert is_done(
        house.do("luc", lambda tickets: tickets.answer(reference, words), confirmed=True)
    )


def test_what_is_closed_cannot_be_taken_and_what_is_unknown_cannot_be_anything(
    house: House,
) -> None:
    reference = house.file("anne")
    house.do("luc", lambda tickets: tickets.set_status(reference, TicketStatus.CLOSED))
    assert house.do("luc", lambda tickets: tickets.take(reference)).error is ActionError.CLOSED
    for work in (
        lambda tickets: tickets.take("PEPS-2026-999999"),
        lambda tickets: tickets.answer("PEPS-2026-999999", "Oui."),
        lambda tickets: tickets.note("PEPS-2026-999999", "Oui."),
        lambda tickets: tickets.move("PEPS-2026-999999", "retraite"),
        lambda tickets: tickets.set_status("PEPS-2026-999999", TicketStatus.CLOSED),
    ):
        assert house.do("luc", work).error is ActionError.UNKNOWN


def test_several_pieces_of_news_are_all_read_and_the_last_one_is_answered(house: House) -> None:
    first, second = house.file("anne"), house.file("anne")
    house.do("luc", lambda tickets: tickets.answer(first, "Un."))
    house.do("luc", lambda tickets: tickets.answer(second, "Deux."))
    shown = house.look("anne")
    assert "« Un. »" in shown
    assert "« Deux. »" in shown
    house.type("anne", "1", "Merci.")
    assert [one.text for one in house.ticket(second).messages] == ["Deux.", "Merci."]


def test_news_reaches_a_form_without_disturbing_it(house: House) -> None:
    reference = house.file("anne")
    sous_motif = house.app.knowledge.catalogue.sous_motif("cotisations/calcul/taux-cnracl")
    assert sous_motif is not None
    house.type("anne", f"/start m_{sous_motif.id}", "Continuer", "Continuer ma demande")
    house.do("luc", lambda tickets: tickets.answer(reference, "Voici."))
    assert "« Voici. »" in house.type("anne", "/retour")
    assert house.ticket(reference).messages[0].text == "Voici."


def test_the_history_tells_everything(house: House) -> None:
    reference = house.file("anne")
    house.do("luc", lambda tickets: tickets.take(reference))
    house.do("luc", lambda tickets: tickets.answer(reference, "Voici."))
    house.do("luc", lambda tickets: tickets.move(reference, "retraite"))
    with house.app.store.read() as db:
        done = [one.what for one in db.ticket_messages.history(reference)]
    assert done == ["filed", "taken", "status", "answered", "moved"]
    ticket = house.ticket(reference)
    assert (ticket.queue, ticket.taken_by) == ("retraite", "")


def test_a_ticket_goes_to_the_queue_of_its_theme(house: House) -> None:
    assert house.ticket(house.file("anne")).queue == "cotisations"


def test_what_is_waited_for_stays_in_the_ticket(house: House) -> None:
    reference = house.file("anne")
    for words in ("Quel mois ?", "Et quelle année ?"):
        house.do("luc", lambda tickets, said=words: tickets.set_status(reference, PENDING, said))
    assert [one.text for one in house.ticket(reference).messages] == [
        "Quel mois ?",
        "Et quelle année ?",
    ]
    shown = house.look("anne")
    assert shown.count("attend une réponse de votre part") == 2
    assert shown.count("Et quelle année ?") == 1


def test_words_with_an_end_reach_the_requester(house: House) -> None:
    reference = house.file("anne")
    close = TicketStatus.CLOSED
    house.do("luc", lambda tickets: tickets.set_status(reference, close, "Le transfert est fait."))
    shown = house.look("anne")
    assert "« Le transfert est fait. »" in shown
    assert "est close" in shown


def test_a_question_with_personal_data_is_asked_twice_about(house: House) -> None:
    reference = house.file("anne")
    ask = "Est-ce bien l'agent 2 85 06 75 999 001 16 ?"  # fictitious, as above
    outcome = house.do("luc", lambda tickets: tickets.set_status(reference, PENDING, ask))
    assert outcome.warning is ActionWarning.ONLY_DECLARED
    assert house.ticket(reference).status is TicketStatus.NEW
    house.do("luc", lambda tickets: tickets.set_status(reference, PENDING, ask), confirmed=True)
    assert house.ticket(reference).status is PENDING
