"""A session: where one person stands, and which buttons their last turn offered."""

from dataclasses import dataclass

from bot.conversation.states import Idle, State


@dataclass(frozen=True, slots=True)
class Offer:
    """A button on offer: its code, and its label as it was shown."""

    code: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """`turn` counts the turns that offered buttons: a button belongs to its turn."""

    state: State = Idle()
    turn: int = 0
    offers: tuple[Offer, ...] = ()
