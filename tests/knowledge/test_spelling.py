"""Misspelled words and the words that were meant."""

import pytest

from knowledge.spelling import Speller, sound

WORDS = {
    "retraite": 90,
    "pension": 80,
    "mention": 2,
    "cotisation": 70,
    "compte": 40,
    "comment": 50,
    "agent": 99,
    "mois": 30,
    "validation": 20,
    "titulaire": 12,
    "affiliation": 9,
}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("retriate", "retraite"),
        ("etraite", "retraite"),
        ("retraote", "retraite"),
        ("retraiite", "retraite"),
        ("cotsation", "cotisation"),
        ("coptisaion", "cotisation"),
        ("agnet", "agent"),
        ("cmpte", "compte"),
    ],
)
def test_a_letter_or_two_wrong_are_repaired(typed: str, meant: str) -> None:
    assert Speller(WORDS).corrections(typed)[0] == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("koment", "comment"), ("titulere", "titulaire"), ("afiliation", "affiliation")],
)
def test_words_are_written_as_they_sound(typed: str, meant: str) -> None:
    assert Speller(WORDS).corrections(typed)[0] == meant


def test_the_more_usual_word_is_the_likelier_one() -> None:
    assert Speller(WORDS).corrections("pention")[:2] == ["pension", "mention"]


@pytest.mark.parametrize("typed", ["mais", "moi", "xyz", "wifi", "bibliotheque", "12345", ""])
def test_what_is_near_nothing_is_left_alone(typed: str) -> None:
    assert Speller(WORDS).corrections(typed) == []


def test_a_short_word_may_have_swapped_two_letters() -> None:
    assert Speller(WORDS).corrections("mosi") == ["mois"]


def test_sounds() -> None:
    assert sound("koment") == sound("comment")
    assert sound("pharmacie") == sound("farmacie")
    assert sound("retraite") != sound("retrait")[:-1]
