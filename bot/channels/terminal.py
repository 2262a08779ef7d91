"""The terminal: the same conversation at a prompt, or line by line when its input is no terminal.

Buttons are numbered. While a text is awaited numbers belong to it, and buttons answer to their
label.
"""

import re
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Protocol

from bot.app import App
from bot.channels import formatting
from bot.clock import utc_now
from bot.conversation.effects import Ask, EraseInput, GiveAttachment, GiveDocument, Reply, Say
from bot.conversation.events import (
    AttachmentFetched,
    Commanded,
    Event,
    Opened,
    Typed,
)
from bot.conversation.flow import worth_keeping
from bot.conversation.texts import fill, text, unescape
from bot.domain.delivery import OutboxMessage, OutgoingMessage
from bot.domain.spreadsheet import LARGEST_FILE
from bot.services.helpdesk_config import IncomingEvent
from bot.services.reminder_messages import REMINDER
from bot.services.spreadsheet_reader import read_document

LEASE = timedelta(minutes=1)
LIMIT = 100
READABLE = 20_000_000  # bytes of a file that is joined; how many are kept is a setting


def to_event(line: str) -> Event:
    """A line is a command when it begins with a slash, else what the person typed."""
    if line.startswith("/"):
        name, _, payload = line[1:].partition(" ")
        path = Path(payload.strip()).expanduser()
        if name.strip().lower() == "importer" and payload.strip():
            return read_document(path.name, _content(path, LARGEST_FILE))
        if name.strip().lower() == "joindre" and payload.strip():
            return AttachmentFetched(name=path.name, content=_content(path, READABLE))
        return Commanded(name.strip().lower(), payload.strip())
    return Typed(line)


def _content(path: Path, most: int) -> bytes:
    """A file named by its path; what cannot be read is empty, and answered as such."""
    try:
        return path.read_bytes() if path.stat().st_size <= most else b"\0" * (most + 1)
    except OSError:
        return b""


def render(reply: Reply, turn: int, heard: IncomingEvent) -> Iterator[OutgoingMessage]:
    """A reply as marked-up text and the labels of its buttons."""
    match reply:
        case Say(said):
            yield OutgoingMessage("say", {"text": fill(said), "rows": [], "numbered": True})
        case Ask(asked, rows, awaits_text):
            labels = [[unescape(fill(button.label)) for button in row] for row in rows]
            shown = {"text": fill(asked), "rows": labels, "numbered": not awaits_text}
            yield OutgoingMessage("say", {**shown, "turn": turn})
        case EraseInput():
            yield OutgoingMessage("erase", {})
        case GiveAttachment(reference, number, caption):
            named = {"reference": reference, "number": number, "caption": fill(caption)}
            yield OutgoingMessage("piece", named)
        case GiveDocument(name, content, caption):
            kept = {"name": name, "content": b64encode(content).decode(), "caption": fill(caption)}
            yield OutgoingMessage("document", kept)


class Screen(Protocol):
    """Where the conversation takes place."""

    def read(self) -> str:
        """The next thing typed. Raises EOFError when the person leaves."""
        ...

    def show(self, block: str) -> None: ...

    def erase(self) -> None:
        """Remove what was typed last."""
        ...


class Prompt:
    """A real terminal: line editing, history, and erasing what should not stay visible."""

    def __init__(self) -> None:
        # Loaded here: what shows a person their replies elsewhere has no use for a real terminal.
        from rich.console import Console

        self._console = Console(highlight=False)
        self._said: list[str] = []
        self._typed = ""

    def read(self) -> str:
        from prompt_toolkit import PromptSession
        from prompt_toolkit.history import InMemoryHistory

        if self._typed:
            self._said.append(self._typed)
        # A session a prompt: the history holds only what was not erased meanwhile.
        session: PromptSession[str] = PromptSession(history=InMemoryHistory(self._said))
        self._typed = session.prompt("> ")
        return self._typed

    def show(self, block: str) -> None:
        from rich.text import Text as Styled

        shown = Styled()
        for words, bold, address in formatting.segments(block):
            link = f"link {address}" if address else ""
            shown.append(words, style=f"{'bold' if bold else ''} {link}".strip())
        self._console.print(shown)

    def erase(self) -> None:
        """Climb over the lines typed, clear them, and keep them out of the history."""
        width = max(self._console.width, 1)
        lines = sum(1 + (len(line) + 2) // width for line in self._typed.split("\n"))
        sys.stdout.write(f"\x1b[{lines}F\x1b[0J> (message effacé)\n")
        sys.stdout.flush()
        self._typed = ""


class Pipe:
    """Standard input that is no terminal: one line a turn, plain text out."""

    def read(self) -> str:
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        return line.rstrip("\r\n")

    def show(self, block: str) -> None:
        print(formatting.to_plain(block), flush=True)

    def erase(self) -> None:
        print("(message effacé)", flush=True)


@dataclass(frozen=True, slots=True)
class Terminal:
    """One person at one terminal; `after` each turn, what must not wait any longer is sent."""

    app: App
    address: str
    screen: Screen
    after: Callable[[], None] = lambda: None

    def hold(self, clock: Callable[[], datetime]) -> None:
        """The conversation, until the person leaves; a draft stays as it is."""
        with suppress(EOFError, KeyboardInterrupt):
            self.take(Opened(), clock())
            while True:
                line = self.screen.read()
                if line.strip():
                    self.take(to_event(line), clock())
        self._leave(clock())

    def _leave(self, now: datetime) -> None:
        """Who goes away from a request that is not sent hears that it waits for them."""
        kept = self.app.settings.kept
        with self.app.store.transaction() as db:
            person = db.people.find(self.address)
            if person is None:
                return
            session = db.conversations.load(person.id, now, draft_ttl=kept.draft, nir_ttl=kept.nir)
        if worth_keeping(session.state.draft) is not None:
            hours = kept.draft // timedelta(hours=1)
            self.screen.show(unescape(fill(text("terminal.kept", hours=hours))))

    def take(self, event: Event, now: datetime) -> None:
        self.app.helpdesk.receive([IncomingEvent(address=self.address, event=event)], now)
        shown: list[OutboxMessage] = []
        while rows := self._claim(now):
            shown.extend(self._standing(rows, now))
        self._show(shown)
        self.after()

    def _claim(self, now: datetime) -> tuple[OutboxMessage, ...]:
        with self.app.store.transaction() as db:
            return db.outbox.claim(
                now, holder=self.address, limit=LIMIT, lease=LEASE, lanes=self.address
            )

    def _standing(self, rows: Iterable[OutboxMessage], now: datetime) -> list[OutboxMessage]:
        """What is shown of it: a reminder only as it holds today."""
        telling = self.app.reminder_messages
        with self.app.store.transaction() as db:
            kept = [
                row
                for row in rows
                if REMINDER not in row.payload or telling.still_holds(db, row, now, pushed=False)
            ]
            db.outbox.mark_sent([row.id for row in kept], now)
        return kept

    def _keep_piece(self, row: OutboxMessage) -> None:
        """A file of a ticket; one that went with its ticket meanwhile is no more to be given."""
        reference, number = str(row.payload["reference"]), int(row.payload["number"])
        with self.app.store.transaction() as db:
            found = db.attachments.content(reference, number)
        if found is not None:
            piece, content = found
            self._keep(f"{reference}-{number}-{piece.name}", content, str(row.payload["caption"]))

    def _keep(self, name: str, content: bytes, caption: str) -> None:
        """A document goes into the data folder, readable by its owner only."""
        folder = self.app.settings.data_dir.resolve() / "documents"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / safe_name(name)
        path.touch(mode=0o600)
        path.write_bytes(content)
        self.screen.show(caption)
        self.screen.show(unescape(fill(text("terminal.document", path=str(path)))))
        self.screen.show("")

    def _show(self, rows: list[OutboxMessage]) -> None:
        numbered = all(row.payload.get("numbered", True) for row in rows)
        numbers = count(1)
        turns = [row.payload["turn"] for row in rows if row.payload.get("rows")]
        for row in rows:
            said = row.payload
            match row.kind:
                case "erase":
                    self.screen.erase()
                case "document":
                    content = b64decode(str(said["content"]))
                    self._keep(str(said["name"]), content, str(said["caption"]))
                case "piece":
                    self._keep_piece(row)
                case _:
                    for block in formatting.blocks(str(said["text"])):
                        self.screen.show(block)
                    # News that waited may have buttons too: only the last turn's are on offer.
                    on_offer = said["rows"] if turns[-1:] == [said.get("turn")] else []
                    for labels in on_offer:
                        self.screen.show(_button_row(labels, numbers if numbered else None))
                    self.screen.show("")


def safe_name(name: str) -> str:
    """A file's name that leads out of no folder."""
    return re.sub(r"[^\w.-]", "_", name).lstrip(".") or "document"


def _button_row(labels: list[str], numbers: Iterator[int] | None) -> str:
    """« [1 Lire] [2 Passer] », or without numbers where those would be an answer."""
    if numbers is None:
        return "  ".join(f"[{label}]" for label in labels)
    return "  ".join(f"[{next(numbers)} {label}]" for label in labels)


def run(app: App, name: str, after: Callable[[], None] = lambda: None) -> None:
    """Open the conversation of a local person until they leave."""
    screen = Prompt() if sys.stdin.isatty() and sys.stdout.isatty() else Pipe()
    folder = app.settings.data_dir.resolve()
    screen.show(unescape(fill(text("terminal.opening", folder=str(folder)))))
    screen.show("")
    Terminal(app, f"terminal:{name}", screen, after).hold(utc_now)
