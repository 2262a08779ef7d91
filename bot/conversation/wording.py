"""The French texts: `texts/*.toml`, one file an area, filled into marked-up strings.

The markup is the small part of Markdown that articles use too: `**bold**`, `## ` headings, `- ` and
`1. ` lists. Plain values are escaped, so that nothing a person typed is ever taken for markup.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import tomli

from bot.conversation.texts import Markdown, Text, Value

MARKS = re.compile(r"([\\*#])")
ESCAPED = re.compile(r"\\([\\*#])")


@cache
def load_texts() -> Mapping[str, str]:
    """Every text by its key, `area.name`."""
    texts: dict[str, str] = {}
    for file in files("bot.conversation").joinpath("texts").iterdir():
        area = file.name.removesuffix(".toml")
        table = tomli.loads(file.read_text(encoding="utf-8"))
        texts |= {f"{area}.{key}": value for key, value in table.items()}
    return texts


def fill(text: Text) -> str:
    """The text in the small markup, its values in their places."""
    if not text.values:
        return _fixed(text.key)
    values = {key: _render(value) for key, value in text.values.items()}
    return load_texts()[text.key].format_map(values)


@cache
def _fixed(key: str) -> str:
    return load_texts()[key].format()


def escape(plain: str) -> str:
    """Plain words as the markup writes them."""
    return MARKS.sub(r"\\\1", plain) if MARKS.search(plain) else plain


def unescape(marked: str) -> str:
    return ESCAPED.sub(r"\1", marked) if "\\" in marked else marked


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
