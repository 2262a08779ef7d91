"""Importing legal texts: an invented code of the package's shape becomes further documents."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.library import ARTICLES, INTENTS, catalogue, vocabulary

from knowledge import ContentError, Kind, KnowledgeBase, Verdict
from knowledge.intents import build_intents
from knowledge.legi import keep_code, load_further, read_legi

NO_END = 32_472_144_000_000


def legal(num: str | None, text: str, *, etat: str = "VIGUEUR", ends: int = NO_END) -> Any:
    since = datetime(2020, 8, 9, tzinfo=UTC)
    facts = {
        "cid": f"LEGIARTI{num}",
        "id": f"LEGIARTI{num}-V2",
        "num": num,
        "etat": etat,
        "dateDebut": int(since.timestamp() * 1000),
        "dateFin": ends,
        "texte": text,
    }
    return {"type": "article", "data": facts}


def invented_code() -> dict[str, Any]:
    articles = [
        legal("L12-3", "Le dépôt légal des <b>partitions</b> &amp; affiches.<br/>Il est gratuit."),
        legal("R7", "Livre rendu en retard."),
        legal("L99", "Un texte abrogé.", etat="ABROGE"),
        legal(None, "Une annexe sans numéro."),
    ]
    articles[0]["data"]["texteHtml"] = articles[0]["data"].pop("texte")
    section = {
        "type": "section",
        "data": {"title": "Chapitre 1er : Dépôt des documents."},
        "children": articles,
    }
    data = {"id": "LEGITEXT1", "title": "Code des bibliothèques"}
    return {"type": "code", "data": data, "children": [section]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of further documents after the import of the invented code."""
    file = tmp_path / "code.json"
    file.write_text(json.dumps(invented_code()), encoding="utf-8")
    keep_code(read_legi(file), tmp_path / "further")
    return tmp_path / "further"


def base_with(folder: Path) -> KnowledgeBase:
    words = vocabulary()
    further = load_further(folder)
    return KnowledgeBase(
        ARTICLES, catalogue(), words, build_intents(INTENTS, words), further=further
    )


def test_articles_in_force_become_legal_pages_with_reference_date_and_licence(
    folder: Path,
) -> None:
    first, second = load_further(folder)

    assert first.title == "Code des bibliothèques, article L. 12-3 : Dépôt des documents"
    assert first.kind is Kind.JURIDIQUE
    assert first.modified == "2020-08-09"
    assert first.body.startswith("Le dépôt légal des partitions & affiches.\n\nIl est gratuit.")
    assert "Licence Ouverte 2.0, version en vigueur depuis le 09/08/2020" in first.body
    assert first.sources[0].url.endswith("/LEGIARTIL12-3-V2")
    assert second.references == ("Code des bibliothèques, art. R. 7",)


def test_a_text_that_will_end_says_until_when(tmp_path: Path) -> None:
    end = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp() * 1000)
    code = invented_code()
    code["children"] = [legal("L1", "Jusque-là.", etat="ABROGE_DIFF", ends=end)]
    file = tmp_path / "code.json"
    file.write_text(json.dumps(code), encoding="utf-8")

    keep_code(read_legi(file), tmp_path)

    (page,) = load_further(tmp_path)
    assert str(page.valid_until) == "2027-01-01"


def test_importing_again_replaces_and_leaves_nothing_else(folder: Path, tmp_path: Path) -> None:
    keep_code(read_legi(tmp_path / "code.json"), folder)

    assert [file.name for file in folder.iterdir()] == ["legi-LEGITEXT1.json"]


def test_what_only_a_legal_text_says_is_found(folder: Path) -> None:
    best = base_with(folder).search("dépôt légal des partitions").hits[0]

    assert best.title.startswith("Code des bibliothèques, article L. 12-3")
    assert best.passage == "Le dépôt légal des partitions & affiches."
    assert "partitions" in best.why.words


def test_a_legal_reference_leads_straight_to_its_text(folder: Path) -> None:
    found = base_with(folder).search("que dit l'article L. 12-3 ?")

    assert found.verdict is Verdict.FOUND
    assert found.hits[0].slug == "legiartil12-3"


def test_at_equal_words_the_desks_own_article_comes_first(folder: Path) -> None:
    own, text, *_ = base_with(folder).search("livre rendu en retard").hits

    assert own.slug == "retard"
    assert text.score < own.score


def test_the_base_itself_does_not_change_with_what_is_imported(
    folder: Path, tmp_path: Path
) -> None:
    with_texts, without = base_with(folder), base_with(tmp_path / "nothing")

    for question in ("prendre un bouquin", "réserver la salle", "livre en retard"):
        one, other = with_texts.search(question), without.search(question)
        assert (one.verdict, one.hits[0]) == (other.verdict, other.hits[0])
        assert with_texts.suggest(question) == without.suggest(question)


def test_words_of_legal_texts_are_no_misspellings(folder: Path) -> None:
    assert base_with(folder).search("affiches").corrected is None


@pytest.mark.parametrize("text", ["", "[]", '{"type": "code"}', "pas du JSON"])
def test_what_is_no_code_is_refused_with_its_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "autre.json"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ContentError, match=r"autre\.json"):
        read_legi(file)


def test_a_kept_file_that_was_damaged_says_what_to_do(folder: Path) -> None:
    next(folder.iterdir()).write_text("{", encoding="utf-8")

    with pytest.raises(ContentError, match="guichet kb import legi"):
        load_further(folder)
