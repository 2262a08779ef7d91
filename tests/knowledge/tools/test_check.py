"""What `guichet kb check` finds."""

from dataclasses import replace
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from support.library import LATE, LOAN, ROOM, TODAY, catalogue, vocabulary

from knowledge.articles import Article, Kind
from knowledge.tools.check import (
    CheckedContent,
    ContentFinding,
    ContentLevel,
    check_content,
    check_folder,
)

SOUND = {
    "body": "La réponse.\n\n" + "mot " * 100,
    "wordings": tuple(f"formulation numéro {n}" for n in range(12)),
}


def findings(article: Article, *others: Article) -> list[ContentFinding]:
    content = CheckedContent((article, *others), catalogue(), vocabulary(), TODAY)
    return [f for f in check_content(content) if article.slug in f.file]


def loan(**changed: Any) -> Article:
    return replace(LOAN, **{**SOUND, **changed})


def test_a_sound_article_has_no_findings() -> None:
    assert findings(loan()) == []


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"related": ("perdu",)}, "« perdu », qui n'existe pas"),
        ({"related": ("emprunter",)}, "l'article lui-même"),
        ({"sous_motifs": ("prets/inconnu/x",)}, "sous-motif inconnu"),
        ({"theme": "cuisine"}, "thème inconnu"),
        ({"sources": ()}, "aucune source"),
        (
            {"valid_from": date(2027, 7, 1), "valid_until": date(2027, 6, 30)},
            "« valid_from » vient après",
        ),
        ({"body": SOUND["body"] + "\n\nLes pièces sont :\n\n## Ensuite\n\nOn attend."}, "vide"),
        ({"body": SOUND["body"] + "\n\nIl faut :"}, "vide"),
    ],
)
def test_errors(changed: dict[str, Any], problem: str) -> None:
    (found,) = findings(loan(**changed))

    assert found.level is ContentLevel.ERROR
    assert problem in found.problem
    assert found.file == f"aide/{changed.get('theme', 'prets')}/emprunter.md"
    assert found.remedy in str(found)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"sous_motifs": ()}, "aucun sous-motif"),
        ({"valid_until": date(2027, 1, 22)}, "ne sera plus valable"),
        ({"valid_until": date(2026, 11, 22)}, "valable jusqu'au 22/11/2026"),
        ({"body": "a" * 321 + "\n\n" + "mot " * 100}, "321 caractères"),
        ({"body": "Trop court."}, "2 mots"),
        ({"wordings": ("une seule",)}, "1 formulations"),
        ({"body": "Demandez le RQST.\n\n" + "mot " * 100}, "sigle inconnu « RQST »"),
    ],
)
def test_warnings(changed: dict[str, Any], problem: str) -> None:
    (found,) = findings(loan(**changed))

    assert found.level is ContentLevel.WARNING
    assert problem in found.problem


def test_known_acronyms_and_roman_numbers_are_fine() -> None:
    assert findings(loan(title="Le CDI, le DVD et PEP's, chapitre XIV")) == []


def test_a_list_that_follows_its_announcement_is_fine() -> None:
    assert findings(loan(body=SOUND["body"] + "\n\nIl faut :\n\n- une carte")) == []


def test_a_page_without_a_date_needs_the_day_on_which_it_was_read() -> None:
    undated = replace(LOAN.sources[0], published=None)
    (found,) = findings(loan(sources=(undated,)))
    assert "n'a pas de date" in found.problem

    assert findings(loan(sources=(replace(undated, read_on=date(2026, 11, 1)),))) == []

    (found,) = findings(loan(sources=(replace(undated, read_on=date(2025, 11, 1)),)))
    assert "a été lue le 01/11/2025" in found.problem


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"title": "Emprunter " + "longtemps " * 6}, "le titre fait"),
        ({"title": "Emprunter : le montant de l'amende"}, "promet un chiffre"),
        ({"answer": "Un mot de plus. " * 12}, "la réponse fait 48 mots"),
        ({"answer": "Trois livres " + "encore " * 30 + "et voilà."}, "la première phrase fait"),
        ({"rest": "L'amende est de 4 € en 2026."}, "pas de fin de validité"),
        ({"rest": "Chiffres calculés par nos soins."}, "notre travail"),
        ({"rest": "D'après une page non datée, c'est gratuit."}, "notre travail"),
        ({"rest": "On peut en déduire un euro."}, "à qui demander"),
        ({"rest": "Interrogez la caisse. Ce prix est à confirmer par le fonds."}, "2 doutes"),
        ({"rest": "## À savoir\n\nC'est gratuit."}, "ne dit pas ce qui suit"),
        ({"rest": "## Avant de nous écrire\n\nLa carte.", "kind": Kind.JURIDIQUE}, "préparer"),
    ],
)
def test_what_a_reader_on_a_phone_would_stumble_on(changed: dict[str, Any], problem: str) -> None:
    given = dict(changed)
    promised = "Quelques livres à la fois." if "montant" in given.get("title", "") else None
    answer = given.pop("answer", promised or "Trois livres à la fois, pour 4 semaines.")
    body = "\n\n".join([answer, given.pop("rest", "Voilà."), "mot " * 90])

    found = findings(loan(body=body, **given))

    assert any(problem in one.problem for one in found), found
    assert all(one.level is ContentLevel.WARNING for one in found)


def test_one_doubt_that_says_whom_to_ask_is_fine() -> None:
    rest = "Le prix de 2027 n'est pas publié ici : il sera sur bibliotheque.fr."

    assert findings(loan(body=f"{SOUND['body']}\n\n{rest}")) == []


def test_wordings_and_texts_that_two_articles_share() -> None:
    twin = replace(
        LATE, **{**SOUND, "wordings": ("Prendre un bouquin à la maisson", *SOUND["wordings"][1:])}
    )
    one = loan(wordings=("prendre un bouquin à la maison", *(f"autre {n} mot" for n in range(12))))

    problems = [f.problem for f in findings(one, twin)]

    assert any("ressemble à" in problem for problem in problems)
    assert any("presque le même texte" in problem for problem in problems)


def test_a_sous_motif_whose_article_is_missing() -> None:
    content = CheckedContent((LOAN, ROOM), catalogue(), vocabulary(), TODAY)

    problems = [f.problem for f in check_content(content) if f.file == "catalogue.toml"]

    assert problems == ["prets/emprunt/rendre propose « retard », qui n'existe pas"]


def test_a_folder_that_cannot_be_read_is_one_error(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (found,) = check_folder(tmp_path, today=TODAY)

    assert found.level is ContentLevel.ERROR
    assert "vocabulary.toml" in found.problem


def test_the_shipped_content_is_clean_but_for_what_falls_due() -> None:
    found = check_folder(files("knowledge") / "content", today=date(2026, 11, 29))
    due = [one for one in found if "ne sera plus valable" in one.problem]

    assert [str(one) for one in found if one not in due] == []
    assert any("elections-cnracl" in one.file for one in due)
    assert any("ircantec-taux" in one.file for one in due)


def test_thousands_of_empty_lines_after_a_colon_are_looked_through_at_once() -> None:
    assert findings(loan(body=SOUND["body"] + "\n\nIl faut :" + "\n" * 80_000 + "une carte")) == []
