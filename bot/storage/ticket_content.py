"""What of a ticket is encrypted, as JSON and back, checked on the way in."""

from dataclasses import dataclass

from pydantic import ConfigDict, TypeAdapter

from bot.domain.ticket import Answer, AnswerSource, TicketRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What of a ticket is sealed, its agents apart."""

    employer: str
    email: str
    answers: tuple[Answer, ...]
    description: str
    sources: tuple[AnswerSource, ...] = ()


_LATER = ConfigDict(defer_build=True)  # built at the first use: a start shall be quick
_CONTENTS = TypeAdapter(Content)
_ANSWERS = TypeAdapter(tuple[Answer, ...], config=_LATER)


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
