"""Waits double up to a quarter of an hour; chance only shortens them."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.delivery import GIVE_UP_AFTER, LONGEST_DELAY, delay_before


def test_the_first_attempt_is_at_once_and_waits_double() -> None:
    waits = [delay_before(attempt).total_seconds() for attempt in range(1, 13)]

    assert waits == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]


def test_a_system_may_be_down_for_a_night() -> None:
    waited = sum(map(delay_before, range(1, GIVE_UP_AFTER + 1)), timedelta(0))

    assert timedelta(hours=20) < waited < timedelta(hours=24)


@settings(derandomize=True, deadline=None)
@given(st.integers(1, 10**6), st.floats(0, 1))
def test_chance_shortens_a_wait_by_a_quarter_at_most(attempt: int, jitter: float) -> None:
    whole = delay_before(attempt)

    assert whole * 0.75 <= delay_before(attempt, jitter=jitter) <= whole <= LONGEST_DELAY


@pytest.mark.parametrize(("attempt", "jitter"), [(0, 0.0), (1, -0.1), (1, 1.1)])
def test_senseless_arguments_are_our_own_mistake(attempt: int, jitter: float) -> None:
    with pytest.raises(ValueError, match=r"\("):
        delay_before(attempt, jitter=jitter)
