"""Misspelled words and the words that were meant."""

import pytest

from knowledge import KnowledgeBase
from knowledge.search.query import SpellChecker, phonetic

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
    assert SpellChecker(WORDS).corrections(typed)[0] == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("koment", "comment"), ("titulere", "titulaire"), ("afiliation", "affiliation")],
)
def test_words_are_written_as_they_sound(typed: str, meant: str) -> None:
    assert SpellChecker(WORDS).corrections(typed)[0] == meant


def test_the_more_usual_word_is_the_likelier_one() -> None:
    assert SpellChecker(WORDS).corrections("pention")[0] == "pension"
    assert SpellChecker(WORDS | {"mention": 900}).corrections("pention")[0] == "mention"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("cmoent", "comment"), ("afilitaion", "affiliation"), ("titulrere", "titulaire")],
)
def test_a_slip_in_a_word_written_as_it_sounds_is_repaired(typed: str, meant: str) -> None:
    assert SpellChecker(WORDS).corrections(typed)[0] == meant


def test_a_swap_of_letters_is_likelier_than_another_letter() -> None:
    assert SpellChecker({"garde": 10, "grave": 10}).corrections("grade")[0] == "garde"


def test_what_is_glued_to_a_word_is_weighed_against_a_slip() -> None:
    assert SpellChecker(WORDS).corrections("lagent")[0] == "agent"
    assert SpellChecker(WORDS | {"compte": 400, "opte": 1}).corrections("copte")[0] == "compte"


@pytest.mark.parametrize("typed", ["mais", "moi", "xyz", "wifi", "bibliotheque", "12345", ""])
def test_what_is_near_nothing_is_left_alone(typed: str) -> None:
    assert SpellChecker(WORDS).corrections(typed) == []


def test_a_short_word_may_have_swapped_two_letters() -> None:
    assert SpellChecker(WORDS).corrections("mosi") == ["mois"]


def test_sounds() -> None:
    assert phonetic("koment") == phonetic("comment")
    assert phonetic("pharmacie") == phonetic("farmacie")
    assert phonetic("retraite") != phonetic("retrait")[:-1]


@pytest.mark.parametrize(
    ("typed", "word"), [("koman", "comment"), ("ajan", "agent"), ("movais", "mauvais")]
)
def test_a_word_is_known_by_its_sound(knowledge: KnowledgeBase, typed: str, word: str) -> None:
    assert word in knowledge._parser.parse(typed).words


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("code movais", None),
        ("la retrete dun ajan", "la retraite dun agent"),
        ("cotsiation", "cotisation"),
    ],
)
def test_a_repair_is_shown_only_where_it_is_sure(
    knowledge: KnowledgeBase, typed: str, shown: str | None
) -> None:
    assert knowledge.search(typed).corrected == shown
