"""New articles and wordings, and the unanswered questions they should answer."""

import pytest

from knowledge import KnowledgeBase
from knowledge.articles import Kind, parse_article
from knowledge.tools.editing import ArticleDraft, free_code, group_gaps, new_article, with_wording

DRAFT = ArticleDraft(
    slug="carte-perdue",
    title="Carte perdue, la « refaire »",
    kind=Kind.AIDE,
    theme="prets",
    sous_motifs=("prets/emprunt/emprunter",),
)


def test_a_new_article_can_be_read_at_once(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / DRAFT.path
    file.parent.mkdir(parents=True)
    file.write_text(new_article(DRAFT, taken_codes=()), encoding="utf-8")

    read = parse_article(file)

    assert (read.slug, read.title, read.kind) == ("carte-perdue", DRAFT.title, Kind.AIDE)
    assert read.sous_motifs == DRAFT.sous_motifs


def test_a_code_is_never_used_twice() -> None:
    first = free_code("carte-perdue", ())

    second = free_code("carte-perdue", (first,))

    assert first == free_code("carte-perdue", ())
    assert first != second


def test_wordings_are_added_at_the_end_of_their_list(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = new_article(DRAFT, taken_codes=())
    file = tmp_path / "carte-perdue.md"

    file.write_text(
        with_wording(with_wording(text, "j'ai perdu ma carte"), "carte « volée »"), encoding="utf-8"
    )

    assert parse_article(file).wordings == ("j'ai perdu ma carte", "carte « volée »")


def test_a_file_without_wordings_is_refused() -> None:
    with pytest.raises(ValueError, match="wordings"):
        with_wording("+++\n+++\n", "une question")


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
