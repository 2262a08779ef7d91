"""A period in any usual French wording; a year or a month stands for its days."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.dates import DateFault, Period, PeriodFault, format_date, parse_period
from bot.domain.errors import InvalidAnswerError


@pytest.mark.parametrize(
    "typed",
    [
        "du 01/09/2019 au 31/08/2021",
        "01/09/2019 au 31/08/2021",
        "01/09/2019 - 31/08/2021",
        "01/09/2019-31/08/2021",
        "01/09/2019 – 31/08/2021",
        "01/09/2019 → 31/08/2021",
        "01/09/2019 31/08/2021",
        "01/09/2019\n31/08/2021",
        "01.09.2019 - 31.08.2021",
        "2019-09-01 2021-08-31",
        "entre le 1er septembre 2019 et le 31 août 2021",
        "du 1er septembre 2019 au 31 août 2021",
        "du 1er septembre 2019 jusqu'au 31 août 2021",
        "septembre 2019 à août 2021",
        "Sept. 2019 - aout 2021",
        "de septembre 2019 à août 2021",
        "09/2019 à 08/2021",
        "période du 01/09/2019 au 31/08/2021.",
    ],
)
def test_any_usual_wording_is_the_same_period(typed: str) -> None:
    period = parse_period(typed)

    assert period == Period(date(2019, 9, 1), date(2021, 8, 31))
    assert str(period) == "du 01/09/2019 au 31/08/2021"


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("2020", "2020"),
        ("en 2020", "2020"),
        ("l'année 2020", "2020"),
        ("du 01/01/2020 au 31/12/2020", "2020"),
        ("2019 à 2021", "du 01/01/2019 au 31/12/2021"),
        ("2019-2021", "du 01/01/2019 au 31/12/2021"),
        ("2019/2021", "du 01/01/2019 au 31/12/2021"),
        ("entre 2019 et 2021", "du 01/01/2019 au 31/12/2021"),
        ("février 2020", "du 01/02/2020 au 29/02/2020"),
        ("septembre à décembre 2019", "du 01/09/2019 au 31/12/2019"),
        ("juin-août 2020", "du 01/06/2020 au 31/08/2020"),
        ("du 1er au 15 mars 2020", "du 01/03/2020 au 15/03/2020"),
        ("du 1er au 31/03/2020", "du 01/03/2020 au 31/03/2020"),
        ("du 3 janvier au 4 mars 2021", "du 03/01/2021 au 04/03/2021"),
        ("du 01/03 au 15/04/2020", "du 01/03/2020 au 15/04/2020"),
        ("du 05/05/2020 au 05/05/2020", "du 05/05/2020 au 05/05/2020"),
    ],
)
def test_years_months_and_what_is_left_unsaid(typed: str, written: str) -> None:
    assert str(parse_period(typed)) == written


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", "period.form"),
        ("depuis toujours", "period.form"),
        ("depuis 2019", "period.form"),
        ("01/09/2019", "period.form"),
        ("1er trimestre 2020", "period.form"),
        ("13/2019", "period.form"),
        ("du 01/09/2019 au", "period.form"),
        ("31/08/2021 au 01/09/2019", "period.reversed"),
        ("2021 à 2019", "period.reversed"),
        ("du 01/09/19 au 31/08/21", "date.short_year"),
        ("du 31/02/2020 au 01/03/2020", "date.impossible"),
        ("du 01/09/2019 au 31/02/2020", "date.impossible"),
        ("1800 à 2020", "date.year_range"),
    ],
)
def test_what_is_no_period_is_refused_with_its_reason(typed: str, fault: str) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        parse_period(typed)

    assert caught.value.fault == fault
    assert caught.value.__context__ is None


@settings(derandomize=True, deadline=None)
@given(*[st.dates(date(1900, 1, 1), date(2100, 12, 31))] * 2)
def test_every_period_is_read_back(first: date, second: date) -> None:
    period = Period(min(first, second), max(first, second))

    assert parse_period(str(period)) == period
    assert parse_period(f"{format_date(period.start)} - {format_date(period.end)}") == period


@settings(derandomize=True, deadline=None)
@given(st.text("0129/.- duaemrs'", max_size=30))
def test_any_text_is_a_period_or_refused(text: str) -> None:
    try:
        period, fault = parse_period(text), ""
    except InvalidAnswerError as error:
        period, fault = parse_period("2020"), error.fault

    assert not fault or fault in {*PeriodFault, *DateFault}
    assert period.start <= period.end
