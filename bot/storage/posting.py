"""A reply on its way from a turn to the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.delivery import Priority


@dataclass(frozen=True, slots=True)
class Parcel:
    """A reply as its channel delivers it: the payload of one outbox row."""

    kind: str
    payload: Mapping[str, Any]
    priority: Priority = Priority.DIALOGUE
