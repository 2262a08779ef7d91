"""Choices that are typed instead of pressed."""

import pytest

from knowledge.search.suggestions import match_label

FUNDS = ("CNRACL", "Ircantec", "RAFP", "ATIACL", "Autre fonds")
MOTIFS = (
    "Mot de passe oublié ou lien expiré",
    "Identifiant oublié",
    "Compte bloqué après plusieurs essais",
    "Transfert inter-fonds",
)


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("cnracl", "CNRACL"),
        ("cnrcal", "CNRACL"),
        ("ircantek", "Ircantec"),
        ("RAFP.", "RAFP"),
        ("autre", "Autre fonds"),
    ],
)
def test_a_label_may_be_misspelled_or_cut(typed: str, label: str) -> None:
    assert match_label(typed, FUNDS) == FUNDS.index(label)


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("identifiant oublie", "Identifiant oublié"),
        ("compte bloqué", "Compte bloqué après plusieurs essais"),
        ("mot de passe", "Mot de passe oublié ou lien expiré"),
        ("transfert interfonds", "Transfert inter-fonds"),
    ],
)
def test_some_words_of_a_label_are_enough(typed: str, label: str) -> None:
    assert match_label(typed, MOTIFS) == MOTIFS.index(label)


@pytest.mark.parametrize("typed", ["oublié", "", "…", "bonjour", "comment faire pour partir"])
def test_what_is_none_of_them_or_could_be_two_is_asked_again(typed: str) -> None:
    assert match_label(typed, MOTIFS) is None


def test_no_label_no_match() -> None:
    assert match_label("cnracl", ()) is None


def test_the_exact_label_wins_over_a_longer_one() -> None:
    assert match_label("retraite", ("Retraite", "Retraite progressive")) == 0
