"""A turn: the state a step leads to, and the effects it asks for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.conversation.choices import Choice
from bot.conversation.context import Context
from bot.conversation.effects import Effect
from bot.conversation.events import Event
from bot.conversation.states import State

StateT_co = TypeVar("StateT_co", bound=State, covariant=True)


@dataclass(frozen=True, slots=True)
class Turn(Generic[StateT_co]):
    """What comes out of a step."""

    state: StateT_co
    effects: tuple[Effect, ...] = ()


RowKey = type[Event] | Choice | str
Step = Callable[[Any, Any, Context], Turn[State]]
TransitionRow = Mapping[RowKey, Step]
