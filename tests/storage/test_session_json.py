"""The codec: every state comes back as it went in."""

from dataclasses import MISSING, fields
from datetime import date
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from storage.samples import A_NIR, a_draft

from bot.conversation import states
from bot.conversation.accounts.states import Entry
from bot.conversation.events import Attached
from bot.conversation.questions import Draft
from bot.conversation.session import Offer, Session
from bot.conversation.states import Idle, State
from bot.domain.account import AccountRole
from bot.domain.ticket import Answer
from bot.storage.conversations import UnreadableSessionError, session_from_json, session_to_json

STATES: tuple[type[State], ...] = get_args(states.State)


def a_value(hint: Any) -> Any:
    """Something to put where this type is wanted."""
    if hint is bool:
        return True
    if hint is int or int in get_args(hint):
        return 2
    if hint is Draft or Draft in get_args(hint):
        return a_draft(nir=A_NIR).with_agent()
    if get_origin(hint) is Literal:
        return get_args(hint)[-1]
    if hint is date or date in get_args(hint):
        return date(2026, 11, 23)
    if hint is Entry:
        return Entry(first_name="Zoé", role=AccountRole.ADMINISTRATOR, expires=date(2028, 5, 30))
    if hint == Attached | None:
        return Attached("file-id", "photo.jpg", size=9, caption="été")
    if hint == tuple[Attached, ...]:
        return (Attached("file-id", "photo.jpg"), Attached("other", "b.pdf", follows=True))
    if hint == tuple[str, ...]:
        return ("été", "hiver")
    return (("compte", 3),) if get_origin(hint) is tuple else "été"


def filled(state: type[State], *, whole: bool) -> State:
    """A state with every field filled, or only those that must be."""
    hints = get_type_hints(state)
    wanted = [f.name for f in fields(state) if whole or f.default is MISSING]
    return state(**{name: a_value(hints[name]) for name in wanted if name != "kind"})


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("state", STATES)
def test_every_state_comes_back(state: type[State], *, whole: bool) -> None:
    session = Session(state=filled(state, whole=whole), turn=7, offers=(Offer("t:1", "Rôle"),))

    assert session_from_json(session_to_json(session)) == session


def test_an_answer_keeps_its_note() -> None:
    draft = a_draft().with_answer(Answer("amount", "12,50", note="amount.rounded"))

    session = Session(state=Idle(draft=draft))

    assert session_from_json(session_to_json(session)) == session


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"state": {"kind": "dreaming"}, "turn": 1, "offers": []}',
        '{"state": {"kind": "filling"}, "turn": 1, "offers": []}',
        '{"state": {"draft": null}, "turn": 1, "offers": []}',
    ],
)
def test_what_another_version_wrote_is_told_apart(text: str) -> None:
    with pytest.raises(UnreadableSessionError):
        session_from_json(text)


def test_an_unreadable_session_quotes_nothing() -> None:
    with pytest.raises(UnreadableSessionError) as raised:
        session_from_json(f'{{"state": {{"kind": "filling", "key": "{A_NIR}"}}}}')

    assert A_NIR not in repr(raised.value)
    assert raised.value.__cause__ is None
