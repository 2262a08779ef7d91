"""Corrections announced in words."""

import pytest

from bot.domain.short_replies import announces_correction


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
