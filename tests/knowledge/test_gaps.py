"""Questions that found no answer: nothing personal in them, grouped, with a wording to add."""

from knowledge import KnowledgeBase
from knowledge.tools.editing import group_gaps


def test_like_questions_are_one_gap_with_the_nearest_article(knowledge: KnowledgeBase) -> None:
    asked = ["mot de passe oublié", "agent décédé", "mot de passe PEP's oublié"]

    first, second = group_gaps(asked, knowledge)

    assert (first.weight, second.weight) == (2, 1)
    assert first.nearest == "peps-mot-de-passe-blocage"


def test_the_wording_to_add_is_whole_and_the_shortest(knowledge: KnowledgeBase) -> None:
    (gap,) = group_gaps(["mon agent … a perdu son badge", "agent a perdu son badge"], knowledge)

    assert gap.wording == "agent a perdu son badge"


def test_what_was_left_out_leaves_no_mark_in_the_wording(knowledge: KnowledgeBase) -> None:
    kept = knowledge.impersonal("mme Bertrand n'a pas reçu son code, kevin.dupont@mairie.fr")

    (gap,) = group_gaps([kept], knowledge)

    assert "ertrand" not in kept
    assert "upont" not in kept
    assert "…" not in gap.wording
    assert "code" in gap.wording
