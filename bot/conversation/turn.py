"""A turn: the state a step leads to, and the effects it asks for."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.conversation.effects import Effect
from bot.conversation.states import State

StateT_co = TypeVar("StateT_co", bound=State, covariant=True)


@dataclass(frozen=True, slots=True)
class Turn(Generic[StateT_co]):
    """What comes out of a step."""

    state: StateT_co
    effects: tuple[Effect, ...] = ()
