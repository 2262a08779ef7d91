"""Questions in return: what is typed where an answer is awaited, and asks something instead."""

import re

from bot.domain.text import clean, fold_apostrophes, without_accents

_MEANING = r"c'?est (quoi|koi)|c (quoi|koi)|k[eé]sako|keske|qu'?est[- ]ce|(que|ca) veut dire"
_PLACE = r"ou (est|je|on|se|puis|peut|trouver?|c'?est)"
ASKS_BACK = re.compile(rf"({_MEANING}|{_PLACE})\b")
"""What no answer begins with, be it ever so free."""

ASKS = re.compile(
    rf"({_MEANING}|comment|pourquoi|combien|quand|quel(le)?s?|qui|ou|est[- ]ce que|a quoi"
    r"|je ne (sais|comprends|trouve)|j'?(ai|en ai) pas compris|faut[- ]il|dois[- ]je|peut[- ]on"
    r"|puis[- ]je)\b"
)


def asks_back(text: str) -> bool:
    """« c koi le contrat » is asked back, whatever could be an answer there."""
    plain = _plain(text)
    return plain.endswith("?") or ASKS_BACK.match(plain) is not None


def asks_meaning_alone(text: str) -> bool:
    """« c koi », « c'est quoi ça ? »: what is meant stands above."""
    return re.fullmatch(rf"({_MEANING})( (ca|cela))?[ ?]*", _plain(text)) is not None


def reads_like_a_question(text: str) -> bool:
    """Whether what could not be read as an answer asks something."""
    plain = _plain(text)
    return plain.endswith("?") or ASKS.match(plain) is not None


def _plain(text: str) -> str:
    return without_accents(fold_apostrophes(clean(text))).casefold()
