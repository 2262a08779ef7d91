"""Random walks: moves drawn from what the table and the screen allow; nothing may ever break."""

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.talking import A_NIR, Talk
from support.walking import ANOTHER_NIR, LEAKS, set_off, talks_in_every_state

from bot.conversation.effects import Ask, Say
from bot.conversation.states import State
from bot.storage.conversations import session_from_json, session_to_json
from knowledge import KnowledgeBase


@settings(max_examples=150)
@given(choices=st.lists(st.integers(0, 1_000_000), min_size=5, max_size=60))
def test_a_walk_never_breaks_and_always_says_what_to_do(
    knowledge: KnowledgeBase, choices: list[int]
) -> None:
    talk = Talk(knowledge)
    for _ in set_off(talk, choices):
        assert any(isinstance(effect, Say | Ask) for effect in talk.effects), talk.state
        assert "{" not in talk.shown.replace("{accolade}", "")
        assert A_NIR[:13] not in talk.shown.replace(" ", "")
        for effect in talk.effects:
            if isinstance(effect, Ask):
                assert all(len(b.code.encode()) <= 50 for row in effect.rows for b in row)
        assert session_from_json(session_to_json(talk.session)) == talk.session


def test_walks_reach_every_state(knowledge: KnowledgeBase) -> None:
    """Otherwise the other tests here would prove little."""
    assert talks_in_every_state(knowledge).keys() == set(get_args(State))


@pytest.mark.parametrize("leak", LEAKS)
def test_a_secret_is_withheld_in_every_state(knowledge: KnowledgeBase, leak: str) -> None:
    """Wherever a walk stands: the message is erased, and its secret is kept nowhere."""

    @settings(max_examples=40)
    @given(choices=st.lists(st.integers(0, 1_000_000), max_size=25))
    def walk(choices: list[int]) -> None:
        talk = Talk(knowledge)
        for _ in set_off(talk, choices):
            pass
        kind = talk.knowledge.catalogue.fields.get(getattr(talk.session.state, "key", ""))
        if kind is not None and kind.kind == "nir":
            return
        if talk.state == "ConfirmingEmail" and ANOTHER_NIR not in leak:
            return  # the one place where a code is asked for
        talk.say(leak)
        assert talk.was_erased
        assert ANOTHER_NIR not in session_to_json(talk.session)
        assert "482913" not in session_to_json(talk.session)

    walk()
