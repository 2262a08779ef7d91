"""The small markup of texts and articles, taken apart into blocks and packed into messages.

A block is what must not be cut: a paragraph, a heading, one item of a list. Splitting comes before
tagging, so that no tag is ever left open at a message's end.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator

from bot.conversation.texts import unescape

ITEM = re.compile(r"(?:- |\d{1,2}\. )")
BOLD = re.compile(r"(?<!\\)\*\*(.+?)(?<!\\)\*\*")
HEADING = re.compile(r"#{1,3} ")


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


def segments(block: str) -> Iterator[tuple[str, bool]]:
    """The words of a block in order, each run with whether it is bold."""
    line = block.lstrip("\n")
    if len(line) < len(block):
        yield block[: len(block) - len(line)], False
    if heading := HEADING.match(line):
        yield unescape(line[heading.end() :].replace("**", "")), True
        return
    for place, words in enumerate(BOLD.split(line) if "**" in line else (line,)):
        if words:
            yield unescape(words), place % 2 == 1


def to_html(block: str) -> str:
    """A block as Telegram's HTML: everything escaped, bold tagged."""
    return "".join([_tagged(words, bold=bold) for words, bold in segments(block)])


def _tagged(words: str, *, bold: bool) -> str:
    escaped = html.escape(words, quote=False)
    return f"<b>{escaped}</b>" if bold else escaped


def to_plain(block: str) -> str:
    """A block without any markup."""
    return "".join([words for words, _ in segments(block)])


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
