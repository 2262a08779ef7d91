"""Nothing is taken in silence: what an answer was understood as is said, and can be otherwise."""

import pytest
from support.talking import A_SIRET, Talk

PATH = "cotisations/versement/transfert-inter-fonds"
PROBLEM = "declarations/anomalies/anomalie-agent"


def open_form(talk: Talk, path: str = PATH) -> None:
    sous_motif = talk.knowledge.catalogue.sous_motif(path)
    assert sous_motif is not None
    talk.say(f"/start m_{sous_motif.id}")


@pytest.fixture
def describing(talk: Talk) -> Talk:
    open_form(talk)
    while talk.state != "Describing":
        if talk.state == "Filling":
            talk.answer_well()
        else:
            talk.press(next(one for one in talk.labels if one.startswith("Continuer")))
    return talk


def description(talk: Talk) -> str:
    answer = talk.session.state.draft.answer("description")
    return answer.value if answer else ""


def test_the_description_is_said(describing: Talk) -> None:
    assert "Votre description : « Le virement est parti" in describing.say(
        "Le virement est parti au mauvais endroit."
    )


@pytest.mark.parametrize(
    "words",
    [
        "comment je fais pour récupérer cette somme",
        "c'est quoi la référence de virement ?",
        "combien de temps prend un transfert ?",
        "on peut le refaire l'an prochain ?",
    ],
)
def test_what_reads_like_a_question_is_asked_about(describing: Talk, words: str) -> None:
    shown = describing.say(words)
    assert words in shown
    assert description(describing) == ""
    describing.press("C'est ma description")
    assert description(describing) == words


def test_a_question_among_the_description_is_answered_and_it_is_asked_again(
    describing: Talk,
) -> None:
    describing.say("c'est quoi la référence de virement ?")
    describing.press("Chercher la réponse")
    assert describing.state == "Describing"
    assert "Décrivez" in describing.shown
    describing.say("Le virement est parti au mauvais endroit.")
    assert description(describing) == "Le virement est parti au mauvais endroit."


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("je me suis trompé de SIRET", "Filling"),
        ("corriger le montant", "Filling"),
        ("question précédente", "Filling"),
        ("finalement j'annule", "Leaving"),
        ("un conseiller svp", "Describing"),
        ("rh@mairie-exemple.fr", "Describing"),
    ],
)
def test_a_retreat_or_an_address_is_no_description(
    describing: Talk, words: str, state: str
) -> None:
    describing.say(words)
    assert describing.state == state
    assert description(describing) == ""


def test_an_address_given_early_is_not_asked_again(describing: Talk) -> None:
    assert "rh@mairie-exemple.fr, c'est noté" in describing.say("rh@mairie-exemple.fr")
    describing.say("Le virement est parti au mauvais endroit.")
    assert describing.state == "Reviewing"


def test_a_siret_typed_at_another_question_is_taken_where_it_belongs(talk: Talk) -> None:
    open_form(talk)
    talk.press("Continuer")
    talk.press("Continuer ma demande")
    assert "c'est noté" in talk.say(A_SIRET)
    assert "fonds" in talk.shown, "the question that was open is asked again"
    talk.say("cnracl")
    assert talk.session.state.key == "employer_name"


@pytest.mark.parametrize("words", ["cnracl", "ircantec", "versement", "anomalie", "nir"])
def test_a_word_before_the_form_changes_no_sous_motif(talk: Talk, words: str) -> None:
    open_form(talk, PROBLEM)
    talk.say(words)
    assert talk.session.state.draft.path == PROBLEM
    talk.press("Continuer")
    talk.say(words)
    assert talk.session.state.draft.path == PROBLEM


@pytest.mark.parametrize(
    "words", ["Transfert inter-fonds", "non, plutôt le motif transfert inter-fonds"]
)
def test_the_whole_name_of_a_sous_motif_changes_it_and_it_is_said(talk: Talk, words: str) -> None:
    open_form(talk, PROBLEM)
    assert "Sous-motif changé : Transfert inter-fonds." in talk.say(words)


def test_a_fund_named_before_the_form_is_the_fund(talk: Talk) -> None:
    open_form(talk, PROBLEM)
    assert "Fonds : CNRACL, c'est noté." in talk.say("cnracl")
    assert talk.session.state.draft.answer("fund").value == "CNRACL"


@pytest.mark.parametrize(
    "words",
    [
        "je ne veux pas envoyer",
        "envoyer un autre papier avant tout ça",
        "non pas envoyer",
        "attendez avant d'envoyer",
    ],
)
def test_what_is_not_wanted_is_not_pressed(describing: Talk, words: str) -> None:
    describing.say("Le virement est parti au mauvais endroit.", "non merci")
    assert describing.state == "Reviewing"
    describing.say(words)
    assert describing.filed == []


def test_the_button_of_an_answer_comes_behind_those_of_the_screen(talk: Talk) -> None:
    open_form(talk, PROBLEM)
    talk.press("Continuer")
    talk.say("comment renouveler un compte PEP's ?")
    assert talk.labels[0] == "Lire 1"
    assert talk.labels[-1] == "Lire l'article"
