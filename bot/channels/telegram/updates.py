"""Updates as Telegram sends them, read where something is asked of them.

A view on the JSON, in Telegram's own names. What the desk asks for is checked when it is asked;
nothing else of an update is looked at, so that what is new or odd elsewhere in it harms nobody.
"""

from collections.abc import Set
from dataclasses import dataclass
from typing import Any, TypeVar

RawUpdate = dict[str, Any]
T = TypeVar("T")
BEYOND = 2**63
"""No number of Telegram's is so large, and no database holds it."""


class UnreadableError(ValueError):
    """Something in an update is not what Telegram says it is; its name, never its content."""


@dataclass(frozen=True, slots=True)
class Part:
    """An update, or a thing in it."""

    raw: RawUpdate

    @property
    def names(self) -> Set[str]:
        """What is in it."""
        return self.raw.keys()

    def has(self, name: str) -> bool:
        return self.raw.get(name) is not None

    def text(self, name: str) -> str:
        """A text; empty when there is none."""
        return self._found(name, str) or ""

    def number(self, name: str) -> int:
        """A number that is always there."""
        found = self._found(name, int)
        if found is None or not -BEYOND < found < BEYOND:
            raise UnreadableError(name)
        return found

    def count(self, name: str) -> int:
        """A number; 0 when there is none."""
        return self.number(name) if self.has(name) else 0

    def part(self, name: str) -> "Part":
        """A thing that is always there."""
        found = self.find(name)
        if found is None:
            raise UnreadableError(name)
        return found

    def find(self, name: str) -> "Part | None":
        """A thing that may be there."""
        found = self._found(name, dict)
        return None if found is None else Part(found)

    def parts(self, name: str) -> list["Part"]:
        """Things of one kind, none or several."""
        found = self._found(name, list) or ()
        if not all(type(one) is dict for one in found):
            raise UnreadableError(name)
        return [Part(one) for one in found]

    def _found(self, name: str, kind: type[T]) -> T | None:
        value = self.raw.get(name)
        if value is not None and type(value) is not kind:
            raise UnreadableError(name)
        return value


def is_update(raw: object) -> bool:
    """Whether something is one at all: by its number it is known, and acknowledged."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return type(number) is int and 0 <= number < BEYOND


def whole_characters(words: str) -> str:
    """Halves of characters, which JSON lets through and nothing else can hold, are replaced."""
    if words.isascii():
        return words
    return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
