"""Following one's tickets: news of them, answering it, rating, and not filing the same twice."""

import pytest
from support.talking import A_SIRET, Talk

from bot.conversation.effects import AddMessage, FileTicket, RateTicket
from bot.conversation.events import Notified
from bot.domain.ticket import Notice, TicketNews

REFERENCE = "PEPS-2026-000001"


def tell(talk: Talk, news: TicketNews, words: str = "") -> str:
    talk.hear(Notified(Notice(news=news, reference=REFERENCE, label="Taux", words=words)))
    return talk.shown


def fill_in(talk: Talk) -> None:
    """A whole request, up to its recap."""
    sous_motif = talk.knowledge.catalogue.sous_motif("cotisations/calcul/taux-cnracl")
    talk.say(f"/start m_{sous_motif.id}")
    while talk.state != "Reviewing":
        if talk.state in ("Filling", "Describing"):
            talk.answer_well()
        elif "Continuer ma demande" in talk.labels:
            talk.press("Continuer ma demande")
        else:
            talk.press("Continuer")


def file_one(talk: Talk) -> None:
    fill_in(talk)
    talk.press("Envoyer")


def test_an_answer_is_quoted_and_can_be_answered(talk: Talk) -> None:
    file_one(talk)
    shown = tell(talk, TicketNews.ANSWERED, "Le taux est de 34,65 %.")
    assert "« Le taux est de 34,65 %. »" in shown
    assert talk.labels == ["Répondre", "Voir la demande"]
    talk.press("Répondre")
    talk.say("Merci, et pour l'an prochain ?")
    assert AddMessage(REFERENCE, "Merci, et pour l'an prochain ?") in talk.effects
    assert "Votre message est ajouté" in talk.shown


def test_news_does_not_disturb_a_form(talk: Talk) -> None:
    sous_motif = talk.knowledge.catalogue.sous_motif("cotisations/calcul/taux-cnracl")
    talk.say(f"/start m_{sous_motif.id}")
    talk.press("Continuer")
    talk.press("Continuer ma demande")
    before = talk.session
    shown = tell(talk, TicketNews.ANSWERED, "Bonjour.")
    assert "« Bonjour. »" in shown
    assert talk.session == before
    talk.say(A_SIRET)
    assert talk.state == "Filling"


def test_a_form_stands_where_it_stood_whatever_the_news(talk: Talk) -> None:
    fill_in(talk)
    before = talk.session
    for news in TicketNews:
        tell(talk, news, "Bonjour.")
    assert talk.session == before
    assert "Demande enregistrée" in talk.press("Envoyer")


@pytest.mark.parametrize("news", [TicketNews.RESOLVED, TicketNews.CLOSED])
def test_the_end_of_a_ticket_asks_for_a_score_and_an_optional_line(
    talk: Talk, news: TicketNews
) -> None:
    file_one(talk)
    tell(talk, news)
    assert talk.labels[:5] == ["1", "2", "3", "4", "5"]
    talk.press("4")
    assert talk.rated == [RateTicket(REFERENCE, 4)]
    talk.say("Réponse claire.")
    assert talk.rated[-1] == RateTicket(REFERENCE, 4, "Réponse claire.")
    assert talk.state == "Idle"


def test_a_score_without_a_line_is_kept(talk: Talk) -> None:
    file_one(talk)
    tell(talk, TicketNews.CLOSED)
    talk.press("1")
    assert "Merci pour votre avis" in talk.press("Passer")
    assert talk.rated == [RateTicket(REFERENCE, 1)]


def test_nothing_to_add_is_no_line(talk: Talk) -> None:
    file_one(talk)
    tell(talk, TicketNews.RESOLVED)
    talk.press("4")
    assert "Merci pour votre avis" in talk.say("non rien")
    assert talk.rated == [RateTicket(REFERENCE, 4)]
    assert talk.state == "Idle"


def test_a_number_typed_under_the_scores_is_a_score(talk: Talk) -> None:
    file_one(talk)
    tell(talk, TicketNews.CLOSED)
    talk.say("3")
    assert talk.rated == [RateTicket(REFERENCE, 3)]


def test_a_line_that_is_a_number_is_a_line(talk: Talk) -> None:
    file_one(talk)
    tell(talk, TicketNews.CLOSED)
    talk.press("3")
    talk.say("1")
    assert talk.rated[-1] == RateTicket(REFERENCE, 3, "1")


def test_the_same_matter_twice_is_offered_as_a_message(talk: Talk) -> None:
    file_one(talk)
    talk.similar = REFERENCE
    file_one(talk)
    assert "Vous avez déjà une demande ouverte" in talk.shown
    assert len(talk.filed) == 1
    talk.press("Ajouter à cette demande")
    assert any(isinstance(effect, AddMessage) for effect in talk.effects)
    assert (talk.state, len(talk.filed)) == ("Idle", 1)


def test_the_same_matter_is_filed_again_for_who_wants_it(talk: Talk) -> None:
    file_one(talk)
    talk.similar = REFERENCE
    file_one(talk)
    talk.press("Envoyer quand même")
    assert any(isinstance(effect, FileTicket) and effect.anyway for effect in talk.effects)
    assert "PEPS-2026-000002" in talk.shown


def test_the_draft_is_still_there_after_a_second_thought(talk: Talk) -> None:
    talk.similar = REFERENCE
    file_one(talk)
    talk.press("Revenir")
    assert talk.state == "Reviewing"


def test_a_ticket_is_read_in_the_words_in_which_it_was_asked(talk: Talk) -> None:
    sous_motif = talk.knowledge.catalogue.sous_motif(
        "immatriculation-affiliation/affiliation/mutation"
    )
    talk.say(f"/start m_{sous_motif.id}", "ok", "continuer")
    while talk.state != "Reviewing":
        talk.answer_well()
    talk.press("Envoyer")
    assert "Date de la mutation : 01/09/2026" in talk.say("/demandes", "1")
