"""The dispatch: what a commit decided to send goes, leased, to the sender of this process."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, Protocol


class OutboxState(StrEnum):
    """What became of a row so far."""

    WAITING = "waiting"
    SENT = "sent"
    BURIED = "buried"


class Priority(IntEnum):
    """What goes first where not everything can go at once.

    `LATE` is what somebody was told when they had asked something newer already, but could not be
    reached: the answer to the newest question goes first.
    """

    AT_ONCE = 0
    DIALOGUE = 1
    BULK = 2
    LATE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A thing to deliver; `failure` is a code, `attempts` counts the times it was claimed.

    `sent_before` is when anything was sent to the lane lately, the newest first; it is only known
    where several processes send.
    """

    id: int
    lane: str
    kind: str
    payload: Mapping[str, Any]
    state: OutboxState
    created_at: datetime
    due_at: datetime
    attempts: int
    failure: str | None = None
    priority: Priority = Priority.DIALOGUE
    sent_before: tuple[datetime, ...] = ()


class Dispatch(Protocol):
    """A sender of this process, as those see it who write what it is to send."""

    @property
    def lanes(self) -> str:
        """The lane it works, or with a colon at the end how the names of its lanes begin."""
        ...

    def notice(self) -> None:
        """There is something new."""
        ...


def is_of(lane: str, lanes: str) -> bool:
    """Whether a lane is among those that `lanes` names."""
    return lane.startswith(lanes) if not lanes or lanes.endswith(":") else lane == lanes
