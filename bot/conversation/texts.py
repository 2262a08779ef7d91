"""Texts: the French sentences of `texts/*.toml`, filled with values.

They use the same small part of Markdown as articles: `**bold**`, `[words](address)`, `## `
headings, `- ` and `1. ` lists. Plain values are escaped, so that nothing a person typed is taken
for markup.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import tomli


@dataclass(frozen=True, slots=True)
class Markdown:
    """Trusted Markdown of the knowledge base: its markup is rendered."""

    source: str


@dataclass(frozen=True, slots=True)
class Text:
    """A key of the texts files with the values for its places; plain values are never markup."""

    key: str
    values: Mapping[str, "Value"] = field(default_factory=dict)


Value = str | int | Text | Markdown | tuple[Text, ...]


def text(key: str, **values: Value) -> Text:
    return Text(key, values)


MARKS = re.compile(r"([\\*#\[])")
ESCAPED = re.compile(r"\\([\\*#\[])")


@cache
def load_texts() -> Mapping[str, str]:
    """Load every text by its key, `area.name`; read once a process."""
    texts: dict[str, str] = {}
    for file in files("bot.conversation").joinpath("texts").iterdir():
        area = file.name.removesuffix(".toml")
        table = tomli.loads(file.read_text(encoding="utf-8"))
        texts |= {f"{area}.{key}": value for key, value in table.items()}
    return texts


def fill(text: Text) -> str:
    """Render a text as Markdown, its values in their places."""
    values = {key: _render(value) for key, value in text.values.items()}
    return load_texts()[text.key].format_map(values)


def escape(plain: str) -> str:
    """Escape the characters of plain words that Markdown would interpret."""
    return MARKS.sub(r"\\\1", plain)


def unescape(marked: str) -> str:
    """Undo `escape`: Markdown without markup as plain words."""
    return ESCAPED.sub(r"\1", marked)


def _render(value: Value) -> str:
    match value:
        case Text():
            return fill(value)
        case Markdown():
            return value.source
        case tuple():
            return "\n".join(fill(item) for item in value)
        case _:
            return escape(str(value))
