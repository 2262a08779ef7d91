"""The shelf: many documents, the best few exactly."""

import random

from knowledge.search.index import Index, QueryTerm
from knowledge.shelf import CAP, Shelf

BASE = Index([{"body": ["livre", "retard"]}, {"body": ["salle"]}], {"body": 1.0})


def asked(*terms: str) -> list[QueryTerm]:
    return [QueryTerm(term, {term: 1.0}) for term in terms]


def test_the_document_that_says_more_of_the_question_is_first() -> None:
    shelf = Shelf([["carte"], ["carte", "perdue"], ["autre"]], BASE, 1.0)

    ranked = shelf.best(asked("carte", "perdue"), 3)

    assert [place for place, _ in ranked] == [1, 0]
    assert ranked[0][1] > ranked[1][1]


def test_an_empty_shelf_and_unknown_words_find_nothing() -> None:
    assert Shelf([], BASE, 1.0).best(asked("carte"), 3) == []
    assert Shelf([["carte"]], BASE, 1.0).best(asked("inconnu"), 3) == []


def test_a_neighbouring_word_counts_less_than_the_word() -> None:
    shelf = Shelf([["carte"], ["badge"]], BASE, 1.0)

    ranked = shelf.best([QueryTerm("carte", {"carte": 1.0, "badge": 0.5})], 2)

    assert [place for place, _ in ranked] == [0, 1]
    assert shelf.holds(1, QueryTerm("carte", {"carte": 1.0, "badge": 0.5}))
    assert not shelf.holds(0, QueryTerm("salle", {"salle": 1.0}))


def test_a_rare_word_is_found_among_thousands_that_share_the_frequent_ones() -> None:
    chance = random.Random(1)
    common = [[f"mot{chance.randrange(5)}" for _ in range(9)] for _ in range(CAP * 4)]
    common[CAP * 3] = ["mot1", "perle", *common[0]]

    ((best, _),) = Shelf(common, BASE, 1.0).best(asked("mot1", "perle"), 1)

    assert best == CAP * 3


def test_a_term_of_the_base_counts_what_it_counts_there() -> None:
    shelf = Shelf([["livre"], ["salle"], ["salle"], ["salle"]], BASE, 1.0)

    (_, livre), (_, salle) = shelf.best(asked("livre"), 1)[0], shelf.best(asked("salle"), 1)[0]

    assert livre == salle
