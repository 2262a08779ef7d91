"""Equal words, neighbours, shorthand, words that say nothing."""

import pytest
from support.library import TABLES, vocabulary

from knowledge.content_reader import ContentError
from knowledge.vocabulary import build_vocabulary, load_vocabulary


def test_equal_spellings_are_one_term() -> None:
    words = vocabulary()

    assert words.stems("un ouvrage")[0] == words.stems("le bouquin")[0] == words.stems("livres")[0]


def test_an_acronym_and_what_it_stands_for_are_one_term() -> None:
    words = vocabulary()

    assert words.stems("au CDI")[-1] == words.stems("centre de documentation")[0] == "cdi"


def test_the_parts_of_an_expression_can_be_found_by_themselves() -> None:
    assert vocabulary().stems("centre de documentation") == ["cdi", "centr", "document"]


def test_shorthand_is_written_out() -> None:
    assert vocabulary().words("koi de neuf à la biblio") == [
        "quoi",
        "de",
        "neuf",
        "a",
        "la",
        "bibliotheque",
    ]


def test_cet_is_a_word_to_ignore_before_a_vowel_only() -> None:
    words = vocabulary()

    assert "cet" not in words.stems("cet agent")
    assert "cet" in words.stems("jours de CET")
    assert "cet" in words.stems("CET monétisé")


def test_neighbours_are_kept_as_terms() -> None:
    assert vocabulary().near["amend"] == ("retard",)


def test_listed_acronyms_are_known() -> None:
    assert vocabulary().knows("DVD")
    assert not vocabulary().knows("VHS")


def test_a_table_that_is_missing_is_told_with_the_file(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "vocabulary.toml").write_text("[acronyms]\n")

    with pytest.raises(ContentError, match=r"vocabulary\.toml"):
        load_vocabulary(tmp_path)


def test_an_expression_of_several_words_is_no_neighbour() -> None:
    tables = {**TABLES, "near": {"salle de travail": ["calme"]}}

    assert build_vocabulary(tables).near == {}


def test_shorthand_is_a_name_after_an_article() -> None:
    assert vocabulary().words("je n'ai pu livre, le pu") == [
        "je",
        "ai",
        "plus",
        "livre",
        "le",
        "pu",
    ]
