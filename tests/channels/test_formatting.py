"""Markup: what must not be cut is not, lengths hold, and nothing typed is ever taken for markup."""

import html

from hypothesis import given
from hypothesis import strategies as st

from bot.channels import formatting
from bot.conversation.texts import Markdown, escape, fill, text
from knowledge import KnowledgeBase

LIMIT = 4096


def test_every_article_goes_out_in_parts_that_fit_and_steps_stay_whole(
    knowledge: KnowledgeBase,
) -> None:
    for article in knowledge.articles.values():
        blocks = formatting.blocks(article.body)
        for limit in (LIMIT, 400):
            parts = list(formatting.pack(blocks, limit=limit, size=formatting.utf16_units))
            sizes = [formatting.utf16_units("\n".join(part)) for part in parts]
            assert max(sizes) <= limit
            if max(map(formatting.utf16_units, blocks)) <= limit:
                packed = [block for part in parts for block in part]
                assert [b.strip("\n") for b in packed] == [b.strip("\n") for b in blocks]


def test_steps_and_headings_are_blocks_of_their_own() -> None:
    source = "Une phrase\nqui continue.\n\n## Titre\n\n1. Un\n   suite\n2. Deux\n- trois"
    assert formatting.blocks(source) == [
        "Une phrase\nqui continue.",
        "\n## Titre",
        "\n1. Un\n   suite",
        "2. Deux",
        "- trois",
    ]


def test_a_link_is_tagged_and_its_address_stands_in_plain_words() -> None:
    assert formatting.to_plain("- [L. 12](https://example.org/a) puis") == (
        "- L. 12 : https://example.org/a puis"
    )
    assert formatting.to_html("- [L. 12](https://example.org/a?b=1&c=2) puis") == (
        '- <a href="https://example.org/a?b=1&amp;c=2">L. 12</a> puis'
    )
    assert "<a" not in formatting.to_html(escape("[payez ici](https://example.org/piege)"))


def test_bold_and_headings_are_tagged() -> None:
    assert formatting.to_html("## Un & deux") == "<b>Un &amp; deux</b>"
    assert formatting.to_html("du **gras** ici") == "du <b>gras</b> ici"
    assert formatting.to_plain("du **gras** ici") == "du gras ici"


@given(st.text(max_size=300))
def test_whatever_is_typed_comes_out_as_text(typed: str) -> None:
    shown = fill(text("answer.value", value=typed))
    assert formatting.to_plain(shown).strip("\n") == typed.strip("\n")
    tagged = formatting.to_html(shown)
    assert "<" not in tagged.replace("&lt;", "")
    assert html.unescape(tagged).strip("\n") == typed.strip("\n")


@given(st.text(alphabet="abc é😀\n- 1.*#", max_size=600), st.integers(20, 80))
def test_packing_loses_nothing_and_keeps_the_limit(source: str, limit: int) -> None:
    parts = list(
        formatting.pack(formatting.blocks(source), limit=limit, size=formatting.utf16_units)
    )
    for part in parts:
        assert formatting.utf16_units("\n".join(part)) <= limit
    kept = "".join("".join(part) for part in parts)
    assert "".join(kept.split()) == "".join(source.split())


def test_trusted_markdown_keeps_its_markup_and_values_lose_theirs() -> None:
    filled = fill(text("aside.article", title=escape("x"), answer=Markdown("**oui**")))
    assert "**oui**" in filled
    assert "\\*" in fill(text("answer.value", value="**non**"))
