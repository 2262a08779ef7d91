"""Lines and pages as HTML: the small markup of texts, Jinja2's templates, and the static files.

Everything is escaped first; what is marked up is made of our own tags alone.
"""

import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.channels.formatting import HEADING, ITEM, blocks, segments
from bot.conversation.texts import fill, text, unescape
from bot.domain.dates import in_paris

ORIGIN: Final = re.compile(r"^[^·\n]+(?: · [^·\n]+){1,3}$")
"""« Aide PEP's · publiée le … · source : … », which articles and results carry."""
NUMBERED: Final = re.compile(r"(\d{1,2})\. ")
PAGES: Final = {
    "demandes": "/demandes",
    "confidentialite": "/confidentialite",
    "telephone": "/aide",
}
PAGE_OF: Final = re.compile(rf"(?<![\w/])/({'|'.join(PAGES)})\b")
UNBREAKABLE: Final = re.compile(r"(?<=«) | (?=[»?:;!])")
"""Spaces at which French typography breaks no line."""
TYPES: Final = {
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
}


def to_semantic(marked: str, level: int = 3) -> Markup:
    """Marked-up text as paragraphs, lists and headings of this level."""
    parts: list[Markup] = []
    opened = ""
    for block in blocks(marked):
        line = block.lstrip("\n")
        listed = _list_of(line)
        if listed != opened:
            parts += [Markup("</{}>").format(opened)] if opened else []
            parts += [Markup("<{}>").format(listed)] if listed else []
            opened = listed
        parts.append(_block(line, level))
    if opened:
        parts.append(Markup("</{}>").format(opened))
    return Markup("").join(parts)


def _list_of(line: str) -> str:
    """The tag of the list that a block belongs to; none for a paragraph or a heading."""
    if not ITEM.match(line):
        return ""
    return "ol" if NUMBERED.match(line) else "ul"


def _block(line: str, level: int) -> Markup:
    if heading := HEADING.match(line):
        words = unescape(line[heading.end() :].replace("**", ""))
        return Markup("<h{0}>{1}</h{0}>").format(level, words)
    if numbered := NUMBERED.match(line):
        item = Markup('<li value="{}">{}</li>')
        return item.format(numbered[1], _lines(line[numbered.end() :]))
    if dash := ITEM.match(line):
        return Markup("<li>{}</li>").format(_lines(line[dash.end() :]))
    return Markup("<p>{}</p>").format(_lines(line))


def _lines(words: str) -> Markup:
    """The lines of a block; where an answer comes from stands in small labels."""
    shown: list[Markup] = []
    for line in words.split("\n"):
        if ORIGIN.match(line):
            labels = (Markup("<span>{}</span>").format(unescape(one)) for one in line.split(" · "))
            shown.append(Markup('<span class="origine">{}</span>').format(Markup(" ").join(labels)))
        else:
            shown.append(Markup("").join(_tagged(line)))
    return Markup("<br>").join(shown)


def _tagged(line: str) -> Iterator[Markup]:
    for segment in segments(line):
        plain = UNBREAKABLE.sub("\u00a0", segment.words)
        words = Markup("").join(_words(plain))
        if segment.address:
            link = Markup('<a href="{}" rel="noreferrer external">{}</a>')
            words = link.format(segment.address, plain)
        yield Markup("<strong>{}</strong>").format(words) if segment.bold else words


def _words(plain: str) -> Iterator[Markup]:
    """Words, escaped; a command that has a page of its own leads there."""
    end = 0
    for command in PAGE_OF.finditer(plain):
        yield escape(plain[end : command.start()])
        yield Markup('<a href="{}">{}</a>').format(PAGES[command[1]], command[0])
        end = command.end()
    yield escape(plain[end:])


class StaticFiles:
    """The files of `static/`, by names that hold their hash: they never change and may be kept."""

    def __init__(self) -> None:
        self._named: dict[str, str] = {}
        self._found: dict[str, tuple[bytes, str]] = {}
        for file in files("bot.channels.web").joinpath("static").iterdir():
            stem, _, ending = file.name.rpartition(".")
            if ending in TYPES:
                content = file.read_bytes()
                name = f"{stem}.{sha256(content).hexdigest()[:12]}.{ending}"
                self._named[file.name] = name
                self._found[name] = content, TYPES[ending]

    def url(self, name: str) -> str:
        return f"/static/{self._named[name]}"

    def get(self, name: str) -> tuple[bytes, str] | None:
        """The content of a file and its type."""
        return self._found.get(name)


@cache
def static_files() -> StaticFiles:
    return StaticFiles()


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("bot.channels.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["semantic"] = to_semantic
    made.filters["words"] = lambda said: unescape(fill(said))
    made.filters["moment"] = lambda at: f"{in_paris(at):%d/%m/%Y à %H h %M}"
    made.filters["status"] = lambda status: unescape(fill(text(f"status.{status}")))
    made.globals["static"] = static_files().url
    return made


def render_template(template: str, **values: Any) -> str:
    """A page or a part of one; each value that the template names must be given."""
    return _environment().get_template(template).render(**values)
