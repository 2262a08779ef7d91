"""Periods in words, as the privacy notice says them."""

from datetime import timedelta

import pytest

from bot.domain.retention import Retention, render_period


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (timedelta(hours=1), "une heure"),
        (timedelta(hours=3), "trois heures"),
        (timedelta(hours=24), "24 heures"),
        (timedelta(days=2), "48 heures"),
        (timedelta(days=3), "trois jours"),
        (timedelta(days=30), "30 jours"),
        (timedelta(days=365), "un an"),
        (timedelta(days=3 * 365), "trois ans"),
        (timedelta(days=1000), "1000 jours"),
        (timedelta(days=100 * 365), "100 ans"),
    ],
)
def test_a_period_is_said_as_people_say_it(period: timedelta, words: str) -> None:
    assert render_period(period) == words


def test_the_usual_periods_are_those_of_the_notice() -> None:
    kept = Retention()

    assert render_period(kept.nir) == "une heure"
    assert render_period(kept.draft) == "24 heures"
    assert render_period(kept.ticket) == "trois ans"
