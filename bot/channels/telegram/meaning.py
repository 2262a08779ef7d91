"""What Telegram's errors mean for the row that was to be sent.

| answer | meaning |
|---|---|
| 429 | the lane sleeps as long as Telegram says |
| none, 5xx | tried again, later and later |
| 403, no such chat | the person is unreachable until they write again |
| 400: not modified, nothing to delete | done |
| 400: cannot parse | sent once as plain text |
| migrated | sent to the new chat |
| anything else | given up, where the operator sees it |
"""

import re

from bot.channels.telegram.bot_client import (
    BrokenError,
    ForbiddenError,
    LineError,
    NoAnswerError,
    RefusedError,
    SlowDownError,
    TokenError,
    UnreachedError,
)
from bot.domain.delivery import (
    Delivered,
    DeliveryResult,
    OutboxMessage,
    Refused,
    RetryLater,
    Unreachable,
)

DONE = ("message is not modified", "message to delete not found")
NO_CHAT = ("chat not found", "user not found", "peer_id_invalid")
UNPARSED = "can't parse entities"
HARMLESS = re.compile(r"[A-Za-z_' :]{1,80}")
"""A description in plain words: it quotes nothing that somebody typed."""

ERASE_PATIENCE = 4
"""Attempts, when Telegram answers: a person must know soon that their NIR is still to be seen."""

FETCH_PATIENCE = 5
"""Attempts, when Telegram answers: who sent a file must know soon that it did not arrive."""

FETCHES = ("fetch", "fetch_piece")


def read_error(error: LineError, row: OutboxMessage) -> DeliveryResult:  # noqa: PLR0911 -- a table
    """What an error means for the row."""
    if row.kind in ("parting", "leave") and isinstance(error, RefusedError | ForbiddenError):
        return Delivered()  # a group that cannot be written to or left is left already
    match error:
        case SlowDownError(after=after):
            return RetryLater("telegram.429", after)
        case ForbiddenError():
            return Unreachable("telegram.403")
        case RefusedError(message=message):
            return _read_400(message)
        case NoAnswerError():
            return RetryLater("telegram.no_answer", perhaps=not isinstance(error, UnreachedError))
        case TokenError():
            return RetryLater("telegram.token")
        case BrokenError() if row.kind == "erase" and row.attempts >= ERASE_PATIENCE:
            return Refused("telegram.not_erased")
        case BrokenError() if row.kind in FETCHES and row.attempts >= FETCH_PATIENCE:
            return Refused("telegram.not_fetched")
        case _:
            return RetryLater("telegram.5xx")


def _read_400(message: str) -> DeliveryResult:
    said = message.lower().removeprefix("bad request: ")
    if any(words in said for words in DONE):
        return Delivered()
    if any(words in said for words in NO_CHAT):
        return Unreachable("telegram.no_chat")
    return Refused(f"telegram.400 {said}" if HARMLESS.fullmatch(said) else "telegram.400")
