"""Accounts: months that end early, estimates, the day of expiry, and who an account is for."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.registers import TODAY, an_account

from bot.domain.account import AccountStanding, Holder, add_months, is_recycled, parse_identifier
from bot.domain.errors import InvalidAnswerError

DAYS = st.dates(date(2000, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("renewed", "expires"),
    [
        (date(2024, 8, 31), date(2026, 2, 28)),
        (date(2022, 8, 31), date(2024, 2, 29)),
        (date(2024, 2, 29), date(2025, 8, 29)),
        (date(2026, 6, 30), date(2027, 12, 30)),
        (date(2026, 11, 23), date(2028, 5, 23)),
    ],
)
def test_eighteen_months_end_on_a_day_that_exists(renewed: date, expires: date) -> None:
    assert add_months(renewed, 18) == expires


@given(day=DAYS, months=st.integers(1, 18))
def test_a_month_later_is_that_month_and_never_a_later_day(day: date, months: int) -> None:
    later = add_months(day, months)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == min(day.day, monthrange(later.year, later.month)[1])


@given(day=DAYS, more=st.integers(0, 400), months=st.integers(1, 18))
def test_who_renews_later_never_expires_earlier(day: date, more: int, months: int) -> None:
    assert add_months(day, months) <= add_months(day + timedelta(days=more), months)


def test_the_last_day_is_a_good_one() -> None:
    assert not an_account("anne", 0).is_expired(TODAY)
    assert an_account("anne", -1).is_expired(TODAY)


@pytest.mark.parametrize(
    ("days", "standing"),
    [
        (91, AccountStanding.ACTIVE),
        (90, AccountStanding.EXPIRING),
        (0, AccountStanding.EXPIRING),
        (-1, AccountStanding.EXPIRED),
    ],
)
def test_how_an_account_stands(days: int, standing: AccountStanding) -> None:
    assert an_account("anne", days).standing(TODAY, 90) is standing
    assert an_account("anne", days, leaves=TODAY).standing(TODAY, 90) is AccountStanding.LEAVING


ANNE = Holder(last_name="Martin", first_name="Anne", email="anne@mairie-exemple.fr")


@pytest.mark.parametrize(
    ("holder", "recycled"),
    [
        (Holder(last_name="Petit", first_name="Anne", email="anne@mairie-exemple.fr"), False),
        (Holder(last_name="Petit", first_name="Anne", email="petit@mairie-exemple.fr"), False),
        (Holder(last_name="MARTIN", first_name="Jean", email="jean@mairie-exemple.fr"), False),
        (Holder(last_name="Petit", first_name="Jean", email="anne@mairie-exemple.fr"), False),
        (Holder(last_name="Petit", first_name="Jean", email="jean@mairie-exemple.fr"), True),
        (Holder(last_name="Petit", first_name="Jean", email=""), True),
    ],
)
def test_all_three_changed_is_another_person(holder: Holder, recycled: bool) -> None:
    assert is_recycled(ANNE, holder) is recycled


def test_an_email_never_told_cannot_have_stayed() -> None:
    origin = Holder(last_name="Martin", first_name="Anne")
    assert is_recycled(origin, Holder(last_name="Petit", first_name="Jean"))


@pytest.mark.parametrize("typed", ["A003", " a003 ", "agent.12_b", "p-7"])
def test_identifiers_are_upper_case_without_spaces(typed: str) -> None:
    assert parse_identifier(typed) == typed.strip().upper()


@pytest.mark.parametrize(
    "typed", ["A285067599900116", "2 85 06 75 999 001 16", "2_85_06_75_999_001"]
)
def test_a_nir_is_no_identifier(typed: str) -> None:
    with pytest.raises(InvalidAnswerError, match=r"identifier\.(number|form)"):
        parse_identifier(typed)


@pytest.mark.parametrize("typed", ["", "   ", "é12", "a" * 31, "x;y", "=cmd()"])
def test_what_is_no_identifier_is_refused(typed: str) -> None:
    with pytest.raises(InvalidAnswerError):
        parse_identifier(typed)
