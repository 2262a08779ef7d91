"""Corrections announced: « corriger le prénom », « je me suis trompé de SIRET », « ligne 4 »."""

import re

from bot.domain.text import clean, fold_apostrophes, without_accents

_WANT = (
    r"((non|attendez|pardon|oups|zut)[ ,]+)?"
    r"((je (veux|voudrais|souhaite|dois)|j'?aimerais|il faut) )?"
)
_WRONG = r"(faux|fausse|errone|erronee|mauvaise?|pas (bon|bonne|le bon|la bonne))"
CORRECTION = re.compile(
    rf"{_WANT}(corrig|modifi|chang|rectifi)(er?|ez)( (le|la|les|mon|ma|mes|une?|cette?) .*| l'.*)?"
    rf"|(la )?ligne \d{{1,2}}|.*\b(est|sont) {_WRONG}"
    r"|.*\b(je me suis|me suis|m'?etais) trompee?\b.*|.*\bj'?ai fait une (erreur|faute)\b.*"
    r"|(il y a (une )?)?(erreur|faute) (sur|dans) .*|(non[ ,]+)?(en fait|finalement) .*"
)
BARE = re.compile(r"change")
"""« Changé » is a commune."""


def announces_correction(text: str) -> bool:
    """Whether a message says that something given before is to be corrected."""
    plain = without_accents(fold_apostrophes(clean(text))).casefold().strip(" .!")
    return CORRECTION.fullmatch(plain) is not None and BARE.fullmatch(plain) is None
