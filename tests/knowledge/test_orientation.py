"""The right desk: what is another service's business is sent there, and ours stays ours."""

from collections.abc import Iterator
from pathlib import Path
from time import process_time

import pytest

from knowledge import KnowledgeBase, Verdict, load_knowledge
from knowledge.base import content_folder
from knowledge.content_reader import ContentError
from knowledge.departements import centre_named_in, load_departements
from knowledge.orientation import load_orientations
from knowledge.tools.evaluation import DeskRow, evaluate, load_cases

FOLDER = Path(__file__).parent


@pytest.fixture(scope="module")
def base() -> KnowledgeBase:
    return load_knowledge()


def desks(base: KnowledgeBase, file: str, *, noise: bool = False) -> dict[str, DeskRow]:
    report = evaluate(base, load_cases(FOLDER / file), clock=process_time, noise=noise)
    return {row.group: row for row in report.desks}


@pytest.mark.parametrize("noise", [False, True])
def test_questions_for_others_are_sent_on(base: KnowledgeBase, noise: bool) -> None:
    """On questions that no wording was made from."""
    near = desks(base, "near_unseen.jsonl", noise=noise)["near"]
    assert near.right.value >= (0.6 if noise else 0.75)
    assert near.found.value <= 0.08
    assert near.sent_on.value >= (0.8 if noise else 0.85)


def test_our_own_questions_stay_ours(base: KnowledgeBase) -> None:
    rows = desks(base, "questions.jsonl")
    assert rows["answerable"].first.value <= 0.03
    assert rows["off topic"].sent_on.value >= 0.85


@pytest.mark.parametrize("asked", ["et pr un contractuel", "un mot très reconnaissable", "agent"])
def test_one_usual_word_is_nobody_elses_business(base: KnowledgeBase, asked: str) -> None:
    assert base.search(asked).orientation is None


def test_beside_another_service_nothing_is_sure(base: KnowledgeBase) -> None:
    for case in load_cases(FOLDER / "near_unseen.jsonl"):
        found = base.search(case.question)
        assert found.orientation is None or found.verdict is not Verdict.FOUND


def test_the_centre_de_gestion_is_found_by_its_departement(base: KnowledgeBase) -> None:
    oriented = base.search("quel est le centre de gestion du Morbihan").orientation
    assert oriented is not None
    assert oriented.first
    assert "CDG 56" in oriented.answer


@pytest.mark.parametrize(
    ("typed", "centre"),
    [
        ("cdg 35", "CDG 35"), ("CDG de l'Ille et Vilaine", "CDG 35"), ("mairie 35000", "CDG 35"),
        ("cdg haute loire", "CDG 43"), ("cdg 2a", "CDG 2A"), ("20200 bastia", "CDG 2B"),
        ("97400", "CDG 974"), ("cdg 92", "CIG de la petite"), ("95", "CIG de la grande"),
        ("cdg 2027", ""), ("cdg", ""),
    ],
)  # fmt: skip
def test_a_departement_is_known_by_name_number_and_postcode(typed: str, centre: str) -> None:
    found = centre_named_in(typed)
    assert centre in found
    assert bool(found) is bool(centre)


def test_every_departement_has_a_centre() -> None:
    assert len(load_departements()) == 101
    assert all(map(centre_named_in, load_departements().values()))


def entries() -> Iterator[Path]:
    yield from (content_folder() / "orientation").glob("*.md")


@pytest.mark.parametrize("path", list(entries()), ids=lambda path: path.stem)
def test_every_entry_says_who_where_and_what_is_ours(path: Path) -> None:
    one = next(one for one in load_orientations(path.parents[1]) if one.code == path.stem)
    assert len(one.title) <= 60
    assert any(ours in one.answer for ours in ("Chez nous", "chez nous", "Guichet aide"))
    assert len(set(one.wordings)) == len(one.wordings) >= 6
    assert (one.source is None) == (one.read_on is None)


def test_an_entry_that_lacks_something_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "orientation"
    folder.mkdir()
    (folder / "x.md").write_text('+++\ncode = "x"\n+++\n\nTexte.\n', encoding="utf-8")
    with pytest.raises(ContentError, match="title"):
        load_orientations(tmp_path)
