"""Asking the library: what is found, what explains it, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.library import ARTICLES, LOAN, article, catalogue, library

from knowledge import Kind, KnowledgeBase, Reason, Verdict
from knowledge.search.language import LONGEST_TEXT

LIBRARY = library()


def found(question: str) -> str:
    return LIBRARY.search(question).hits[0].slug


@pytest.mark.parametrize(
    ("question", "slug"),
    [
        ("prendre un bouquin", "emprunter"),
        ("quelle penalite de retar", "retard"),
        ("RESERVER LA SALLE", "salle"),
        ("j’ai une amende", "retard"),
        ("sale de travial", "salle"),
    ],
)
def test_a_question_finds_its_article(question: str, slug: str) -> None:
    assert found(question) == slug


def test_a_hit_says_what_found_it() -> None:
    near, far = LIBRARY.search("pénalité de retard").hits[0], LIBRARY.search("euro").hits[0]

    assert str(near.why) == "« pénalité de retard »"
    assert far.why.words == ("euro",)
    assert str(far.why) == "euro"


def test_a_repaired_question_is_shown_with_its_accents() -> None:
    assert LIBRARY.search("une pénalté de retardd").corrected == "une pénalité de retard"
    assert LIBRARY.search("une pénalité de retard").corrected is None


def test_the_passage_is_the_answer_unless_another_paragraph_says_more() -> None:
    assert LIBRARY.search("emprunter un livre").hits[0].passage == LOAN.answer
    children = LIBRARY.search("emprunter carte gratuite enfants").hits[0]
    assert children.passage == "La carte est gratuite pour les enfants."


def test_equals_are_shown_in_the_order_of_their_kinds() -> None:
    twins = [
        article(kind.value, "Prix de la carte", "Gratuite.", kind=kind) for kind in reversed(Kind)
    ]

    hits = library(*twins).search("prix de la carte").hits

    assert [hit.kind for hit in hits] == list(Kind)


def test_hits_are_ranked_and_limited_also_when_nothing_is_sure() -> None:
    result = LIBRARY.search("livre de cuisine pour la piscine", limit=2)

    assert result.verdict is Verdict.NOTHING
    assert len(result.hits) == 2
    assert result.hits[0].score >= result.hits[1].score


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Bonjour", Reason.GREETING),
        ("bonjuor !", Reason.GREETING),
        ("merci beaucoup", Reason.THANKS),
        ("Bonjour, c'est nul", Reason.INSULT),
        ("horaires de la piscine", Reason.ELSEWHERE),
        ("je suis auteur et je voudrais publier", Reason.SELF),
        ("", Reason.EMPTY),
        ("👍", Reason.EMPTY),
        ("?!…", Reason.EMPTY),
        ("de la", Reason.EMPTY),
        ("vélodrome", Reason.UNKNOWN),
    ],
)
def test_what_is_not_for_the_library_is_refused_with_its_reason(
    message: str, reason: Reason
) -> None:
    result = LIBRARY.search(message)

    assert (result.verdict, result.reason) == (Verdict.NOTHING, reason)
    assert not result.confident


def test_a_refusal_says_where_to_go() -> None:
    result = LIBRARY.search("un maillot de bain neuf")

    assert (result.intent, result.redirect) == ("piscine", "La piscine est en face.")


def test_an_author_who_asks_as_a_reader_is_no_other_s_business() -> None:
    assert LIBRARY.search("je suis auteur et lecteur en retard").reason is not Reason.SELF


@pytest.mark.parametrize(
    "message", ["merci mais pas la réponse", "merci, c'est quand la réponse ?", "la réponse"]
)
def test_thanks_beside_a_question_or_an_objection_are_no_thanks(message: str) -> None:
    assert LIBRARY.search(message).reason is not Reason.THANKS


def test_thanks_for_something_are_thanks() -> None:
    assert LIBRARY.search("merci pour la réponse").reason is Reason.THANKS


def test_blunt_words_are_heard_whatever_stands_beside_them() -> None:
    assert LIBRARY.search("mais c'est nul").reason is Reason.INSULT


@pytest.mark.parametrize(
    ("message", "intent"),
    [
        ("mon mari est mort", "deuil"),
        ("je suis auteur et ma femme est décédée", "deuil"),
        ("je suis auteur", "auteur"),
        ("je suis auteur, un lecteur demande mon livre", None),
    ],
)
def test_people_who_ask_for_themselves_get_their_own_sentence(
    message: str, intent: str | None
) -> None:
    result = LIBRARY.search(message)

    assert (result.intent if result.reason is Reason.SELF else None) == intent


def test_the_name_of_what_is_ours_outweighs_another_service_s_word() -> None:
    alone = LIBRARY.search("piscine en retard")
    named = LIBRARY.search("carte de lecteur oubliée à la piscine, livre en retard")

    assert alone.reason is Reason.ELSEWHERE
    assert named.confident


def test_a_cited_text_is_enough_for_an_answer() -> None:
    assert LIBRARY.search("L. 161-22").verdict is Verdict.FOUND


def test_hits_far_behind_the_best_are_ranked_but_not_worth_showing() -> None:
    result = LIBRARY.search("pénalité de retard pour un livre")

    assert len(result.hits) == 2
    assert result.shown == 1


def test_a_forgotten_apostrophe_is_put_back() -> None:
    assert LIBRARY.search("le pri de lamende").corrected == "le pri de l'amende"


def test_a_greeting_before_a_question_is_no_greeting() -> None:
    assert LIBRARY.search("Bonjour, quelle pénalité de retard ?").reason is not Reason.GREETING


@given(st.text(max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    result = LIBRARY.search(text)

    assert len(result.hits) <= 3
    assert result.confident == (result.verdict is not Verdict.NOTHING)


def test_only_the_beginning_of_a_text_without_end_is_read() -> None:
    assert LIBRARY.search("retard " + "x" * LONGEST_TEXT * 20).hits[0].slug == "retard"


def test_the_sous_motif_of_the_best_article_is_suggested_first() -> None:
    best, *_ = LIBRARY.suggest("pénalité de retard")

    assert best.path == "prets/emprunt/rendre"
    assert len(LIBRARY.suggest("livre", limit=1)) == 1


def test_a_label_alone_is_enough_for_a_suggestion() -> None:
    assert LIBRARY.suggest("prolonger")[0].path == "prets/emprunt/rendre"


def test_articles_are_looked_up_by_slug_code_and_sous_motif() -> None:
    rendre = catalogue().sous_motifs[1]

    assert LIBRARY.article("retard") is LIBRARY.article_by_code("retard") is ARTICLES[1]
    assert LIBRARY.article("inconnu") is None
    assert [one.slug for one in LIBRARY.articles_of(rendre)] == ["retard", "emprunter"]


def test_the_main_articles_of_a_theme_are_those_proposed_most() -> None:
    assert [one.slug for one in LIBRARY.main_articles("prets", limit=2)] == ["emprunter", "retard"]
    assert LIBRARY.main_articles("inconnu") == ()


@pytest.mark.parametrize("question", ["taux", "quel taux", "tx"])
def test_one_usual_word_leads_to_what_has_it_as_a_wording(
    question: str, knowledge: KnowledgeBase
) -> None:
    found = knowledge.search(question)

    assert found.verdict is Verdict.CLOSE
    assert found.hits[0].slug == "taux-contribution-cnracl-2025-2028"
