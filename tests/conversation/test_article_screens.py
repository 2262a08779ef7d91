"""Every article on a phone: a first screen of 900 characters, the rest in a tap, named sources."""

import re

from support.talking import Talk

from bot.channels.formatting import blocks, segments
from bot.conversation.screens.search import (
    FIRST_SCREEN,
    article_beginning,
    article_rest,
    article_text,
)
from bot.conversation.texts import Text, fill
from knowledge import KnowledgeBase

LONGEST_TITLE = 60


def seen(shown: Text) -> str:
    """As Telegram shows it: an address stands behind its name."""
    return "\n".join("".join(one.words for one in segments(block)) for block in blocks(fill(shown)))


def test_a_first_screen_fits_a_phone(knowledge: KnowledgeBase) -> None:
    longest = {slug: len(seen(article_beginning(one))) for slug, one in knowledge.articles.items()}
    assert len(longest) >= 185
    assert {slug: size for slug, size in longest.items() if size > FIRST_SCREEN} == {}
    assert [
        one.title for one in knowledge.articles.values() if len(one.title) > LONGEST_TITLE
    ] == []


def test_nothing_is_lost_between_the_first_screen_and_the_rest(knowledge: KnowledgeBase) -> None:
    for article in knowledge.articles.values():
        begun, rest = article_beginning(article), article_rest(article)
        whole = seen(article_text(article)).split()
        parts = [*seen(begun).split(), *seen(rest).split()]
        assert whole in (parts, seen(begun).split()), article.slug


def test_sources_are_links_with_their_site_and_date(knowledge: KnowledgeBase) -> None:
    for article in knowledge.articles.values():
        assert not re.search(r"https?://", seen(article_text(article))), article.slug
        lines = [block for block in blocks(fill(article_text(article))) if "](http" in block]
        named = [one for line in lines for one in segments(line) if one.address]
        assert len(named) >= len(article.sources), article.slug


def test_the_rest_is_one_tap_away(talk: Talk) -> None:
    first = talk.say("mot de passe oublié") and talk.press("Lire 1")
    assert "Sources" not in first
    rest = talk.press("Lire la suite")
    assert "politiques-sociales.caissedesdepots.fr](" in rest
    assert "Lire la suite" not in talk.labels
    assert "Avec plaisir" in talk.say("merci")
