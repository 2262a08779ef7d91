"""Gists: short messages that stand for a button or a command, and questions that do not."""

import pytest

from bot.domain.short_replies import (
    ShortReply,
    command_of,
    list_position_of,
    short_replies_of,
    wants_a_human,
)


@pytest.mark.parametrize(
    ("words", "gist"),
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
def test_short_messages_come_down_to_something(words: str, gist: ShortReply) -> None:
    assert gist in short_replies_of(words)


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
        ("je me suis trompé", "retour"),
        ("au secours", "aide"),
        ("mes demandes", "demandes"),
    ],
)
def test_commands_are_given_without_a_slash(words: str, command: str) -> None:
    assert command_of(words) == command


@pytest.mark.parametrize("words", ["annuler une demande de retraite", "retour de détachement"])
def test_a_question_is_no_command(words: str) -> None:
    assert command_of(words) is None


@pytest.mark.parametrize(
    "words", ["jveux un humain", "puis-je parler à un conseiller ?", "contact"]
)
def test_people_ask_for_a_person(words: str) -> None:
    assert wants_a_human(words)


@pytest.mark.parametrize("words", ["contacter la CNRACL", "parler à l'agent de sa retraite"])
def test_asking_about_contacts_is_a_question(words: str) -> None:
    assert not wants_a_human(words)


def test_places_in_a_list() -> None:
    assert [list_position_of(w) for w in ("le 2", "la troisième", "lire l'article 1")] == [2, 3, 1]
    assert list_position_of("le 2 mars") is None
