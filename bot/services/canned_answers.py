"""Canned answers: Markdown files whose first line is a title, with places filled from the ticket.

Ours come with the code; a folder of the operator's adds to them, or replaces one of the same name.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from bot.domain.errors import StartError
from bot.domain.ticket import Ticket

PLACE = re.compile(r"\{(\w+)\}")
PLACES = ("reference", "objet", "employeur", "conseiller")


class CannedAnswerError(StartError):
    """A file cannot be used; the message says, in French, which one and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedAnswer:
    """One ready-made answer, by the name of its file."""

    name: str
    title: str
    text: str

    def fill(self, ticket: Ticket, advisor: str) -> str:
        """The text for one ticket, signed by who sends it."""
        values = {
            "reference": ticket.reference,
            "objet": ticket.request.labels[2],
            "employeur": ticket.request.employer.name,
            "conseiller": advisor,
        }
        return PLACE.sub(lambda place: values[place[1]], self.text)


def load_canned_answers(folder: Path | None = None) -> Mapping[str, CannedAnswer]:
    """Every canned answer, by name.

    Raises:
        CannedAnswerError: a file names a place that no ticket fills.
    """
    ours = Path(str(files("bot.services") / "reponses"))
    found = {one.name: one for one in _read(ours)}
    if folder is not None:
        found |= {one.name: one for one in _read(folder)}  # none where there is no such folder
    return dict(sorted(found.items()))


def _read(folder: Path) -> Iterator[CannedAnswer]:
    for path in sorted(folder.glob("*.md")):
        try:
            title, _, text = path.read_text(encoding="utf-8-sig").partition("\n")
        except (OSError, UnicodeDecodeError):
            raise CannedAnswerError(
                f"{path} ne peut pas être lu : enregistrez-le en UTF-8 et donnez-en la lecture à "
                "ce compte."
            ) from None
        unknown = [name for name in PLACE.findall(text) if name not in PLACES]
        if unknown:
            known = " ".join(f"{{{name}}}" for name in PLACES)
            raise CannedAnswerError(
                f"{path} : « {{{unknown[0]}}} » n'existe pas. Connus : « {known} »."
            )
        yield CannedAnswer(name=path.stem, title=title.removeprefix("#").strip(), text=text.strip())
