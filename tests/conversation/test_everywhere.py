"""What is understood in every state of the machine, in whatever words: tried in each of them."""

from collections.abc import Mapping
from typing import get_args

import pytest
from support.talking import Talk
from support.walking import copied, talks_in_every_state

from bot.conversation import states
from bot.conversation.states import State
from knowledge import KnowledgeBase

STATES = sorted(get_args(State), key=lambda one: one.__name__)
TO_AN_ADVISOR = (states.AddingMessage, states.Rating)
"""Here a person writes to an advisor, and « avez-vous lu ma demande ? » is for them to read."""


@pytest.fixture(scope="module")
def everywhere(knowledge: KnowledgeBase) -> Mapping[type, Talk]:
    return talks_in_every_state(knowledge)


def at(everywhere: Mapping[type, Talk], state: type) -> Talk:
    return copied(everywhere[state])


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    "words", ["je veux parler à quelqu'un", "un vrai conseiller svp", "pas un robot", "un humain !"]
)
def test_a_person_is_one_tap_away(everywhere: Mapping[type, Talk], state: type, words: str) -> None:
    talk = at(everywhere, state)
    talk.say(words)
    assert "Téléphone et horaires" in talk.labels
    assert "09 70 80 93 29" in talk.press("Téléphone et horaires")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    "words", ["c'est quoi votre numéro de téléphone ?", "horaires", "je peux vous appeler ?"]
)
def test_the_telephone_is_told_with_its_hours_and_source(
    everywhere: Mapping[type, Talk], state: type, words: str
) -> None:
    talk = at(everywhere, state)
    before = talk.session.state
    shown = talk.say(words)
    assert "09 70 80 93 29" in shown
    assert "de 9 h à 17 h" in shown
    assert "source :" in shown
    assert talk.session.state == before, "nobody is led away from what they were doing"


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    "words", ["où en est ma demande ?", "toujours pas de réponse de votre part"]
)
def test_news_of_a_request_are_its_list(
    everywhere: Mapping[type, Talk], state: type, words: str
) -> None:
    talk = at(everywhere, state)
    talk.say(words)
    assert state in TO_AN_ADVISOR or talk.state == "BrowsingTickets"


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    "words", ["PEPS-2026-000001", "ma demande peps 2026 000001", "2026-000001 ?"]
)
def test_a_reference_opens_its_request(
    everywhere: Mapping[type, Talk], state: type, words: str
) -> None:
    talk = at(everywhere, state)
    draft = talk.session.state.draft
    shown = talk.say(words)
    assert "PEPS-2026-000001" in shown or "Je ne trouve pas cette demande" in shown
    assert talk.state in ("ReadingTicket", "Idle")
    if draft is not None and draft.answers:
        assert talk.session.state.draft is not None, "what was begun waits"


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("words", ["j'arrête", "je veux tout annuler", "laissez tomber svp"])
def test_who_gives_up_is_let_go_or_asked_once(
    everywhere: Mapping[type, Talk], state: type, words: str
) -> None:
    talk = at(everywhere, state)
    talk.say(words)
    assert talk.state in ("Idle", "Leaving", "BrowsingAccounts")


@pytest.mark.parametrize("state", STATES)
def test_who_is_angry_is_shown_a_way_to_a_person(
    everywhere: Mapping[type, Talk], state: type
) -> None:
    talk = at(everywhere, state)
    talk.say("vous servez vraiment à rien")
    assert state in TO_AN_ADVISOR or "Téléphone et horaires" in talk.labels
