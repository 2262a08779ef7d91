"""Evasions: words that say one has no answer, typed where an answer is awaited."""

import re

from bot.domain.text import clean, fold_apostrophes, without_accents

EVASION = re.compile(
    r"(j[e']?\s*(ne |n')?(l'?|le |la |les |en )?(ai|sais|connais|trouve|retrouve)"
    r" (pas|plus|aucune?)\b.*"
    r"|j'?ai (pas|plus|aucune?)\b.*"
    r"|je (l'?|le |la )?(ai|sais|connais|trouve) (pas|plus)\b.*"
    r"|(je )?sais (pas|plus)\b.*"
    r"|pas (de |d'|le |la |son |sa )[^\d]{1,30}"
    r"|jsp|jsais pas|chais pas|nsp|aucune? idee|inconnue?|aucune?"
    r"|non( merci)?|pas besoin|rien|neant|nc|n/a|\?+|-+|x+)"
)


POLITENESS = re.compile(
    r"((oui|ok|okay|d'?accord|merci|beaucoup|bien|bonjour|bonsoir|svp|stp|parfait|entendu|a vous)"
    r"[ ,]*)+"
)
NAMES_TOO = ("merci", "bonjour", "parfait")
"""Words of politeness that are somebody's name."""


def is_polite(text: str, *, may_be_name: bool = False) -> bool:
    """« merci beaucoup », « ok »: no answer to anything; « Bonjour » alone may be a name."""
    plain = without_accents(fold_apostrophes(clean(text))).casefold().strip(" .!")
    if may_be_name and plain in NAMES_TOO:
        return False
    return POLITENESS.fullmatch(plain) is not None


def is_evasive(text: str) -> bool:
    """« je ne l'ai pas », « jsp », « aucun »: no value for any field."""
    plain = without_accents(fold_apostrophes(clean(text))).casefold().strip(" .!")
    return EVASION.fullmatch(plain) is not None
