"""The table, the steps' annotations and the texts agree, and every state can be reached."""

import re
from pathlib import Path
from typing import get_args

import pytest

from bot.conversation import states
from bot.conversation.diagram import accepts, leads_to, render_diagram
from bot.conversation.effects import Reply
from bot.conversation.flow import SCREENS
from bot.conversation.machine import ANYWHERE, TRANSITIONS
from bot.conversation.screens.layout import Choice
from bot.conversation.states import State
from bot.conversation.texts import load_texts

ROOT = Path(__file__).parents[2]
ROWS = [(state, key, step) for state, row in TRANSITIONS.items() for key, step in row.items()]


def test_every_state_has_its_row_and_its_screen() -> None:
    assert set(TRANSITIONS) == set(get_args(State))
    assert set(SCREENS) == set(get_args(State))


@pytest.mark.parametrize(
    ("state", "key", "step"), ROWS, ids=[f"{s.__name__}-{k}" for s, k, _ in ROWS]
)
def test_a_row_names_only_steps_that_take_its_state(state, key, step) -> None:
    assert state in accepts(step)


def test_the_steps_of_everywhere_take_every_state() -> None:
    for step in ANYWHERE.values():
        assert accepts(step) == set(get_args(State)), step


def test_every_state_can_be_reached() -> None:
    reached = {states.Idle}
    for step in [step for _, _, step in ROWS] + list(ANYWHERE.values()):
        reached |= leads_to(step) - {State}
    assert reached == set(get_args(State))


def test_every_choice_has_a_step_and_a_label() -> None:
    used = {key for _, key, _ in ROWS if isinstance(key, Choice)} | set(ANYWHERE)
    assert {choice for choice in Choice if choice not in used} == set()


def test_the_diagram_in_the_docs_is_the_table() -> None:
    page = (ROOT / "docs" / "conversation.md").read_text(encoding="utf-8")
    assert render_diagram() in page


def test_every_text_named_in_the_code_exists_and_every_text_is_named() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    named = set(re.findall(r'text\(\s*"([a-z_]+\.[a-z_.]+)"', source))
    assert named <= set(load_texts())
    quoted = set(re.findall(r'"([a-z_]+\.[a-z_.]+)"', source))
    built = re.compile(
        r"(button|kind|status|author|option|noted|fault|leaked|sent|commands|results"
        r"|role|entry|refusal|invitation|sheet|column|line"
        r"|news|letter|journal|copy|pieces|desk|staff|state|history|assurance|confirmation|outside|tickets\.message_|privacy\.to_)\.?"
    )
    unused = {key for key in load_texts() if key not in quoted and not built.match(key)}
    assert unused == set()


def test_texts_keep_the_house_tone() -> None:
    for key, words in load_texts().items():
        assert "!" not in words, key
        assert not re.search(r"\b(tu|ton|ta|tes|toi)\b", words), key


def test_replies_are_what_channels_show() -> None:
    assert len(get_args(Reply)) == 5
