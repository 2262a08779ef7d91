"""How a French word sounds, roughly: « koment » and « comment » are nearly one."""

import re
from functools import lru_cache

_SPOKEN = (
    ("s?ch", "1"),
    ("ph", "f"),
    ("gn", "2"),
    ("h", ""),
    ("eau|au", "o"),
    ("ou", "3"),
    ("[ae][mn](?![aeiouymnh])", "4"),
    ("(?:[ae]?i|y)[mn](?![aeiouymnh])", "5"),
    ("o[mn](?![aeiouymnh])", "6"),
    ("[ae]i", "e"),
    ("qu|k|c(?![eiyh])", "k"),
    ("c|(?<=[aeiouy])z", "s"),
    ("g(?=[eiy])", "j"),
    ("y", "i"),
    ("x", "ks"),
)
"""Letters, and one sign for what is heard: 1 to 6 are ch, gn, ou, an, in, on."""
_HEARD = tuple(heard for _, heard in _SPOKEN)
_LETTERS = re.compile("|".join(f"({letters})" for letters, _ in _SPOKEN))
_DOUBLE = re.compile(r"(.)\1+")
_SILENT = re.compile(r"(?<=..)(?:e(?:[rsz]|4t|nt)?s?|(?:(?<![stdp])|(?<=^..))[stdp]++)$")
"""Endings that are not heard, or all heard as « é »."""


@lru_cache(maxsize=20_000)
def sound(word: str) -> str:
    """A folded word as it is heard; its endings, which stems leave out as well, are left out."""
    spoken = _LETTERS.sub(lambda match: _HEARD[(match.lastindex or 1) - 1], word)
    return _SILENT.sub("", _DOUBLE.sub(r"\1", spoken))
