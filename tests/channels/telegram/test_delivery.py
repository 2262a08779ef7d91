"""What Telegram's errors mean for a row."""

from datetime import timedelta

import pytest
from support.outbox_rows import a_row
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.channels.telegram.bot_client import NoAnswerError, NotConnectedError, read_error
from bot.channels.telegram.delivery import Delivery, SendingLimits
from bot.domain.delivery import Delivered, DeliveryResult, Refused, RetryLater, Unreachable

A_MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("error", "receipt"),
    [
        (RetryAfter(A_MINUTE), RetryLater("telegram.429", A_MINUTE)),
        (NoAnswerError("TimeoutError"), RetryLater("telegram.no_answer", perhaps=True)),
        (NotConnectedError("TimeoutError"), RetryLater("telegram.no_answer")),
        (NetworkError("Bad Gateway"), RetryLater("telegram.5xx")),
        (InvalidToken(), RetryLater("telegram.token")),
        (TelegramError("?"), RetryLater("telegram.5xx")),
        (Forbidden("bot was blocked by the user"), Unreachable("telegram.403")),
        (BadRequest("Chat not found"), Unreachable("telegram.no_chat")),
        (BadRequest("Message is not modified: the same"), Delivered()),
        (BadRequest("Message to delete not found"), Delivered()),
        (BadRequest("Message is too long"), Refused("telegram.400 message is too long")),
        (BadRequest('Wrong thing "words of somebody"'), Refused("telegram.400")),
    ],
)
def test_errors(error: TelegramError, receipt: DeliveryResult) -> None:
    assert read_error(error, a_row()) == receipt


def test_patience_with_an_erasure_is_short_when_telegram_answers() -> None:
    patient, spent = a_row(kind="erase", attempts=3), a_row(kind="erase", attempts=4)

    assert read_error(NetworkError("?"), patient) == RetryLater("telegram.5xx")
    assert read_error(NetworkError("?"), spent) == Refused("telegram.not_erased")
    assert read_error(NotConnectedError("?"), spent) == RetryLater("telegram.no_answer")


def test_only_messages_count_against_the_limits() -> None:
    delivery = Delivery(None, None, None)  # type: ignore[arg-type] # none is used
    limits = SendingLimits()

    assert delivery.pace(a_row()) == limits.chat
    assert delivery.pace(a_row(lane="telegram:-5")) == limits.group
    assert delivery.pace(a_row(kind="erase")) is None
