"""The manual of the commands, in French: what the library writes around our own words is English.

Its words are translated where a page is laid out, so that columns stay columns. Whatever a later
version of it says otherwise stays English, and a test finds it.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

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


class Context(TyperGroup.context_class):  # type: ignore[misc, valid-type]
    """A command at work, as the library knows it; its pages are ours."""

    formatter_class = Page


def in_french(words: str) -> str:
    for english, french in WORDS:
        words = words.replace(english, french)
    return words


def with_manual(command: Any) -> Any:
    """The command, and all below it, with pages in French; in lists its first sentence whole."""
    command.context_class, command.rich_markup_mode = Context, None
    command.short_help = command.short_help or _first_paragraph(command.help or "")
    for below in getattr(command, "commands", {}).values():
        with_manual(below)
    return command


def _first_paragraph(words: str) -> str:
    return re.sub(r"\s+", " ", words.partition("\n\n")[0]).strip()
