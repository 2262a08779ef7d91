"""The diagram: the transition table as Mermaid, from its rows and the steps' annotations."""

from collections.abc import Iterator
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from bot.conversation.choices import Choice
from bot.conversation.machine import ANYWHERE, TRANSITIONS
from bot.conversation.states import State
from bot.conversation.turn import Step, TransitionKey


def leads_to(step: Step) -> frozenset[type[State]]:
    """The states that a step's annotation names."""
    (turn,) = get_args(get_type_hints(step)["return"])
    return frozenset(_members(turn))


def accepts(step: Step) -> frozenset[type[State]]:
    """The states that a step's first argument may be."""
    return frozenset(_members(next(iter(get_type_hints(step).values()))))


def _members(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) in (Union, UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def key_name(key: TransitionKey) -> str:
    """A column as the diagram writes it: `Typed`, `[read]`, `/retour`."""
    if isinstance(key, Choice):
        return f"[{key}]"
    return key if isinstance(key, str) else key.__name__


def render_diagram() -> str:
    """The ways from state to state as a drawing; then what holds everywhere, as a list."""
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
