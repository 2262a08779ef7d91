"""Dialogues as text files, replayed through any channel.

> words        the person types
> [Label]      the person presses the button of that label
< fragment     the reply shows this, after the fragments before it
[Label]        the reply offers this button
+ name         the person sends a file of dialogues/files; « .xlsx » is made from the « .csv » there
x              what the person typed last disappears
= demo         the person administers the employer of `guichet demo`, a reminder waits for them

{year} and {next}, anywhere, files included, are the year of the channel's clock and the one after.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bot.domain.spreadsheet import write_xlsx

FOLDER = Path(__file__).parents[1] / "dialogues"
FILES = sorted(FOLDER.glob("*.txt"))


@dataclass(frozen=True)
class Shown:
    """What a channel showed after one turn."""

    text: str
    labels: tuple[str, ...]
    erased: bool


class Player(Protocol):
    """A person on some channel, in the `year` of its clock."""

    year: int

    def type(self, words: str) -> Shown: ...

    def press(self, label: str) -> Shown: ...

    def send(self, file: Path) -> Shown:
        """Send a document."""
        ...

    def administer(self) -> Shown:
        """Become the administrator of the demonstration, and be reminded."""
        ...


@dataclass(frozen=True)
class Line:
    """A line of a dialogue, with its number for the one who mends it."""

    number: int
    sign: str
    words: str


def load_lines(file: Path, year: int) -> Iterator[Line]:
    text = dated(file.read_text(encoding="utf-8"), year)
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        sign = line[0]
        yield Line(number, sign, line[1:].strip() if sign != "[" else line.strip("[]"))


def dated(text: str, year: int) -> str:
    return text.replace("{year}", str(year)).replace("{next}", str(year + 1))


def sheet(name: str, year: int, folder: Path) -> Path:
    """A file of accounts to send, its dates as of that year."""
    source = (FOLDER / "files" / name).with_suffix(".csv")
    text = dated(source.read_text(encoding="utf-8"), year)
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))
    file = folder / name
    file.write_bytes(write_xlsx(lines) if name.endswith(".xlsx") else text.encode("cp1252"))
    return file


def play(file: Path, player: Player, folder: Path) -> None:
    """Replay a dialogue, and fail at the first line that does not hold."""
    shown, rest = Shown("", (), erased=False), ""
    for line in load_lines(file, player.year):
        where = f"{file.name}:{line.number}"
        if line.sign == ">":
            pressed = line.words.startswith("[") and line.words.endswith("]")
            shown = player.press(line.words[1:-1]) if pressed else player.type(line.words)
            rest = shown.text
        elif line.sign == "+":
            shown = player.send(sheet(line.words, player.year, folder))
            rest = shown.text
        elif line.sign == "=":
            shown = player.administer()
            rest = shown.text
        elif line.sign == "<":
            assert line.words in rest, f"{where}: « {line.words} » not in:\n{rest}"
            rest = rest.partition(line.words)[2]
        elif line.sign == "[":
            assert line.words in shown.labels, f"{where}: no [{line.words}] in {shown.labels}"
        else:
            assert shown.erased, f"{where}: the message is still there"
