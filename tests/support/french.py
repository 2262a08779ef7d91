"""Whether what a person reads is French, written by somebody, and not what a machine spat out."""

import re
from functools import cache
from importlib.resources import files

from bot.channels.formatting import to_plain
from bot.conversation.texts import load_texts
from knowledge import load_knowledge
from knowledge.content_reader import reading

RAW = re.compile(
    r"Traceback|\w+(?:Error|Exception|Warning)\b|<class |object at 0x|\bNone\b|\{\w+\}|__\w+__"
    r"|Errno"
)
"""What stands in errors and nowhere in a sentence."""
ENGLISH = re.compile(
    r"\b(?:the|is|are|was|not|must|should|cannot|invalid|expected|unexpected|missing|required"
    r"|unable|failed|unknown|value|input|argument|given|found|such|of|and|or|with|for|an?)\b",
    re.IGNORECASE,
)
FRENCH = re.compile(
    r"\b(?:le|la|les|un|une|de|des|du|est|sont|il|elle|votre|vous|ne|pas|au|aux|ce|cette|rien|en"
    r"|à|dans|pour|par|sur|et|ou|qui|n'existe|d'une?|plus|doit)\b",
    re.IGNORECASE,
)
QUOTED = re.compile(r"« [^»]*»|« [^»]*»|\([A-Z]\w+(?:, voyez[^)]*)?\)|https?://\S+|\S+/\S+")
"""What somebody typed may be in any language; an error's name, addresses, paths are in none."""


def strange_in(words: str) -> list[str]:
    """What does not belong into a French sentence; empty for a good one."""
    plain = QUOTED.sub(" ", words)
    found = [one[0] for one in RAW.finditer(plain)]
    found += [one[0] for one in ENGLISH.finditer(plain) if one[0] not in ("a", "an", "A")]
    return found if FRENCH.search(plain) else [*found, f"no French: {words[:80]}"]


def is_of_the_house(words: str) -> bool:
    """Whether a message of the conversation is made of the sentences of texts and content."""
    known = any(piece in words for pieces in (_pieces(), _content()) for piece in pieces)
    return known and not RAW.search(QUOTED.sub(" ", words))


@cache
def _pieces() -> frozenset[str]:
    """What is long enough, between the places of each text, to be told again by it."""
    lines = (line for words in load_texts().values() for line in words.splitlines())
    parts = (part.strip() for line in lines for part in re.split(r"\{\w+\}", to_plain(line)))
    return frozenset(part for part in parts if len(part) > 12)


@cache
def _content() -> frozenset[str]:
    """What the answers to small talk and the articles say, line by line."""
    base = load_knowledge()
    bodies = (line for article in base.articles.values() for line in article.body.splitlines())
    with reading(files("knowledge") / "content" / "intents.toml") as tables:
        replies = [row["answer"] for name in ("talk", "elsewhere", "self") for row in tables[name]]
    plain = (to_plain(line).strip() for line in (*bodies, *replies))
    return frozenset(line for line in plain if len(line) > 12)
