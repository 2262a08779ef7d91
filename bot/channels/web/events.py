"""What a form means: a press, a command, a file or words.

form ─► to_event ─► TurnForm's event and the turn of its button
"""

import re
from dataclasses import dataclass, field
from typing import Final

from bot.channels.formatting import whole_characters
from bot.conversation.accounts.states import Importing
from bot.conversation.events import AttachmentFetched, Commanded, Event, Picked, Typed
from bot.conversation.states import State
from bot.domain.redaction import secret_in
from bot.services.spreadsheet_reader import read_document

BUTTON: Final = re.compile(r"(\d{1,18})~([\w.:-]{1,80})")
COMMAND: Final = re.compile(r"/([a-z_]{1,32})(?:\s+(.*))?", re.DOTALL)
MANY_DIGITS: Final = 11  # as many may be a number of social security, mistyped
KEY: Final = re.compile(r"[\w-]{8,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnForm:
    """What a browser posted: words, a button or a file; `key` makes it one turn, sent twice."""

    key: str
    words: str = field(default="", repr=False)
    button: str = ""
    file_name: str = ""
    file: bytes = field(default=b"", repr=False)

    @property
    def words_to_keep(self) -> str:
        """The words as a page may show them again: never a number of a person's."""
        digits = sum(map(str.isdigit, self.words))
        return "" if digits >= MANY_DIGITS or secret_in(self.words) else self.words

    @property
    def is_empty(self) -> bool:
        return not (self.words.strip() or self.button or self.file_name)


def to_event(form: TurnForm, state: State) -> tuple[Event, int | None]:
    """The event, and the turn of the button that was pressed; reads a sheet, so it may wait."""
    if form.button:
        found = BUTTON.fullmatch(form.button)
        if found is None:
            return Picked(whole_characters(form.button)), None  # forged, and stale
        return Picked(found[2]), int(found[1])
    words = whole_characters(form.words).replace("\r\n", "\n")
    if form.file_name:
        name = whole_characters(form.file_name)
        if isinstance(state, Importing):
            return read_document(name, form.file), None
        return AttachmentFetched(name=name, content=form.file, caption=words), None
    command = COMMAND.fullmatch(words.strip())
    if command is not None:
        return Commanded(command[1], (command[2] or "").strip()), None
    return Typed(words), None
