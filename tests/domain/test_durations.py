"""Durations as people say them."""

import pytest

from bot.domain.durations import days_in_words, hours_in_words


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (1, "une heure"),
        (3, "trois heures"),
        (24, "24 heures"),
        (25, "25 heures"),
        (72, "trois jours"),
    ],
)
def test_hours(hours: int, words: str) -> None:
    assert hours_in_words(hours) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [(1, "un jour"), (90, "90 jours"), (365, "un an"), (1095, "trois ans"), (36500, "100 ans")],
)
def test_days(days: int, words: str) -> None:
    assert days_in_words(days) == words
