"""Agreements: how people say yes, typed where going on is the only sensible answer."""

import re

from bot.domain.text import clean, fold_apostrophes, without_accents

AGREEMENT = re.compile(
    r"(oui|ouais?|ui|ok|okay|d'?accord|dac|entendu|parfait|vas[- ]?y|allez[- ]?y|allons[- ]?y|go"
    r"|c'?est (bon|ca|exact|parfait)|c bon|exact|j'?atteste|je confirme)\b.*"
)
RESERVE = re.compile(r"\b(mais|sauf|non|pas|ne|plutot|attendez|erreur)\b|\?")


def agrees(text: str) -> bool:
    """« ok », « oui c'est ça »; not « oui mais je voudrais changer le fonds »."""
    plain = without_accents(fold_apostrophes(clean(text))).casefold().strip()
    return AGREEMENT.fullmatch(plain) is not None and RESERVE.search(plain) is None
