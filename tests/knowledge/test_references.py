"""Legal references, however they are written."""

import pytest
from support.library import library

from knowledge import KnowledgeBase
from knowledge.search.language import references_in, without_references


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
