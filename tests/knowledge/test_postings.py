"""Documents by term, in arrays."""

from hypothesis import given
from hypothesis import strategies as st

from knowledge.search.index import Postings

TERMS = st.sampled_from("abcdefgh")
DOCUMENTS = st.lists(st.dictionaries(TERMS, st.floats(0.1, 9.0)), max_size=12)


@given(DOCUMENTS)
def test_they_tell_what_the_documents_told(documents: list[dict[str, float]]) -> None:
    postings = Postings(documents)

    for term in "abcdefgh":
        told = [(n, document[term]) for n, document in enumerate(documents) if term in document]
        places, parts = postings.parts(term)
        assert list(zip(places, parts, strict=True)) == told
        assert list(postings.places(term)) == [place for place, _ in told]
        assert postings.frequency(term) == len(told)
        assert (term in postings) == bool(told)


def test_a_term_that_nobody_wrote_is_nowhere() -> None:
    postings = Postings([{"livre": 1.0}])

    assert not postings.places("salle")
    assert postings.parts("salle") == (postings.places("salle"), postings.places("salle"))
