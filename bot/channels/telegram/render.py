"""How replies look on Telegram: HTML messages with buttons under the last, and erasures.

The plain form of a text goes along with the HTML: it is sent instead should Telegram refuse the
markup. A length is that of the marked-up source, which is never shorter than what Telegram counts.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any

from bot.channels import formatting
from bot.conversation.effects import (
    Ask,
    Button,
    EraseInput,
    GiveAttachment,
    GiveDocument,
    Reply,
    Say,
    Shown,
)
from bot.conversation.texts import Text, fill, unescape
from bot.domain.delivery import OutgoingMessage, Priority
from bot.services.helpdesk import IncomingEvent

MESSAGE_LIMIT = 4096  # UTF-16 units
DATA_LIMIT = 64  # bytes
LABEL_LIMIT = 60  # characters; more would not be seen on a phone

Rows = tuple[tuple[Button, ...], ...]


def render(reply: Reply, turn: int, heard: IncomingEvent) -> Iterator[OutgoingMessage]:
    """A reply as what the outbox holds: `say` with `text`, `plain` and `rows`, `erase`, …"""
    match reply:
        case Say(said, shows):
            yield from marked(messages(said), shows)
        case Ask(asked, rows, shows=shows):
            yield from marked(messages(asked, rows, turn), shows)
        case GiveAttachment(reference, number, caption):
            named = {"reference": reference, "number": number}
            yield OutgoingMessage("piece", {**named, "caption": unescape(fill(caption))})
        case EraseInput():
            for message in filter(None, heard.message.split(",")):
                yield OutgoingMessage("erase", {"message": message}, Priority.AT_ONCE)
        case GiveDocument(name, content, caption):
            words = unescape(fill(caption))
            kept = {"name": name, "content": b64encode(content).decode(), "caption": words}
            yield OutgoingMessage("document", kept)


def marked(parcels: Iterable[OutgoingMessage], shows: Shown | None) -> Iterator[OutgoingMessage]:
    """Messages that say which message of a ticket they show; one that fits replaces an older one.

    A text in several messages is sent anew: there is no telling which of them would hold what.
    """
    made = list(parcels)
    kind = "amend" if shows and shows.again and len(made) == 1 else "say"
    for parcel in made:
        if shows is None:
            yield parcel
            continue
        mark = {"reference": shows.reference, "place": shows.place}
        yield OutgoingMessage(kind, {**parcel.payload, "shows": mark})


def messages(words: Text, rows: Rows = (), turn: int = 0) -> Iterator[OutgoingMessage]:
    """A text in as many messages as it takes."""
    blocks = formatting.blocks(fill(words))
    parts = list(formatting.pack(blocks, limit=MESSAGE_LIMIT, size=formatting.utf16_units))
    for place, part in enumerate(parts, 1):
        shown: dict[str, Any] = {
            "text": "\n".join(map(formatting.to_html, part)),
            "plain": "\n".join(map(formatting.to_plain, part)),
        }
        if rows and place == len(parts):
            shown["rows"] = [[_button(button, turn) for button in row] for row in rows]
        yield OutgoingMessage("say", shown)


def _button(button: Button, turn: int) -> list[str]:
    data = f"{turn}~{button.code}"
    assert len(data.encode()) <= DATA_LIMIT, button.code
    return [_label(unescape(fill(button.label))), data]


def _label(words: str) -> str:
    if len(words) <= LABEL_LIMIT:
        return words
    return words[: LABEL_LIMIT - 1].rstrip() + "…"
