"""New articles and new wordings."""

import pytest

from knowledge.articles import Kind, parse_article
from knowledge.tools.editing import ArticleDraft, free_code, new_article, with_wording

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
