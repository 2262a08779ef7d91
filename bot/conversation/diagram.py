"""Diagram: the transition table as Mermaid, printed by `make diagram`."""

from collections.abc import Iterator
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from bot.conversation.flow import Step, TransitionKey
from bot.conversation.machine import ANYWHERE, TRANSITIONS
from bot.conversation.screens.layout import Choice
from bot.conversation.states import State


def leads_to(step: Step) -> frozenset[type[State]]:
    """The states that a step can return, by its annotation."""
    (turn,) = get_args(get_type_hints(step)["return"])
    return frozenset(_members(turn))


def accepts(step: Step) -> frozenset[type[State]]:
    """The states that a step takes, by its annotation."""
    return frozenset(_members(next(iter(get_type_hints(step).values()))))


def _members(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (Union, UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def key_name(key: TransitionKey) -> str:
    """The name of a column in the diagram: `Typed`, `[read]`, `/retour`."""
    if isinstance(key, Choice):
        return f"[{key}]"
    return key if isinstance(key, str) else key.__name__


def render_diagram() -> str:
    """Render the transitions between states as a diagram, and `ANYWHERE` as a list."""
    ways: dict[tuple[str, str], list[str]] = {}
    for state, row in TRANSITIONS.items():
        for key, step in row.items():
            for target in sorted(leads_to(step) - {state}, key=lambda one: one.__name__):
                ways.setdefault((state.__name__, target.__name__), []).append(key_name(key))
    arrows = [f"    {a} --> {b}: {', '.join(keys)}" for (a, b), keys in ways.items()]
    anywhere = [f"- `{key_name(key)}`: `{step.__name__}`" for key, step in ANYWHERE.items()]
    drawing = ["```mermaid", "stateDiagram-v2", *arrows, "```"]
    return "\n".join([*drawing, "", "In every state:", "", *anywhere])


if __name__ == "__main__":
    print(render_diagram())
