"""French as people type it, and legal references however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.library import library

from knowledge import KnowledgeBase
from knowledge.search.language import (
    LONGEST_TEXT,
    fold,
    other_forms,
    references_in,
    stem,
    without_references,
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


@pytest.mark.parametrize(
    "written",
    [
        "article 59 du décret 2003-1306",
        "Décret n° 2003-1306 du 26/12/2003, art. 59",
        "art 59 decret n°2003-1306",
        "ART. 59 DU DÉCRET Nº 2003-1306",
        "art 59 decret 2003 1306",
    ],
)
def test_an_article_of_a_decree(written: str) -> None:
    assert set(references_in(written)) == {"§2003-1306", "§2003-1306:59"}


@pytest.mark.parametrize("written", ["L. 161-22", "L161-22", "l 161-22", "art. L. 161-22 du CSS"])
def test_an_article_of_a_code(written: str) -> None:
    assert "§l161-22" in references_in(written)


def test_two_decrees_of_one_day() -> None:
    found = references_in("Décrets n° 2026-344 et 2026-345 du 07/05/2026")

    assert found == ["§2026-344", "§2026-345"]


def test_a_law_of_the_last_century_has_one_name() -> None:
    assert references_in("loi 84-53") == references_in("loi n° 1984-53")


@pytest.mark.parametrize("text", ["28 heures", "depuis 2019", "de 2019-2021", "dossier 12-345", ""])
def test_other_numbers_are_no_references(text: str) -> None:
    assert references_in(text) == []


def test_the_numbers_of_a_reference_are_no_words() -> None:
    assert without_references("que dit l'art. L. 161-22").split() == ["que", "dit", "l'"]


@pytest.mark.parametrize("question", ["article 59 du décret 2003-1306", "que dit le L. 161-22 ?"])
def test_a_reference_leads_to_what_cites_it(question: str) -> None:
    assert library().search(question).hits[0].slug == "retard"


def test_a_misspelled_reference_leads_there_too(knowledge: KnowledgeBase) -> None:
    found = knowledge.search("artcle 64 du decre 2003-1306")

    assert found.corrected == "article 64 du décret 2003-1306"
    cited = knowledge.articles[found.hits[0].slug].references
    assert any("2003-1306" in text and "art. 64" in text for text in cited)
