"""Pace: a burst at once, then one place after the other."""

import asyncio

import pytest

from bot.background.rate_limit import PriorityGate, RateLimit, TokenBucket


class Watch:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    watch = Watch()
    bucket = TokenBucket(RateLimit(rate=2, burst=3), watch)

    assert [bucket.take() for _ in range(6)] == [0, 0, 0, 0.5, 1.0, 1.5]


def test_a_rest_fills_the_bucket_up_to_its_burst() -> None:
    watch = Watch()
    bucket = TokenBucket(RateLimit(rate=1, burst=2), watch)
    bucket.take()
    assert not bucket.is_full

    watch.now = 100
    assert bucket.is_full
    assert [bucket.take() for _ in range(3)] == [0, 0, 1]


@pytest.mark.parametrize("rate", [0.5, 25, 1000])
def test_the_rate_holds_in_the_long_run(rate: float) -> None:
    watch = Watch()
    bucket = TokenBucket(RateLimit(rate, burst=1), watch)
    for n in range(1000):
        watch.now += bucket.take()
        assert watch.now >= n / rate - 1e-6


async def test_the_most_urgent_goes_through_the_gate_first() -> None:
    gate, passed = PriorityGate(RateLimit(rate=200, burst=1)), list[str]()

    async def go(urgency: int, name: str) -> None:
        await gate.through(urgency)
        passed.append(name)

    await asyncio.gather(go(2, "first"), go(2, "many 1"), go(2, "many 2"), go(1, "answer"))

    assert passed == ["first", "answer", "many 1", "many 2"]


async def test_who_gave_up_at_the_gate_takes_no_place() -> None:
    gate = PriorityGate(RateLimit(rate=200, burst=1))
    await gate.through(1)
    gone, waiting = (asyncio.create_task(gate.through(1)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    await waiting

    assert gone.cancelled()


async def test_an_open_gate_keeps_nobody() -> None:
    gate = PriorityGate(RateLimit(rate=0.001, burst=1))
    await gate.through(1)
    waiting = [asyncio.create_task(gate.through(1)) for _ in range(3)]
    await asyncio.sleep(0)
    gate.open_wide()

    await asyncio.gather(*waiting)


def test_a_pace_that_is_shared_holds_from_then_on() -> None:
    watch = Watch()
    bucket = TokenBucket(RateLimit(rate=4, burst=4), watch)
    bucket.change(RateLimit(rate=1, burst=2))

    assert [bucket.take() for _ in range(4)] == [0, 0, 1, 2]
