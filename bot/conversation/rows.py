"""The type of the table's rows: columns are events, buttons' choices or commands."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.conversation.choices import Choice
from bot.conversation.context import Context
from bot.conversation.events import Event
from bot.conversation.states import State
from bot.conversation.turn import Turn

Key = type[Event] | Choice | str
Step = Callable[[Any, Any, Context], Turn[State]]
Row = Mapping[Key, Step]
