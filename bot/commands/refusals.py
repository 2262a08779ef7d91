"""Refusals: what is wrong with a command line, said in French, with where to read more.

The library's own words are English, and it knows them from its version of the day: errors are told
apart by their names, which stay.
"""

import re
from typing import Any, Final

import typer

USAGE: Final[type[Exception]] = next(
    kind for kind in typer.BadParameter.mro() if kind.__name__ == "UsageError"
)
"""What the library raises where a command line cannot be read."""

EXPECTED: Final = {
    "integer": "écrivez un nombre entier",
    "number": "écrivez un nombre",
    "format": "écrivez une date, comme 2026-11-23",
    "greater": "il est trop petit",
    "less": "il est trop grand",
    "range": "il est hors des limites",
}
QUOTED: Final = re.compile(r"'([^']*)'")


def explain(error: Any) -> str:
    """One sentence, and the command that says more; nothing where the help was shown instead."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return str(error.message)
    command = error.ctx.command_path if error.ctx is not None else "guichet"
    return f"{_sentence(error)}\nL'aide : {command} --help"


def _sentence(error: Any) -> str:
    match type(error).__name__:
        case "MissingParameter":
            return f"Il manque {_name(error)}."
        case "BadParameter":
            return _unfit(error)
        case "NoSuchOption":
            return f"L'option {error.option_name} n'existe pas."
        case "BadOptionUsage":
            takes_none = "does not take" in error.message
            needs = "ne prend pas de valeur" if takes_none else "demande une valeur"
            return f"L'option {error.option_name} {needs}."
    if "such command" in error.message:
        return f"La commande « {_quoted(error)} » n'existe pas."
    return "Il y a trop de mots dans cette commande."


def _unfit(error: Any) -> str:
    """A value that does not do; where no parameter is named, the words are our own."""
    if error.param is None:
        return f"{error.param_hint or 'Cette commande'} : {error.message}."
    return f"La valeur donnée pour {_name(error)} ne convient pas : {_expected(error)}."


def _name(error: Any) -> str:
    param = error.param
    if param is None:
        return "une valeur"
    options = [one for one in param.opts if one.startswith("-")]
    return options[0] if options else str(getattr(param, "metavar", None) or param.name)


def _expected(error: Any) -> str:
    said = error.message
    if "not one of" in said:
        return f"écrivez {' ou '.join(QUOTED.findall(said.partition('not one of')[2]))}"
    return next((words for word, words in EXPECTED.items() if word in said), "corrigez-la")


def _quoted(error: Any) -> str:
    found = QUOTED.search(error.message)
    return found[1] if found else "?"
