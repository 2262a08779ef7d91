"""What Telegram's answers mean: the result, or one of these errors.

An error holds Telegram's own description at most, which may quote what was sent: it is read, and
never written into a log. None holds an address, for the token is part of every one.
"""

import json
from datetime import timedelta
from http import HTTPStatus
from typing import Any

SURPLUS = "Bad Request: "
DEFAULT_REST = 5  # seconds to wait when Telegram does not say how many


class LineError(Exception):
    """What was asked of Telegram was not done, or nobody knows."""


class NoAnswerError(LineError):
    """Telegram could not be reached, or its answer did not come: the call may have been done."""


class UnreachedError(NoAnswerError):
    """There was no connection: the call was not done."""


class BrokenError(LineError):
    """Who answers is not Telegram, or not well."""


class SlowDownError(LineError):
    """Telegram wants to hear nothing more of this for a while."""

    def __init__(self, after: timedelta) -> None:
        super().__init__("Too Many Requests")
        self.after = after


class RefusedError(LineError):
    """The call is not understood, or not possible: `message` says why."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class MovedError(LineError):
    """The group has become another one."""

    def __init__(self, chat_id: int) -> None:
        super().__init__("migrated")
        self.chat_id = chat_id


class ForbiddenError(LineError):
    """Whom the call is for does not want the bot."""


class TokenError(LineError):
    """Telegram does not know the token."""


class ConflictError(LineError):
    """Another process asks for updates."""


PLAIN: dict[int, type[LineError]] = {
    HTTPStatus.FORBIDDEN: ForbiddenError,
    HTTPStatus.UNAUTHORIZED: TokenError,
    HTTPStatus.NOT_FOUND: TokenError,  # what is said of a token that cannot be one
    HTTPStatus.CONFLICT: ConflictError,
}


def read_answer(status: int, content: bytes) -> Any:
    """The result of a call.

    Raises:
        LineError: there is none.
    """
    answer = _parse(content)
    if answer is not None and 200 <= status < 300 and "result" in answer:
        return answer["result"]
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise SlowDownError(_rest(answer))
    moved = _number(answer, "migrate_to_chat_id")
    if moved is not None:
        raise MovedError(moved)
    said = str((answer or {}).get("description", ""))
    if status == HTTPStatus.BAD_REQUEST:
        raise RefusedError(said.removeprefix(SURPLUS))
    if status < 300:
        raise NoAnswerError("not Telegram")  # a proxy in between may answer in Telegram's place
    raise PLAIN.get(status, BrokenError)(said)


def _parse(content: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _number(answer: dict[str, Any] | None, name: str) -> int | None:
    """A parameter of an error: what Telegram says besides the description."""
    said = (answer or {}).get("parameters")
    found = said.get(name) if isinstance(said, dict) else None
    return found if type(found) is int else None


def _rest(answer: dict[str, Any] | None) -> timedelta:
    seconds = _number(answer, "retry_after")
    return timedelta(seconds=DEFAULT_REST if seconds is None else max(1, seconds))
