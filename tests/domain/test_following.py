"""The end of a question whose beginning was asked before."""

import pytest

from bot.domain.short_replies import follows_up, joined_question


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
