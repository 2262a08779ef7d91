"""Pacing: what one chat bears holds for all processes together."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from bot.background.rate_limit import RateLimit, RateLimiter
from bot.domain.delivery import OutboxMessage, OutboxState

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CHAT = RateLimit(rate=1, burst=4)
LANE = "telegram:1"


def a_row(*ago: float, now: datetime = NOW) -> OutboxMessage:
    """A message to a chat to which something was sent so many seconds ago."""
    return OutboxMessage(
        id=1,
        lane=LANE,
        kind="say",
        payload={},
        state=OutboxState.WAITING,
        created_at=NOW,
        due_at=NOW,
        attempts=1,
        sent_before=tuple(now - timedelta(seconds=one) for one in sorted(ago)),
    )


@pytest.mark.parametrize(
    ("ago", "wait"),
    [
        ((), 0),
        ((0.1, 0.2, 0.3), 0),
        ((0.5, 0.5, 0.5, 0.5), 3.5),
        ((0.5, 1, 2, 3), 1),
        ((1, 2, 3, 4), 0),  # one a second, for ever
        ((5, 6, 7, 8, 9), 0),
    ],
)
def test_what_others_have_sent_leaves_less_to_be_sent_now(
    ago: tuple[float, ...], wait: float
) -> None:
    assert RateLimiter(25, lambda: 0.0).wait_in_lane(a_row(*ago), CHAT, NOW) == pytest.approx(wait)


@pytest.mark.parametrize("seed", range(5))
def test_processes_that_take_turns_never_send_more_than_a_burst_while_it_comes_back(
    seed: int,
) -> None:
    """A person writes as fast as can be, and each message is answered by any of four."""
    chance, at = random.Random(seed), 0.0
    four = [RateLimiter(25, lambda: at) for _ in range(4)]
    sent: list[float] = []
    for _ in range(200):
        at += chance.choice((0, 0, 0.2, 3))
        row = a_row(*(at - one for one in sent[-15:]), now=NOW + timedelta(seconds=at))
        at += chance.choice(four).wait_in_lane(row, CHAT, NOW + timedelta(seconds=at))
        sent.append(at)

    assert all(later - first >= 4 - 1e-5 for first, later in zip(sent, sent[4:], strict=False))


def test_alone_a_process_asks_nobody() -> None:
    pacing = RateLimiter(25)
    pacing.share(1)
    assert not pacing.is_shared
    pacing.share(4)
    assert pacing.is_shared
