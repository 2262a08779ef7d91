"""Texts as values: a key of the texts files and what fills its places."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Markdown:
    """Trusted Markdown of the knowledge base: its markup is shown as markup."""

    source: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the texts files; plain values come out as text, whatever they contain."""

    key: str
    values: Mapping[str, "Value"] = field(default_factory=dict)


Value = str | int | Text | Markdown | tuple[Text, ...]


def text(key: str, **values: Value) -> Text:
    return Text(key, values)
