"""Legal references: understood however they are typed, and led to their text."""

import re
from collections.abc import Iterator

import pytest
from support.library import library

from knowledge import KnowledgeBase, Verdict
from knowledge.references import (
    indexed_references,
    legifrance_link,
    references_in,
    without_references,
)
from knowledge.search.language import fold

SHARE = 0.95
"""Of the references typed, those whose first article cites them and is shown as an answer."""
ABBREVIATIONS = {
    "Code de la sécurité sociale": ("CSS", "code sécu", "code de la sécurité sociale"),
    "Code des pensions civiles et militaires": (
        *("CPCMR", "code pensions"),
        "code des pensions civiles et militaires de retraite",
    ),
    "CGFP": ("cgfp", "code fonction publique", "code général de la fonction publique"),
    "CGCT": ("cgct", "code des collectivités", "code général des collectivités territoriales"),
    "Code du travail": ("code travail", "code du travail", "le code du travail"),
    "Code civil": ("code civil", "le code civil", "Code Civil"),
    "Code de la santé publique": ("CSP", "code santé", "code de la santé publique"),
}
MONTHS = (
    *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août"),
    *("septembre", "octobre", "novembre", "décembre"),
)


def typed(reference: str) -> Iterator[str]:
    """A reference as it stands in the base, and as people type it."""
    printed = re.sub(r"\s*\(.*?\)|\s*\[.*?\]", "", reference)
    yield from (printed, fold(printed), printed.upper(), printed.capitalize())
    yield from (f"que dit {printed} ?", f"où lire {printed} svp")
    yield from (
        f"{printed.lower()}, c'est quoi",
        printed.replace(".", ""),
        printed.replace("n° ", "n°").replace(",", " "),
    )
    text, _, articles = printed.partition(", art. ")
    number = re.search(r"n° (\d+-\d+)", text)
    first = re.match(r"(?:([LRD])\. )?(\d+(?:-\d+)*(?: (?:bis|ter)\b)?)", articles)
    date = re.search(r"(\d\d)/(\d\d)/(\d{4})", text)
    kind = text.split(" ", 1)[0].removesuffix("s")
    if number and first:
        yield f"article {first[2]} du {kind.lower()} n° {number[1]}"
        yield f"art {first[2]} {fold(kind)} {number[1].replace('-', ' ')}"
        yield f"{kind} {number[1]} article {first[2]}"
    elif number:
        yield f"le {fold(kind)} n°{number[1]}"
        yield f"{kind} {number[1].replace('-', ' ')}"
    if date and kind in ("Arrêté", "Loi", "Décret"):
        day = f"{int(date[1])} {MONTHS[int(date[2]) - 1]} {date[3]}"
        yield f"{kind.lower()} du {day}" + (f" article {first[2]}" if first else "")
        yield (f"art. {first[2]} " if first else "") + f"{kind} {date[0]}"
    for code in ABBREVIATIONS.get(text, ()) if first else ():
        letter, figures = first[1] or "", first[2]
        yield f"article {letter}{'. ' if letter else ''}{figures} du {code}"
        yield f"{code} {letter.lower()}{figures.replace(' ', '')}"
        if letter:
            yield f"{letter}*. {figures} {code}"
            yield f"{letter}. {figures}" if "-" in figures else f"{letter}{figures}"


def test_the_references_of_the_base_are_understood_in_at_least_six_ways(
    knowledge: KnowledgeBase,
) -> None:
    references = {one for article in knowledge.articles.values() for one in article.references}
    missed = []
    count = 0
    for reference in sorted(references):
        ways = set(typed(reference))
        assert len(ways) >= 6, reference
        for way in ways:
            count += 1
            found = knowledge.search(way)
            cited = knowledge.articles[found.hits[0].slug].references if found.hits else ()
            held = {term for text in cited for term in indexed_references(text)}
            if found.verdict is Verdict.NOTHING or not set(references_in(way)) & held:
                missed.append(way)

    assert count >= 6 * len(references)
    assert len(missed) <= (1 - SHARE) * count, missed


@pytest.mark.parametrize(
    "written",
    [
        "article 59 du décret 2003-1306",
        "Décret n° 2003-1306 du 26/12/2003, art. 59",
        "art 59 decret n°2003-1306",
        "ART. 59 DU DÉCRET Nº 2003-1306",
        "art 59 decret 2003 1306",
        "art59 du décret 2003/1306",
        "décret n°2003 – 1306, article 59",
        "article 59 du décret CNRACL",
    ],
)
def test_an_article_of_a_decree(written: str) -> None:
    assert set(references_in(written)) == {"§2003-1306", "§2003-1306:59"}


@pytest.mark.parametrize("written", ["L. 161-22", "L161-22", "l 161-22", "art L.161-22"])
def test_an_article_of_a_code(written: str) -> None:
    assert references_in(written) == ["§l161-22"]


@pytest.mark.parametrize(
    "written",
    [
        "article L. 161-22 du code de la sécurité sociale",
        "CSS L161-22",
        "l 161-22 code secu",
        "Code de la Sécurité sociale, art. L*. 161-22",
    ],
)
def test_an_article_with_its_code(written: str) -> None:
    assert references_in(written) == ["§css:l161-22"]


def test_another_code_has_articles_of_its_own(knowledge: KnowledgeBase) -> None:
    found = knowledge.search("article L. 24 du code de la route")

    assert found.verdict is not Verdict.FOUND


@pytest.mark.parametrize(
    ("written", "term"),
    [
        ("L24", "§l24"),
        ("L. 12 bis", "§l12bis"),
        ("l12bis", "§l12bis"),
        ("L. 12 b ter", "§l12"),
        ("R*. 65", "§r65"),
        ("L 161 22", "§l161-22"),
        ("art.L161-22", "§l161-22"),
        ("L. 24-I-1°", "§l24"),
        ("D. 2003-1306", "§2003-1306"),
        ("décret n° 85/603", "§1985-603"),
        ("code pensions 24", ""),
        ("article 24 du code des pensions", "§pensions:24"),
        ("code des pensions ?", "§pensions"),
        ("arrêté du 30 décembre 1970", "§1970-12-30"),
        ("CAA Nancy n° 15NC00084", "§15nc00084"),
        ("LFSS 2026", "§lfss2026"),
    ],
)
def test_every_usual_form(written: str, term: str) -> None:
    assert references_in(written) == ([term] if term else [])


def test_the_articles_of_a_list_and_of_a_range_each_count() -> None:
    decree = indexed_references("Décret n° 2003-1306 du 26/12/2003, art. 4, 8 et 11-1° et 30 à 32")

    assert {f"§2003-1306:{number}" for number in (4, 8, 11, 30, 31, 32)} <= set(decree)
    assert "§d16-3" in indexed_references("CPCMR, art. D. 16-1 à D. 16-4")


def test_a_mayors_order_of_some_day_is_no_text_of_law(knowledge: KnowledgeBase) -> None:
    dated = knowledge.search("radiation des cadres, arrêté du 12/03/2026")

    assert dated.hits[0].slug == knowledge.search("radiation des cadres, arrêté").hits[0].slug


@pytest.mark.parametrize(
    ("reference", "shown", "end"),
    [
        (
            "Décret n° 2003-1306 du 26/12/2003, art. 25 (à lire)",
            "Décret n° 2003-1306 du 26/12/2003, art. 25 (à lire)",
            "query=D%C3%A9cret+2003-1306+article+25",
        ),
        (
            "Arrêté du 01/07/2024",
            "Arrêté du 01/07/2024",
            "query=Arr%C3%AAt%C3%A9+du+1+juillet+2024",
        ),
        (
            "CGFP, art. L. 556-2 et L. 556-3",
            "CGFP, art. L. 556-2 et L. 556-3",
            "query=code+g%C3%A9n%C3%A9ral+de+la+fonction+publique+L556-2",
        ),
        (
            "Arrêté du 30/12/1970, art. 12 [LEGIARTI000006381595]",
            "Arrêté du 30/12/1970, art. 12",
            "/loda/article_lc/LEGIARTI000006381595",
        ),
        (
            "CGFP, art. L. 556-1 [LEGIARTI000044425136]",
            "CGFP, art. L. 556-1",
            "/codes/article_lc/LEGIARTI000044425136",
        ),
    ],
)
def test_a_reference_leads_to_its_text(reference: str, shown: str, end: str) -> None:
    words, address = legifrance_link(reference)

    assert words == shown
    assert address.startswith("https://www.legifrance.gouv.fr/")
    assert address.endswith(end)


def test_two_decrees_of_one_day() -> None:
    found = references_in("Décrets n° 2026-344 et 2026-345 du 07/05/2026")

    assert found == ["§2026-344", "§2026-345"]


def test_a_law_of_the_last_century_has_one_name() -> None:
    assert references_in("loi 84-53") == references_in("loi n° 1984-53")


@pytest.mark.parametrize(
    "text",
    [
        "28 heures",
        "depuis 2019",
        "de 2019-2021",
        "dossier 12-345",
        "l 24 décembre",
        "plus d 8 h",
        "",
    ],
)
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
