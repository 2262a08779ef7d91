"""The codec: sessions and tickets to JSON and back, checked on the way in.

States are told apart by their `kind`. A session written by another version of the desk may not
fit any more: that is `UnreadableSessionError`, and the person begins afresh.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from bot.conversation.session import NumberPart, Offer, Session
from bot.conversation.states import State
from bot.domain.ticket import Answer, AnswerSource, TicketRequest


class UnreadableSessionError(Exception):
    """A stored session does not fit the present code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _StoredSession:
    state: Annotated[State, Field(discriminator="kind")]
    turn: int
    offers: tuple[Offer, ...]
    standing: tuple[Offer, ...] = ()
    asked: str = ""
    number_part: NumberPart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What of a ticket is sealed, its agents apart."""

    employer: str
    email: str
    answers: tuple[Answer, ...]
    description: str
    sources: tuple[AnswerSource, ...] = ()


_LATER = ConfigDict(defer_build=True)  # built at the first use: a start shall be quick
_SESSIONS = TypeAdapter(_StoredSession)
_CONTENTS = TypeAdapter(Content)
_ANSWERS = TypeAdapter(tuple[Answer, ...], config=_LATER)
_PAYLOADS: TypeAdapter[Mapping[str, Any]] = TypeAdapter(dict[str, Any], config=_LATER)


def session_to_json(session: Session) -> str:
    stored = _StoredSession(
        state=session.state,
        turn=session.turn,
        offers=session.offers,
        standing=session.standing,
        asked=session.asked,
        number_part=session.number_part,
    )
    return _SESSIONS.dump_json(stored).decode()


def session_from_json(text: str) -> Session:
    try:
        stored = _SESSIONS.validate_json(text)
    except ValidationError:
        # Its message quotes what was typed: it must not reach a log.
        raise UnreadableSessionError from None
    return Session(
        state=stored.state,
        turn=stored.turn,
        offers=stored.offers,
        standing=stored.standing,
        asked=stored.asked,
        number_part=stored.number_part,
    )


def content_to_json(request: TicketRequest) -> str:
    content = Content(
        employer=request.employer.name,
        email=request.email,
        answers=request.answers,
        description=request.description,
        sources=request.sources,
    )
    return _CONTENTS.dump_json(content).decode()


def content_from_json(text: str) -> Content:
    return _CONTENTS.validate_json(text)


def answers_to_json(answers: tuple[Answer, ...]) -> str:
    return _ANSWERS.dump_json(answers).decode()


def answers_from_json(text: str) -> tuple[Answer, ...]:
    return _ANSWERS.validate_json(text)


def payload_to_json(payload: Mapping[str, Any]) -> str:
    return _PAYLOADS.dump_json(payload).decode()


def payload_from_json(text: str) -> Mapping[str, Any]:
    return _PAYLOADS.validate_json(text)
