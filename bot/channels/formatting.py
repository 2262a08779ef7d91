"""Formatting: the small markup of texts and articles as HTML and plain text, in messages that fit,
and replies as messages of Telegram or as e-mail.

A block is what must not be cut: a paragraph, a heading, one item of a list. Splitting comes before
tagging, so that no tag is ever left open at a message's end.
"""

import html
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from bot.conversation.effects import (
    Ask,
    Button,
    EraseInput,
    GiveAttachment,
    GiveDocument,
    Reply,
    Say,
)
from bot.conversation.texts import Text, fill, unescape
from bot.domain.delivery import OutgoingMessage, Priority
from bot.services.helpdesk_config import IncomingEvent

ITEM = re.compile(r"(?:- |\d{1,2}\. )")
BOLD = re.compile(r"(?<!\\)\*\*(.+?)(?<!\\)\*\*")
LINK = re.compile(r"(?<!\\)\[([^]]+)\]\((https?://[^\s()]+)\)")
HEADING = re.compile(r"#{1,3} ")

MESSAGE_LIMIT = 4096  # UTF-16 units
DATA_LIMIT = 64  # bytes
LABEL_LIMIT = 60  # characters; more would not be seen on a phone

Rows = tuple[tuple[Button, ...], ...]


def blocks(marked: str) -> list[str]:
    """Paragraphs, headings and list items, with the blank line before, where there was one."""
    found: list[str] = []
    blank = False
    for line in marked.strip("\n").split("\n"):
        if not line.strip():
            blank = True
            continue
        starts = blank or not found or ITEM.match(line) or _is_apart(found[-1])
        if starts:
            found.append(("\n" if blank and found else "") + line)
        else:
            found[-1] += "\n" + line
        blank = False
    return found


def _is_apart(block: str) -> bool:
    return HEADING.match(block.lstrip("\n")) is not None


class Segment(NamedTuple):
    """Words of a block that look alike: bold or not, and the page they lead to, if any."""

    words: str
    bold: bool = False
    address: str = ""


def segments(block: str) -> Iterator[Segment]:
    """The words of a block in order."""
    line = block.lstrip("\n")
    if len(line) < len(block):
        yield Segment(block[: len(block) - len(line)])
    if heading := HEADING.match(line):
        yield Segment(unescape(line[heading.end() :].replace("**", "")), bold=True)
        return
    for place, words in enumerate(BOLD.split(line) if "**" in line else (line,)):
        end = 0
        for link in LINK.finditer(words):
            if link.start() > end:
                yield Segment(unescape(words[end : link.start()]), place % 2 == 1)
            yield Segment(unescape(link[1]), place % 2 == 1, link[2])
            end = link.end()
        if words[end:]:
            yield Segment(unescape(words[end:]), place % 2 == 1)


def to_html(block: str) -> str:
    """A block as Telegram's HTML: everything escaped, bold and links tagged."""
    return "".join([_tagged(segment) for segment in segments(block)])


def _tagged(segment: Segment) -> str:
    escaped = html.escape(segment.words, quote=False)
    if segment.address:
        escaped = f'<a href="{html.escape(segment.address)}">{escaped}</a>'
    return f"<b>{escaped}</b>" if segment.bold else escaped


def to_plain(block: str) -> str:
    """A block without any markup; a link's address stands after its words."""
    return "".join(
        [f"{one.words} : {one.address}" if one.address else one.words for one in segments(block)]
    )


def pack(
    parts: Iterable[str], *, limit: int, size: Callable[[str], int]
) -> Iterator[tuple[str, ...]]:
    """Blocks gathered into messages of at most `limit`; what is too large is cut at words."""
    parts = tuple(parts)
    if parts and size("\n".join(parts)) <= limit:  # as mostly
        yield (parts[0].lstrip("\n"), *parts[1:])
        return
    held: list[str] = []
    for part in parts:
        for piece in _pieces(part, limit, size):
            if held and size("\n".join([*held, piece])) > limit:
                yield tuple(held)
                held = []
            held.append(piece if held else piece.lstrip("\n"))
    if held:
        yield tuple(held)


def _pieces(part: str, limit: int, size: Callable[[str], int]) -> Iterator[str]:
    if size(part) <= limit:
        yield part
        return
    held = ""
    for word in re.split(r"(?<=\s)", part):
        if held and size(held + word) > limit:
            yield held.rstrip()
            held = ""
        *whole, rest = _cut(word, limit, size)
        yield from whole
        held += rest
    if held.strip():
        yield held.rstrip()


def _cut(word: str, limit: int, size: Callable[[str], int]) -> list[str]:
    """An endless word in lengths that fit; most words come out whole."""
    cuts = [""]
    for character in word:
        if size(cuts[-1]) + size(character) > limit:
            cuts.append("")
        cuts[-1] += character
    return cuts


def utf16_units(words: str) -> int:
    """The length that Telegram counts."""
    return len(words.encode("utf-16-le")) // 2


def whole_characters(words: str) -> str:
    """Halves of characters, which JSON lets through and nothing else can hold, are replaced."""
    if words.isascii():
        return words
    return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def render_letter(reply: Reply, turn: int, heard: IncomingEvent) -> Iterator[OutgoingMessage]:  # noqa: ARG001 -- a Renderer
    """What the desk says to a person by e-mail: words alone, no buttons, nothing to erase.

    Whom they go to and their subject are added by who writes the letter.
    """
    if isinstance(reply, Say | Ask):
        yield OutgoingMessage(
            "letter", {"words": "\n".join(map(to_plain, blocks(fill(reply.text))))}
        )


def render_telegram(reply: Reply, turn: int, heard: IncomingEvent) -> Iterator[OutgoingMessage]:
    """A reply as the rows that `telegram.delivery` carries: `say` with `text`, `plain` and `rows`,
    `erase`, `piece`, `document`."""
    match reply:
        case Say(said):
            yield from messages(said)
        case Ask(asked, rows):
            yield from messages(asked, rows, turn)
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


def render_web(reply: Reply, turn: int, heard: IncomingEvent) -> Iterator[OutgoingMessage]:  # noqa: ARG001 -- a Renderer
    """A reply as lines of a page; its buttons are those that the session offers."""
    match reply:
        case Say(said) | Ask(said):
            yield OutgoingMessage("say", {"text": fill(said)})
        case GiveAttachment(reference, number, caption):
            named = {"reference": reference, "number": number}
            yield OutgoingMessage("piece", {**named, "caption": unescape(fill(caption))})
        case EraseInput():
            yield OutgoingMessage("erase", {"keys": heard.message.split(",")}, Priority.AT_ONCE)
        case GiveDocument(name, content, caption):
            kept = {"name": name, "content": b64encode(content).decode()}
            yield OutgoingMessage("document", {**kept, "caption": unescape(fill(caption))})


def messages(words: Text, rows: Rows = (), turn: int = 0) -> Iterator[OutgoingMessage]:
    """A text in as many messages as it takes.

    The plain form goes along with the HTML: it is sent instead should Telegram refuse the markup. A
    length is that of the marked-up source, never shorter than what Telegram counts.
    """
    parts = list(pack(blocks(fill(words)), limit=MESSAGE_LIMIT, size=utf16_units))
    for place, part in enumerate(parts, 1):
        shown: dict[str, Any] = {
            "text": "\n".join(map(to_html, part)),
            "plain": "\n".join(map(to_plain, part)),
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
