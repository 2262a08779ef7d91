"""French text as people type it: its words and their stems.

Accents are folded *before* stemming, because half of the questions come without any.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import Stemmer

LONGEST_TEXT = 4_000
"""Characters of a text that are read; a question says what it is about well before."""

MONTHS = (
    *("janvier", "fevrier", "mars", "avril", "mai", "juin"),
    *("juillet", "aout", "septembre", "octobre", "novembre", "decembre"),
)
VOWELS = tuple("aeiouyh")
"""Before them a word is elided."""
ELIDED = ("l", "d", "j", "qu", "n", "s", "m", "c", "t")
"""What people glue to the next word when they leave the apostrophe out: « lati », « dun »."""

_ONE_SPELLING = {**dict.fromkeys("’ʼ‘´`′", "'"), "œ": "oe", "æ": "ae"}
_SPECIAL = re.compile(f"[{''.join(_ONE_SPELLING)}]")
_PEPS = re.compile(r"\bpep ?' ?s\b|\bpep s\b")
_UNSEEN = re.compile(
    r"[\u0300-\u036f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_NUMBER_SIGN = re.compile(r"\bn ?[°º]s? ?")
_DIGIT = re.compile(r"[0-9°º]")
_DECIMAL = re.compile(r"(?<=\d)[,.](?=\d)")
_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}\b)")
_WORD = re.compile(
    r"(?:\b(?:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu)'(?=\w))*([a-z]+(?:[0-9][a-z0-9]*)?|\d+(?:\.\d+)*)"
)
"""A word less what is elided before it."""

_FEMININE = re.compile(r"(?<=[a-z]{2})(?:(?<=e)e|(?<=ier)e)s?$")
_INFLECTIONS = (
    (
        "er",
        ("e", "es", "ent", "ez", "ons", "a", "ait", "aient", "ant", "ee", "ees", "era", "eront"),
    ),
    ("", ("s", "x", "e", "es")),
    ("al", ("aux",)),
)
_SHORTEST_FORM = 6
"""Shorter words are known as they stand or not at all: « ares » is no plural, it is « après »."""

NO_STEM = frozenset({"mars"})
"""Words that would share a stem with another matter's: « mars » and « marié »."""

_stemmer = Stemmer.Stemmer("french", maxCacheSize=0)


def fold(text: str) -> str:
    """Lower case, no accents, straight apostrophes, plain spaces, « peps » for every PEP's."""
    plain = text[:LONGEST_TEXT].lower()
    if not plain.isascii():
        plain = _SPECIAL.sub(lambda mark: _ONE_SPELLING[mark[0]], plain)
        plain = _UNSEEN.sub("", unicodedata.normalize("NFKD", plain))
    folded = " ".join(plain.split())
    return _PEPS.sub("peps", folded) if "pep" in folded else folded


def words_of(text: str) -> list[str]:
    """The words of a text, without what is elided: « l'âge à 62,5 ans » → age, a, 62.5, ans."""
    folded = fold(text)
    if _DIGIT.search(folded):
        folded = _THOUSANDS.sub("", _NUMBER_SIGN.sub("numero ", folded))
        folded = _DECIMAL.sub(".", folded)
    return [word for token in folded.split() for word in _words_in(token)]


@lru_cache(maxsize=2_048)
def _words_in(token: str) -> tuple[str, ...]:
    """The words of what stands between spaces: most of it was seen before."""
    return tuple(_WORD.findall(token))


@lru_cache(maxsize=2_048)
def stem(word: str) -> str:
    """The stem of a folded word; numbers and codes stay as they are.

    Without their accents, « cotisée », « cotisé » and « cotiser » (and « radié », « radier »)
    would get stems of their own from Snowball: the feminine is taken off before it, a last « i
    » after it.
    """
    if not word.isalpha() or word in NO_STEM:
        return word
    found: str = _stemmer.stemWord(_FEMININE.sub("", word))
    return found[:-1] if len(found) > 3 and found[-1] == "i" else found


def other_forms(word: str) -> Iterator[str]:
    """What a folded word may be a form of: « rythmes » → rythme, « fusionnent » → fusionner …"""
    if len(word) < _SHORTEST_FORM:
        return
    for basic, endings in _INFLECTIONS:
        for ending in endings:
            if word.endswith(ending):
                yield word[: -len(ending)] + basic
