"""Follow-ups: « et pour un contractuel ? », which says nothing without the question before it."""

import re

from bot.domain.text import clean, fold_apostrophes, without_accents

MOST_WORDS = 9
"""Whoever writes more has written a question of its own."""
FOLLOWS_UP = re.compile(
    r"(et|mais|ou)( (alors|donc|sinon|du coup))?,? (pour|si|en|a|au|aux|chez|avec|sans|dans|quand"
    r"|les?|la|l'|une?|des|du|mon|ma|mes|notre|nos|celui|celle|ceux|apres|avant|cette?|ces?|d|m|s)\b.*"
    r"|(idem|pareil|(la )?meme (chose|question)) (pour|en|chez|avec|si|quand)\b.*"
    r"|(pour|chez) (une?|les?|la|l'|des|mon|ma|mes|nos|notre) ?[^ ]+( [^ ]+)? ?\?"
)


def follows_up(text: str) -> bool:
    """Whether a message is the end of a question whose beginning was asked before."""
    plain = without_accents(fold_apostrophes(clean(text))).casefold().strip()
    return len(plain.split()) <= MOST_WORDS and FOLLOWS_UP.fullmatch(plain) is not None


def joined(before: str, text: str) -> str:
    """Both as one question: « quel taux cnracl, et pour un contractuel ? »."""
    return f"{clean(before).rstrip(' ?.!,')}, {clean(text)}"
