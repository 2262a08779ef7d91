"""Reasons: what is wrong with the value of a setting, said in French."""

from collections.abc import Mapping
from typing import Any, Final

WORDS: Final[Mapping[str, str]] = {
    "int": "écrivez un nombre entier",
    "float": "écrivez un nombre, avec un point",
    "bool": "écrivez true ou false",
    "path": "écrivez le chemin d'un dossier",
    "string": "écrivez un texte",
    "tuple": "écrivez des valeurs séparées par des virgules",
}
"""By the beginning of the validating library's name for it."""
BOUNDS: Final[Mapping[str, str]] = {
    "ge": "au moins",
    "gt": "plus de",
    "le": "au plus",
    "lt": "moins de",
}


def reason(error: Mapping[str, Any]) -> str:
    """From one of the errors that the library lists; nothing of the value is repeated."""
    kind, told = str(error["type"]), error.get("ctx", {})
    if kind == "value_error":
        return str(told["error"])
    if kind == "enum":
        return f"écrivez {str(told['expected']).replace(' or ', ' ou ')}"
    for name, words in BOUNDS.items():
        if name in told:
            return f"écrivez un nombre, {words} {told[name]}"
    return WORDS.get(kind.partition("_")[0], "cette valeur ne se lit pas")
