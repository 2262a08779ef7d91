"""The session: what is left of it when its draft or its NIRs have expired."""

from dataclasses import MISSING, fields
from typing import get_args

import pytest
from support.talking import A_NIR

from bot.conversation.questions import Draft
from bot.conversation.session import (
    Offer,
    Session,
    drafts,
    session_without_draft,
    session_without_nirs,
)
from bot.conversation.states import (
    DraftState,
    Filling,
    Idle,
    Rating,
    Resuming,
    Reviewing,
    State,
)
from bot.domain.ticket import Answer

A_DRAFT = Draft(identity="draft-1", path="a/b/c").with_answer(Answer("nir", A_NIR), 0)
OFFERS = (Offer("send", "Envoyer"),)


@pytest.mark.parametrize("state", get_args(State))
def test_a_state_needs_a_draft_or_exists_without_one(state: type[State]) -> None:
    (draft,) = (one for one in fields(state) if one.name == "draft")
    assert (draft.default is MISSING) == (state in get_args(DraftState))


def test_without_its_draft_a_request_falls_to_idle_and_its_buttons_go() -> None:
    before = Session(state=Reviewing(draft=A_DRAFT), turn=7, offers=OFFERS)
    assert session_without_draft(before) == Session(state=Idle(), turn=7)


def test_without_its_draft_another_state_stays() -> None:
    rating = Rating(reference="PEPS-2026-000001", score=4)
    before = Session(
        state=Rating(draft=A_DRAFT, reference=rating.reference, score=4), offers=OFFERS
    )
    assert session_without_draft(before) == Session(state=rating)


def test_a_draft_that_waits_behind_expires_with_the_other() -> None:
    both = Session(state=Resuming(draft=A_DRAFT, next=A_DRAFT))
    assert drafts(both) == (A_DRAFT, A_DRAFT)
    assert not any(draft.holds_nir for draft in drafts(session_without_nirs(both)))
    assert session_without_draft(both).state == Idle()


def test_who_was_asked_for_a_key_is_asked_for_the_nir_again() -> None:
    asked = Session(state=Filling(draft=A_DRAFT, key="nir_key", agent=0))
    after = session_without_nirs(asked).state
    assert isinstance(after, Filling)
    assert after.key == "nir"
    assert not after.draft.holds_nir
