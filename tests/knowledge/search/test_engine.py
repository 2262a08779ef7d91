"""The inverted index: documents by term, weights of words in documents."""

from knowledge.search.engine import Index
from knowledge.search.query import QueryTerm

DOCUMENTS = [
    {"title": ["livre", "retard"], "body": ["euro", "semaine"]},
    {"title": ["salle"], "body": ["livre", "calme", "calme"]},
    {"title": ["carte"], "body": ["gratuite"]},
]


def index() -> Index:
    return Index(DOCUMENTS, {"title": 2.0, "body": 1.0})


def word(term: str) -> QueryTerm:
    return QueryTerm(term, {term: 1.0})


def test_a_word_of_the_title_weighs_more_than_one_of_the_body() -> None:
    scores = index().scores([word("livre")])

    assert scores.keys() == {0, 1}
    assert scores[0] > scores[1]


def test_a_rare_word_tells_more_than_a_usual_one() -> None:
    assert index().weight(word("carte")) > index().weight(word("livre"))


def test_a_word_that_nobody_wrote_tells_most() -> None:
    assert index().weight(word("piscine")) > index().weight(word("carte"))
    assert index().scores([word("piscine")]) == {}


def test_words_that_may_stand_for_one_count_once() -> None:
    either = QueryTerm("bouquin", {"livre": 1.0, "retard": 0.3})

    assert index().scores([either])[0] == index().scores([word("livre")])[0]


def test_coverage_is_the_share_of_the_question_a_document_holds() -> None:
    held = index().coverage([word("livre"), word("retard")])

    assert held[0] == 1
    assert 0 < held[1] < 0.5


def test_an_empty_index_answers_nothing() -> None:
    assert Index([], {"title": 1.0}).scores([word("livre")]) == {}
