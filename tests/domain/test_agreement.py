"""Yes in the words of people, and questions that are no answers."""

import pytest

from bot.domain.short_replies import agrees, asks_back


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
