"""Turn: what a step returns. The types of the transition table's rows."""

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
    """The result of a step: the next state, and the effects that the help desk performs."""

    state: StateT_co
    effects: tuple[Effect, ...] = ()


TransitionKey = type[Event] | Choice | str
"""A column of the table: the type of an event, the choice of a button, or a command (`/aide`)."""
Step = Callable[[Any, Any, Context], Turn[State]]
"""A function from a state, an event and the context to a turn; its annotations are its contract."""
TransitionRow = Mapping[TransitionKey, Step]
"""What can happen in one state, and the step that handles each of it."""
