"""Départements, and the centre de gestion of each.

One centre a département, two for the Île-de-France (CIG of the petite and of the grande couronne),
none for Paris, whose staff has a status of its own (CGFP, articles L. 452-1 and following).
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import tomli

from knowledge.search.language import fold

PETITE_COURONNE: Final = "le CIG de la petite couronne (92, 93, 94)"
GRANDE_COURONNE: Final = "le CIG de la grande couronne (78, 91, 95)"
PARIS: Final = "la direction des ressources humaines de la Ville de Paris (75)"
_NUMBER: Final = re.compile(r"\b(?:2[AB]|\d{5}|\d{2,3})\b", re.IGNORECASE)
_POSTCODE: Final = 5
_CORSICA: Final = {"200": "2A", "201": "2A", "202": "2B", "206": "2B"}
"""The départements of Corsica by the beginning of a postcode."""


@cache
def load_departements() -> Mapping[str, str]:
    """The names by number, « 35 », « 2A », « 974 »."""
    content = files("knowledge") / "content" / "departements.toml"
    return tomli.loads(content.read_text(encoding="utf-8"))


def centre_of(number: str) -> str:
    """The centre de gestion of a département."""
    if number in {"92", "93", "94"}:
        return PETITE_COURONNE
    if number in {"78", "91", "95"}:
        return GRANDE_COURONNE
    if number == "75":
        return PARIS
    return f"le centre de gestion du département {load_departements()[number]} (CDG {number})"


def centre_named_in(text: str) -> str:
    """The French name of the centre de gestion of the département that a text names.

    By name (« Morbihan »), number (« 56 ») or postcode (« 56000 »); empty where it names none.
    """
    words = f" {_words(text)} "
    names = load_departements()
    named = [number for number, name in names.items() if f" {_words(name)} " in words]
    if named:  # « Haute-Loire » names the Loire too
        return centre_of(max(named, key=lambda number: len(names[number])))
    for found in _NUMBER.finditer(text):
        number = found[0].upper()
        if len(number) == _POSTCODE:
            begins = number[:3]
            number = _CORSICA.get(begins, begins if begins in names else number[:2])
        if number in names:
            return centre_of(number)
    return ""


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z]+", fold(text)))
