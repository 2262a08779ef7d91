"""What Telegram's errors mean for a row."""

from datetime import timedelta

import pytest
from jobs.samples import a_row

from bot.background.rate_limit import RateLimit
from bot.channels.telegram.bot_client import (
    BrokenError,
    ForbiddenError,
    LineError,
    NoAnswerError,
    RefusedError,
    SlowDownError,
    TokenError,
    UnreachedError,
    read_error,
)
from bot.channels.telegram.delivery import GROUP_PACE, Delivery
from bot.domain.delivery import Delivered, DeliveryResult, Refused, RetryLater, Unreachable

A_MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("error", "receipt"),
    [
        (SlowDownError(A_MINUTE), RetryLater("telegram.429", A_MINUTE)),
        (NoAnswerError("TimeoutError"), RetryLater("telegram.no_answer", perhaps=True)),
        (UnreachedError("TimeoutError"), RetryLater("telegram.no_answer")),
        (BrokenError("Bad Gateway"), RetryLater("telegram.5xx")),
        (TokenError(), RetryLater("telegram.token")),
        (LineError("?"), RetryLater("telegram.5xx")),
        (ForbiddenError("bot was blocked by the user"), Unreachable("telegram.403")),
        (RefusedError("Chat not found"), Unreachable("telegram.no_chat")),
        (RefusedError("Message is not modified: the same"), Delivered()),
        (RefusedError("Message to delete not found"), Delivered()),
        (RefusedError("Message is too long"), Refused("telegram.400 message is too long")),
        (RefusedError('Wrong thing "words of somebody"'), Refused("telegram.400")),
    ],
)
def test_errors(error: LineError, receipt: DeliveryResult) -> None:
    assert read_error(error, a_row()) == receipt


def test_patience_with_an_erasure_is_short_when_telegram_answers() -> None:
    patient, spent = a_row(kind="erase", attempts=3), a_row(kind="erase", attempts=4)

    assert read_error(BrokenError("?"), patient) == RetryLater("telegram.5xx")
    assert read_error(BrokenError("?"), spent) == Refused("telegram.not_erased")
    assert read_error(UnreachedError("?"), spent) == RetryLater("telegram.no_answer")


def test_only_messages_count_against_the_limits() -> None:
    delivery = Delivery(None, None, RateLimit(1, 4), None)  # type: ignore[arg-type] # neither is used

    assert delivery.pace(a_row()) == RateLimit(1, 4)
    assert delivery.pace(a_row(lane="telegram:-5")) == GROUP_PACE
    assert delivery.pace(a_row(kind="erase")) is None
