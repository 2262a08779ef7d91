"""Pace: a burst at once, then one place after the other."""

import pytest

from bot.jobs.pace import Bucket, Pace


class Watch:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    watch = Watch()
    bucket = Bucket(Pace(rate=2, burst=3), watch)

    assert [bucket.take() for _ in range(6)] == [0, 0, 0, 0.5, 1.0, 1.5]


def test_a_rest_fills_the_bucket_up_to_its_burst() -> None:
    watch = Watch()
    bucket = Bucket(Pace(rate=1, burst=2), watch)
    bucket.take()
    assert not bucket.is_full

    watch.now = 100
    assert bucket.is_full
    assert [bucket.take() for _ in range(3)] == [0, 0, 1]


@pytest.mark.parametrize("rate", [0.5, 25, 1000])
def test_the_rate_holds_in_the_long_run(rate: float) -> None:
    watch = Watch()
    bucket = Bucket(Pace(rate, burst=1), watch)
    for n in range(1000):
        watch.now += bucket.take()
        assert watch.now >= n / rate - 1e-6


def test_a_pace_that_is_shared_holds_from_then_on() -> None:
    watch = Watch()
    bucket = Bucket(Pace(rate=4, burst=4), watch)
    bucket.change(Pace(rate=1, burst=2))

    assert [bucket.take() for _ in range(4)] == [0, 0, 1, 2]
