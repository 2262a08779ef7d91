"""Requests meant in words, and what is written or sent while one waits for its requester."""

import pytest
from support.talking import Talk

from bot.conversation.effects import AddMessage, FetchAttachment
from bot.conversation.events import Attached, Notified, Replied
from bot.domain.ticket import Notice, TicketNews

REFERENCE, OTHER = "PEPS-2026-000001", "PEPS-2026-000002"
A_PHOTO = Attached("file-id", "photo.jpg", size=1000, caption="la pièce demandée")


def file_request(talk: Talk) -> None:
    sous_motif = talk.knowledge.catalogue.sous_motif("acces-peps/connexion/identifiant-oublie")
    path = sous_motif or talk.knowledge.catalogue.sous_motifs[0]
    talk.say(f"/start m_{path.id}")
    while talk.state != "Idle":
        if talk.state in ("Filling", "Describing"):
            talk.answer_well()
        else:
            talk.press(next(one for one in talk.labels if one.startswith(("Continuer", "Envoyer"))))


@pytest.fixture
def filed(talk: Talk) -> Talk:
    file_request(talk)
    return talk


@pytest.fixture
def waiting(filed: Talk) -> Talk:
    filed.waiting = (REFERENCE,)
    return filed


def added(talk: Talk) -> list[str]:
    return [one.text for one in talk.effects if isinstance(one, AddMessage)]


@pytest.mark.parametrize(
    "words",
    [
        "c'était en mars",
        "le contrat est le 4455",
        "oui",
        "non, jamais",
        "je ne sais pas, je demande à ma collègue",
        "Mme Petit est partie en 2024",
        "mot de passe oublié",
    ],
)
def test_while_a_request_waits_words_are_offered_to_it(waiting: Talk, words: str) -> None:
    shown = waiting.say(words)
    assert words in shown
    assert f"Pour {REFERENCE}" in waiting.labels
    waiting.press(f"Pour {REFERENCE}")
    assert added(waiting) == [words]
    assert waiting.state == "ReadingTicket"


@pytest.mark.parametrize("words", ["bonjour", "merci beaucoup", "au revoir"])
def test_a_greeting_is_offered_to_nobody(waiting: Talk, words: str) -> None:
    waiting.say(words)
    assert waiting.state != "Addressing"


def test_another_question_is_searched_and_the_next_one_too(waiting: Talk) -> None:
    waiting.say("taux cnracl 2026")
    assert "37,65 %" in waiting.press("Une autre question")
    waiting.say("mot de passe oublié")
    assert waiting.state == "Browsing"


def test_an_answer_in_the_middle_of_a_search_is_heard_too(waiting: Talk) -> None:
    waiting.say("taux cnracl 2026", "non")
    waiting.say("xyzzy plugh 4455")
    assert waiting.state == "Addressing"


def test_several_texts_are_one_message(waiting: Talk) -> None:
    waiting.say("c'était en mars", "et aussi en avril", "oui")
    assert added(waiting) == ["c'était en mars\net aussi en avril"]


def test_of_several_requests_one_is_chosen(waiting: Talk) -> None:
    file_request(waiting)
    waiting.waiting = (OTHER, REFERENCE)
    waiting.say("c'était en mars")
    waiting.press(f"Pour {REFERENCE}")
    assert added(waiting) == ["c'était en mars"]


@pytest.mark.parametrize(
    "news", [TicketNews.ANSWERED, TicketNews.RESOLVED, TicketNews.CLOSING_SOON]
)
def test_what_follows_an_answer_is_offered_to_its_request(filed: Talk, news: TicketNews) -> None:
    filed.say("taux cnracl 2026")
    filed.hear(Notified(Notice(news=news, reference=REFERENCE, label="Taux", words="Voilà.")))
    filed.say("et pour le mois d'après ?")
    assert filed.state == "Addressing"
    assert "En une" not in filed.press("Une autre question")


def test_words_below_a_request_are_offered_to_it(filed: Talk) -> None:
    filed.say("/demandes", REFERENCE, "le contrat est en fait le 4456")
    assert f"Pour {REFERENCE}" in filed.labels
    filed.say("/demandes", REFERENCE, "taux cnracl 2026")
    assert filed.state == "Browsing", "what the help surely answers is a question"


def test_a_reference_among_many_words_is_a_message_to_it(filed: Talk) -> None:
    words = f"concernant {REFERENCE}, le bon numéro de contrat est le 4456"
    filed.say(words)
    filed.press(f"Pour {REFERENCE}")
    assert added(filed) == [words]


def test_a_file_goes_to_the_request_that_waits(waiting: Talk) -> None:
    waiting.hear(A_PHOTO)
    assert [e.reference for e in waiting.effects if isinstance(e, FetchAttachment)] == [REFERENCE]


def test_a_file_is_asked_for_which_of_several(waiting: Talk) -> None:
    waiting.waiting = (OTHER, REFERENCE)
    waiting.hear(A_PHOTO)
    assert "Votre fichier est-il pour" in waiting.shown
    waiting.press(f"Pour {OTHER}")
    assert [e.reference for e in waiting.effects if isinstance(e, FetchAttachment)] == [OTHER]


def test_a_file_that_nobody_waits_for_is_told_where_it_goes(filed: Talk) -> None:
    filed.hear(A_PHOTO)
    assert not any(isinstance(e, FetchAttachment) for e in filed.effects)


def test_a_reply_goes_to_its_request_wherever_the_person_stands(filed: Talk) -> None:
    filed.say("/start m_x", "/profil")
    before = filed.state
    filed.hear(Replied("C'était en mars.", REFERENCE))
    assert added(filed) == ["C'était en mars."]
    assert f"ajouté à la demande {REFERENCE}" in filed.shown
    assert filed.state == before


def test_a_reply_in_the_middle_of_a_form_leaves_the_form(filed: Talk) -> None:
    filed.say("/contact", "mot de passe oublié", "pas trouvé")
    before = filed.session.state
    filed.hear(Replied("C'était en mars.", REFERENCE))
    assert added(filed) == ["C'était en mars."]
    assert filed.session.state == before


def test_a_reply_with_a_file_has_it_fetched(filed: Talk) -> None:
    filed.hear(Replied(A_PHOTO.caption, REFERENCE, A_PHOTO))
    assert [e.reference for e in filed.effects if isinstance(e, FetchAttachment)] == [REFERENCE]


def test_thanks_in_reply_are_no_message(filed: Talk) -> None:
    filed.hear(Replied("merci beaucoup", REFERENCE))
    assert added(filed) == []


def test_a_secret_in_a_reply_is_withheld(filed: Talk) -> None:
    filed.hear(Replied("le mot de passe : Soleil2024!", REFERENCE))
    assert filed.was_erased
    assert added(filed) == []


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("je veux retirer ma demande", "Withdrawing"),
        (f"retirez {REFERENCE} svp", "Withdrawing"),
        ("j'ai oublié de joindre un papier", "AddingMessage"),
        (f"compléter ma demande {REFERENCE}", "AddingMessage"),
        ("où en est ma demande ?", "BrowsingTickets"),
        (f"où en est {REFERENCE} ?", "ReadingTicket"),
        (f"bonjour {REFERENCE} merci", "ReadingTicket"),
    ],
)
def test_the_only_request_is_meant(filed: Talk, words: str, state: str) -> None:
    filed.say(words)
    assert filed.state == state


def test_of_several_requests_which_is_asked(filed: Talk) -> None:
    file_request(filed)
    assert "Quelle demande voulez-vous retirer ?" in filed.say("annuler ma demande")
    filed.press(OTHER)
    assert filed.state == "Withdrawing"
    assert "Quelle demande voulez-vous compléter ?" in filed.say("compléter ma demande")
    filed.press(REFERENCE)
    assert filed.state == "AddingMessage"


def test_within_a_form_my_request_is_the_one_being_written(filed: Talk) -> None:
    filed.say("/contact", "mot de passe oublié", "pas trouvé")
    filed.press(filed.labels[0])
    filed.say("j'ai oublié de joindre un document")
    assert "Envoyez la photo ou le document ici" in filed.shown
    filed.say("annuler ma demande")
    assert filed.state in ("Leaving", "Idle")
