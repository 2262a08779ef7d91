"""Whether what a person reads is French, written by somebody, and not what a machine spat out."""

import re

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
