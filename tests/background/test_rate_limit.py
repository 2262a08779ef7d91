"""Rate limits: a burst at once, then one place after the other, the most urgent first."""

import asyncio
import random

import pytest

from bot.background.rate_limit import PriorityGate, RateLimit, RateLimiter, TokenBucket

CHAT = RateLimit(rate=1, burst=4)
LANE = "telegram:1"


class Watch:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def a_gate(rate: float, burst: float = 1, most: int = 100) -> PriorityGate:
    return PriorityGate(TokenBucket(RateLimit(rate, burst)), most)


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
    gate, passed = a_gate(rate=200), list[str]()

    async def go(urgency: int, name: str) -> None:
        async with gate.passing(urgency):
            passed.append(name)

    await asyncio.gather(go(2, "first"), go(2, "many 1"), go(2, "many 2"), go(1, "answer"))

    assert passed == ["first", "answer", "many 1", "many 2"]


async def test_who_gave_up_at_the_gate_takes_no_place() -> None:
    gate, passed = a_gate(rate=200, most=1), list[str]()

    async def go(name: str) -> None:
        async with gate.passing(1):
            passed.append(name)

    await go("first")
    gone, waiting = asyncio.create_task(go("gone")), asyncio.create_task(go("waiting"))
    await asyncio.sleep(0)
    gone.cancel()
    await waiting

    assert passed == ["first", "waiting"]


async def test_an_open_gate_keeps_nobody() -> None:
    gate = a_gate(rate=0.001)

    async def go() -> None:
        async with gate.passing(1):
            pass

    await go()
    waiting = [asyncio.create_task(go()) for _ in range(3)]
    await asyncio.sleep(0)
    gate.open_wide()

    await asyncio.gather(*waiting)
    await go()


async def test_no_more_are_under_way_than_a_second_bears() -> None:
    """Where the other side does not answer, what piles up there stays within its limit."""
    gate, answered = a_gate(rate=1000, burst=1000, most=3), asyncio.Event()
    under_way = asyncio.Semaphore(0)

    async def go() -> None:
        async with gate.passing(1):
            under_way.release()
            await answered.wait()

    tasks = [asyncio.create_task(go()) for _ in range(5)]
    for _ in range(3):
        await under_way.acquire()
    assert under_way.locked()

    answered.set()
    await asyncio.gather(*tasks)


def test_whoever_begins_to_send_finds_nothing_left_of_the_predecessors_burst() -> None:
    watch = Watch()
    limiter = RateLimiter(RateLimit(25, 5), watch)
    watch.now = 0.25
    assert limiter.wait_in_lane(LANE, CHAT) == pytest.approx(0.75)

    watch.now = 100
    assert [limiter.wait_in_lane("telegram:2", CHAT) for _ in range(5)] == [0, 0, 0, 0, 1]


@pytest.mark.parametrize("seed", range(5))
def test_processes_that_follow_one_another_keep_within_what_a_chat_bears(seed: int) -> None:
    """Each message leaves late by chance, one after the other, and each of the processes in turn
    leads for a while: no more than five arrive at once, and one more a second."""
    chance, watch = random.Random(seed), Watch()
    arrived: list[float] = []
    limiter = RateLimiter(RateLimit(25, 5), watch)
    for _ in range(200):
        if chance.random() < 0.1:
            limiter = RateLimiter(RateLimit(25, 5), watch)
        watch.now += chance.choice((0, 0, 0.2, 3))
        watch.now += limiter.wait_in_lane(LANE, CHAT)
        watch.now += chance.choice((0, 0.05, 2))
        arrived.append(watch.now)

    for first, since in enumerate(arrived):
        for more, until in enumerate(arrived[first:], 1):
            assert more <= 5 + (until - since) + 1e-6


def test_who_has_not_been_written_to_for_a_while_is_forgotten_and_nobody_else() -> None:
    watch = Watch()
    limiter = RateLimiter(RateLimit(25, 5), watch)
    waits: list[float] = []
    for person in range(10_000):
        watch.now += 0.04
        limiter.wait_in_lane(f"telegram:{person}", CHAT)
        if person % 20 == 0:  # in less than a second: more than a chat bears
            waits.append(limiter.wait_in_lane("telegram:busy", CHAT))
    assert len(limiter) <= 400
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(len(waits) * (1 - 20 * 0.04), abs=5)
