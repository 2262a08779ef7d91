"""The help pages and usage errors of the commands in French.

The library's own words are English. Those of its pages are translated where a page is laid out, so
that columns stay columns; its errors are told apart by their class names, which stay. Whatever a
later version says otherwise stays English, and a test finds it. Kept apart from `common`, so that
`guichet --help` loads nothing of the application.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import typer
from typer.core import TyperGroup

HEADINGS: Final = {"Options": "Options", "Arguments": "Arguments", "Commands": "Commandes"}
WORDS: Final = (
    ("COMMAND [ARGS]...", "COMMANDE…"),
    ("Show this message and exit.", "Affiche cette aide."),
    ("[default: ", "[par défaut : "),
    ("[required]", "[obligatoire]"),
    ("; required]", "; obligatoire]"),
    ("<list[str]>", "<textes>"),
    ("<int range>", "<entier>"),
    ("<int>", "<entier>"),
    ("<float>", "<nombre>"),
    ("<str>", "<texte>"),
    ("<path>", "<chemin>"),
)


# The library keeps its own copy of click out of reach: its classes are had by its attributes only.
class Page(TyperGroup.context_class.formatter_class):  # type: ignore[misc, name-defined]
    """A page of the manual."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, in_french(args), prefix or "Utilisation : ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(f"{HEADINGS.get(heading, heading)} ")

    def write_dl(self, rows: Sequence[tuple[str, str]], *widths: int) -> None:
        super().write_dl([(in_french(left), in_french(right)) for left, right in rows], *widths)


class FrenchContext(TyperGroup.context_class):  # type: ignore[misc, valid-type]
    """A command at work, as the library knows it; its pages are ours."""

    formatter_class = Page


def in_french(words: str) -> str:
    for english, french in WORDS:
        words = words.replace(english, french)
    return words


def with_manual(command: Any) -> Any:
    """The command, and all below it, with pages in French; in lists its first sentence whole."""
    command.context_class, command.rich_markup_mode = FrenchContext, None
    paragraph = (command.help or "").partition("\n\n")[0]
    command.short_help = command.short_help or " ".join(paragraph.split())
    for below in getattr(command, "commands", {}).values():
        with_manual(below)
    return command


USAGE: Final[type[Exception]] = next(
    kind for kind in typer.BadParameter.mro() if kind.__name__ == "UsageError"
)
"""What the library raises where a command line cannot be read."""

EXPECTED: Final = {
    "integer": "écrivez un nombre entier",
    "number": "écrivez un nombre",
    "date": "écrivez une date, comme 23/11/2026",
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
    said, quoted = error.message, QUOTED.findall(error.message)
    match type(error).__name__:
        case "MissingParameter":
            return f"Il manque {_name(error.param)}."
        case "BadParameter" if error.param is None:  # the words are our own
            return f"{error.param_hint or 'Cette commande'} : {said}."
        case "BadParameter":
            expected = next(
                (words for word, words in EXPECTED.items() if word in said), "corrigez-la"
            )
            if "not one of" in said:
                choices = QUOTED.findall(said.partition("not one of")[2])
                expected = f"écrivez {' ou '.join(choices)}"
            return f"La valeur donnée pour {_name(error.param)} ne convient pas : {expected}."
        case "NoSuchOption":
            return f"L'option {error.option_name} n'existe pas."
        case "BadOptionUsage":
            takes_none = "does not take" in said
            needs = "ne prend pas de valeur" if takes_none else "demande une valeur"
            return f"L'option {error.option_name} {needs}."
    unknown = f"La commande « {quoted[0] if quoted else '?'} » n'existe pas."
    return unknown if "such command" in said else "Il y a trop de mots dans cette commande."


def _name(param: Any) -> str:
    """A parameter as the command line has it: its option, or the word that stands for it."""
    if param is None:
        return "une valeur"
    options = [one for one in param.opts if one.startswith("-")]
    return options[0] if options else str(getattr(param, "metavar", None) or param.name)
