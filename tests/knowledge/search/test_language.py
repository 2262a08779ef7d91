"""French as people type it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.search.language import (
    LONGEST_TEXT,
    fold,
    other_forms,
    stem,
    words_of,
)


@pytest.mark.parametrize("written", ["PEP's", "PEP’s", "PEPS", "pep s", "Pep 's", "pep's"])
def test_every_spelling_of_peps_is_one(written: str) -> None:
    assert fold(f"mon compte {written} bloqué") == "mon compte peps bloque"


def test_accents_case_and_odd_spaces_do_not_matter() -> None:
    assert fold("  Durée\u00a0D’ASSURANCE\u200b ") == "duree d'assurance"


def test_ligatures_are_written_out() -> None:
    assert words_of("œuvres et mœurs") == ["oeuvres", "et", "moeurs"]


def test_what_is_elided_is_no_word() -> None:
    assert words_of("l'agent qu'on a nommé jusqu’à hier") == [
        "agent",
        "on",
        "a",
        "nomme",
        "a",
        "hier",
    ]


def test_numbers_keep_their_decimals_and_lose_their_spaces() -> None:
    assert words_of("37,65 % de 1 234 €, 28h, AF3, n° 12") == [
        "37.65",
        "de",
        "1234",
        "28",
        "h",
        "af3",
        "numero",
        "12",
    ]


@pytest.mark.parametrize(
    "family",
    [
        ("cotisé", "cotisée", "cotiser", "cotisation"),
        ("radié", "radiée", "radier"),
        ("dernier", "dernière", "derniers"),
        ("affilié", "affiliation", "affilier"),
    ],
)
def test_a_family_of_words_has_one_stem(family: tuple[str, ...]) -> None:
    assert len({stem(fold(word)) for word in family}) == 1


def test_codes_and_numbers_are_their_own_stem() -> None:
    assert stem("s21") == "s21"


def test_a_plural_or_a_conjugation_leads_back_to_the_word() -> None:
    assert "rythme" in other_forms("rythmes")
    assert "fusionner" in other_forms("fusionnent")


def test_a_short_word_is_no_form_of_another() -> None:
    assert not list(other_forms("ares"))


@given(st.text(max_size=200))
def test_any_text_can_be_folded_and_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text)

    assert words_of(once) == words_of(text)


def test_a_text_without_end_is_cut() -> None:
    assert len(fold("é" * 100_000)) == LONGEST_TEXT
