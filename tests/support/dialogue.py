"""Dialogues as text files, replayed through any channel.

> words        the person types
> [Label]      the person presses the button of that label
< fragment     the reply shows this, after the fragments before it
[Label]        the reply offers this button
+ name         the person sends a file of dialogues/files; « .xlsx » is made from the « .csv » there
x              what the person typed last disappears
? words        an advisor asks this about the request filed last, which then waits for the person
! words        the operator announces this, until the next day
= demo         the person administers the employer of `guichet demo`, a reminder waits for them

Anywhere, files included, {year} and {next} are the year of the channel's clock and the one after,
{in 540} is the date in so many days.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from bot.app import App
from bot.domain.dates import format_date
from bot.domain.spreadsheet import write_xlsx
from bot.domain.ticket import TicketStatus
from bot.services.advisor_tickets import AdvisorAction

FOLDER = Path(__file__).parents[1] / "dialogues"
FILES = sorted(FOLDER.glob("*.txt"))


@dataclass(frozen=True)
class Shown:
    """What a channel showed after one turn."""

    text: str
    labels: tuple[str, ...]
    erased: bool


class Player(Protocol):
    """A person on some channel, on the `today` of its clock."""

    today: date

    def type(self, words: str) -> Shown: ...

    def press(self, label: str) -> Shown: ...

    def send(self, file: Path) -> Shown:
        """Send a document."""
        ...

    def wait_for_answer(self, words: str) -> Shown:
        """Be asked something by an advisor, about the request filed last."""
        ...

    def read_notice(self, words: str) -> None:
        """Have the operator announce something."""
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


def load_lines(file: Path, today: date) -> Iterator[Line]:
    text = dated(file.read_text(encoding="utf-8"), today)
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        sign = line[0]
        yield Line(number, sign, line[1:].strip() if sign != "[" else line.strip("[]"))


def ask_requester(app: App, words: str, now: datetime) -> None:
    """An advisor asks something about the request filed last, and waits for the answer."""
    with app.store.transaction() as db:
        reference = db.tickets.newest(limit=1)[0].reference
    action = AdvisorAction(who="local:luc", at=now, confirmed=True)
    app.advisor_desk.do(
        action, lambda tickets: tickets.set_status(reference, TicketStatus.PENDING, words)
    )


def announce(app: App, words: str, now: datetime) -> None:
    with app.store.transaction() as db:
        db.service_notices.add(words, now, now + timedelta(days=1))


def dated(text: str, today: date) -> str:
    def coming(match: re.Match[str]) -> str:
        return format_date(today + timedelta(days=int(match[1])))

    years = text.replace("{year}", str(today.year)).replace("{next}", str(today.year + 1))
    return re.sub(r"\{in (\d+)\}", coming, years)


def sheet(name: str, today: date, folder: Path) -> Path:
    """A file of accounts to send, its dates as of that day."""
    source = (FOLDER / "files" / name).with_suffix(".csv")
    text = dated(source.read_text(encoding="utf-8"), today)
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))
    file = folder / name
    file.write_bytes(write_xlsx(lines) if name.endswith(".xlsx") else text.encode("cp1252"))
    return file


def play(file: Path, player: Player, folder: Path) -> None:
    """Replay a dialogue, and fail at the first line that does not hold."""
    shown, rest = Shown("", (), erased=False), ""
    for line in load_lines(file, player.today):
        where = f"{file.name}:{line.number}"
        if line.sign == ">":
            pressed = line.words.startswith("[") and line.words.endswith("]")
            shown = player.press(line.words[1:-1]) if pressed else player.type(line.words)
            rest = shown.text
        elif line.sign == "+":
            shown = player.send(sheet(line.words, player.today, folder))
            rest = shown.text
        elif line.sign == "?":
            shown = player.wait_for_answer(line.words)
            rest = shown.text
        elif line.sign == "!":
            player.read_notice(line.words)
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
