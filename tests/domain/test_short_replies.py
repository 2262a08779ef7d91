"""Short messages that stand for a button, a command or a correction, and those that do not."""

import pytest

from bot.domain.short_replies import (
    ShortReply,
    agrees,
    announces_correction,
    asks_back,
    command_of,
    follows_up,
    is_polite,
    joined_question,
    list_position_of,
    short_replies_of,
)


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("oui merci", ShortReply.YES),
        ("Oui, j'ai ma réponse", ShortReply.SOLVED),
        ("non pas du tout", ShortReply.NO),
        ("pas trouvé", ShortReply.MISSING),
        ("Je n’ai toujours pas trouvé ma réponse.", ShortReply.MISSING),
        ("rien de tout ça", ShortReply.MISSING),
        ("ça répond pas à ma question", ShortReply.MISSING),
        ("la suite", ShortReply.MORE),
        ("autres résultats svp", ShortReply.MORE),
        ("je reprends ma demande", ShortReply.ONWARD),
        ("continue", ShortReply.ONWARD),
        ("ok envoyez", ShortReply.SEND),
        ("je valide", ShortReply.SEND),
        ("je veux changer de motif", ShortReply.OTHER_MOTIF),
        ("je sais pas trop", ShortReply.LOST),
        ("je ne sais pas quoi dire", ShortReply.LOST),
    ],
)
def test_short_messages_come_down_to_something(words: str, reply: ShortReply) -> None:
    assert reply in short_replies_of(words)


@pytest.mark.parametrize(
    "words",
    [
        "je n'ai pas trouvé l'agent dans PEP's",
        "non titulaire",
        "je ne sais pas qui est administrateur",
        "suite à un décès",
        "changer de RIB",
        "plus de 28 heures",
        "envoyer un dossier de retraite",
        "continuer à cotiser pendant un congé",
    ],
)
def test_questions_are_no_gist(words: str) -> None:
    assert not short_replies_of(words)


def test_a_yes_that_goes_on_asking_is_no_plain_yes() -> None:
    assert ShortReply.YES not in short_replies_of("ok et pour un contractuel")


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("Laisse tomber", "annuler"),
        ("j'arrête", "annuler"),
        ("je me suis trompé", "retour"),
        ("au secours", "aide"),
    ],
)
def test_commands_are_given_without_a_slash(words: str, command: str) -> None:
    assert command_of(words) == command


@pytest.mark.parametrize("words", ["annuler une demande de retraite", "retour de détachement"])
def test_a_question_is_no_command(words: str) -> None:
    assert command_of(words) is None


def test_places_in_a_list() -> None:
    assert [list_position_of(w) for w in ("le 2", "la troisième", "lire l'article 1")] == [2, 3, 1]
    assert list_position_of("le 2 mars") is None


@pytest.mark.parametrize("words", ["ok", "Oui.", "oui c’est ça", "d'accord", "C'est bon", "vas-y"])
def test_people_agree_in_many_words(words: str) -> None:
    assert agrees(words)


@pytest.mark.parametrize("words", ["oui mais non", "ok ?", "okapi", "ouistiti", "d'accord sauf 2"])
def test_a_reserve_or_another_word_is_no_agreement(words: str) -> None:
    assert not agrees(words)


@pytest.mark.parametrize("words", ["c koi le contrat", "C'est quoi", "où je trouve ça", "quoi ?"])
def test_questions_back_are_known(words: str) -> None:
    assert asks_back(words)


@pytest.mark.parametrize("words", ["4455", "Ouest Habitat", "CNR-2026 où suite", "contrat 12"])
def test_answers_are_no_questions_back(words: str) -> None:
    assert not asks_back(words)


@pytest.mark.parametrize(
    "text",
    [
        "corriger le prénom",
        "Je voudrais modifier l'employeur",
        "changer",
        "ligne 4",
        "je me suis trompée de SIRET",
        "le numéro de contrat est faux",
        "erreur sur le montant",
    ],
)
def test_somebody_wants_to_correct(text: str) -> None:
    assert announces_correction(text)


@pytest.mark.parametrize(
    "text", ["Changé", "Mairie de Changé", "Correge", "Modification", "envoyer", "faux départ"]
)
def test_names_and_other_words_are_none(text: str) -> None:
    assert not announces_correction(text)


@pytest.mark.parametrize("text", ["merci", "ok merci", "Merci beaucoup !", "bonjour"])
def test_politeness_answers_nothing(text: str) -> None:
    assert is_polite(text)


def test_politeness_alone_may_be_a_name() -> None:
    assert not is_polite("Bonjour", may_be_name=True)
    assert not is_polite("Parfait", may_be_name=True)
    assert is_polite("merci beaucoup", may_be_name=True)
    assert not is_polite("Okala")


@pytest.mark.parametrize(
    "text",
    [
        "et pour un contractuel ?",
        "Et en 2027 ?",
        "et si l'agent est à temps partiel",
        "idem pour un stagiaire",
        "pour un contractuel ?",
        "mais pour les hospitaliers ?",
        "et la RAFP ?",
    ],
)
def test_it_says_nothing_by_itself(text: str) -> None:
    assert follows_up(text)


@pytest.mark.parametrize(
    "text",
    [
        "et merci",
        "étude",
        "comment faire pour un contractuel ?",
        "pour un contractuel qui part à la retraite, quel formulaire faut-il remplir ?",
        "et pour un contractuel qui part en mars, quel dossier dois-je envoyer ?",
        "pour demander une retraite",
    ],
)
def test_a_question_of_its_own_is_none(text: str) -> None:
    assert not follows_up(text)


def test_both_are_one_question() -> None:
    assert joined_question("quel taux CNRACL ?", "et en 2027 ?") == "quel taux CNRACL, et en 2027 ?"
