"""Dates and years as they are typed; nothing is guessed.

A period in any usual French wording; a year or a month stands for its days."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.dates import (
    format_date,
    parse_date,
    read_coming_date,
    read_event_date,
    read_near_date,
    read_past_date,
    read_year,
    spell_date,
)
from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.periods import Period, read_absence, read_period

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    "typed",
    [
        "03/03/2026",
        "3/3/2026",
        "03.03.2026",
        "03-03-2026",
        "03 03 2026",
        "03 / 03 / 2026",
        "03032026",
        "2026-03-03",
        "3 mars 2026",
        "le 3 mars 2026",
        "mardi 3 mars 2026",
        "3 MARS 2026",
        "03\u00a0mars\u00a02026.",
        "\uff13/\uff13/\uff12\uff10\uff12\uff16",
    ],
)
def test_any_usual_writing_is_the_same_day(typed: str) -> None:
    assert parse_date(typed) == date(2026, 3, 3)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("1er septembre 2026", date(2026, 9, 1)),
        ("1 er sept. 2026", date(2026, 9, 1)),
        ("15 aout 1990", date(1990, 8, 15)),
        ("15 août 1990", date(1990, 8, 15)),
        ("3 févr. 1990", date(1990, 2, 3)),
        ("31 déc. 1999", date(1999, 12, 31)),
        ("29/02/2024", date(2024, 2, 29)),
        ("01/01/1900", date(1900, 1, 1)),
        ("31/12/2100", date(2100, 12, 31)),
    ],
)
def test_months_in_letters_and_the_edges_of_the_calendar(typed: str, day: date) -> None:
    assert parse_date(typed) == day


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", Fault.DATE_FORM),
        ("bientôt", Fault.DATE_FORM),
        ("mars 2026", Fault.DATE_FORM),
        ("3 mars", Fault.DATE_SHORT_YEAR),
        ("3 brumaire 2026", Fault.DATE_FORM),
        ("03/03/202", Fault.DATE_FORM),
        ("20260303", Fault.DATE_FORM),
        ("03/03/20266", Fault.DATE_FORM),
        ("03/03/26", Fault.DATE_SHORT_YEAR),
        ("3 mars 26", Fault.DATE_SHORT_YEAR),
        ("31/02/2026", Fault.DATE_IMPOSSIBLE),
        ("29/02/2026", Fault.DATE_IMPOSSIBLE),
        ("03/13/2026", Fault.DATE_IMPOSSIBLE),
        ("00/01/2026", Fault.DATE_IMPOSSIBLE),
        ("01/01/1899", Fault.DATE_YEAR_RANGE),
        ("01/01/2101", Fault.DATE_YEAR_RANGE),
        ("01/01/0000", Fault.DATE_YEAR_RANGE),
    ],
)
def test_what_is_no_date_is_refused_with_its_reason(typed: str, fault: Fault) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        parse_date(typed)

    assert caught.value.fault == fault
    assert caught.value.__context__ is None


def test_a_birth_is_not_to_come() -> None:
    assert read_past_date("23/11/2026", TODAY).value == TODAY
    with pytest.raises(InvalidAnswerError, match=r"^date\.future$"):
        read_past_date("24/11/2026", TODAY)


@pytest.mark.parametrize(
    ("typed", "born"),
    [
        ("03/06/85", date(1985, 6, 3)),
        ("3.6.85", date(1985, 6, 3)),
        ("le 3 juin 85", date(1985, 6, 3)),
        ("31/12/27", date(1927, 12, 31)),
        ("01/01/99", date(1999, 1, 1)),
    ],
)
def test_a_birth_in_two_digits_is_read_where_the_other_century_is_to_come(
    typed: str, born: date
) -> None:
    assert read_past_date(typed, TODAY).value == born


@pytest.mark.parametrize("typed", ["03/06/05", "03/06/00", "01/01/26", "24/11/26"])
def test_a_birth_that_may_be_of_two_centuries_is_not_guessed(typed: str) -> None:
    with pytest.raises(InvalidAnswerError, match=r"^date\.short_year$"):
        read_past_date(typed, TODAY)


def test_a_death_in_two_digits_is_none_of_before_the_funds() -> None:
    assert read_past_date("03/06/25", TODAY, since=1950).value == date(2025, 6, 3)
    assert read_past_date("03/06/98", TODAY, since=1950).value == date(1998, 6, 3)
    with pytest.raises(InvalidAnswerError, match=r"^date\.short_year$"):
        read_past_date("03/06/30", TODAY, since=1950)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("01/09/26", date(2026, 9, 1)),
        ("1er septembre 46", date(2046, 9, 1)),
        ("01/09/50", date(1950, 9, 1)),
        ("01/09/98", date(1998, 9, 1)),
        ("01/09/2060", date(2060, 9, 1)),
    ],
)
def test_what_a_request_is_about_lies_between_the_funds_and_a_planned_retirement(
    typed: str, day: date
) -> None:
    assert read_event_date(typed, TODAY).value == day


def test_a_year_that_no_request_is_about_is_asked_in_full() -> None:
    with pytest.raises(InvalidAnswerError, match=r"^date\.short_year$"):
        read_event_date("01/09/48", TODAY)


@settings(derandomize=True, deadline=None)
@given(st.dates(date(1900, 1, 1), TODAY))
def test_two_digits_are_the_day_that_was_meant_or_refused(day: date) -> None:
    try:
        read = read_past_date(f"{day:%d/%m/%y}", TODAY).value
    except InvalidAnswerError as error:
        assert error.fault == Fault.DATE_SHORT_YEAR  # noqa: PT017 -- both outcomes are right
    else:
        assert read == day


@pytest.mark.parametrize(
    ("typed", "year"),
    [
        ("2026", 2026),
        ("en 1950", 1950),
        ("année 2027", 2027),
        (" 2020 ", 2020),
        ("26", 2026),
        ("exercice '87", 1987),
        ("l'an dernier", 2025),
        ("l'exercice en cours", 2026),
        ("pas 2024, 2025", 2025),
    ],
)
def test_a_year_is_read_where_it_can_be_one_only(typed: str, year: int) -> None:
    assert read_year(typed, TODAY).value == year


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("40", "year.form"),
        ("il y a longtemps", "year.form"),
        ("20266", "year.form"),
        ("1949", "year.range"),
        ("2028", "year.range"),
    ],
)
def test_another_year_is_refused(typed: str, fault: str) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        read_year(typed, TODAY)

    assert caught.value.fault == fault


DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))


@settings(derandomize=True, deadline=None)
@given(DAYS)
def test_every_day_is_read_back(day: date) -> None:
    assert parse_date(format_date(day)) == parse_date(day.isoformat()) == day


@settings(derandomize=True, deadline=None)
@given(st.text("0123456789/.- ermasout", max_size=20))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    try:
        day, fault = parse_date(text), ""
    except InvalidAnswerError as error:
        day, fault = TODAY, error.fault

    assert not fault or (fault in set(Fault) and fault.startswith("date."))
    assert 1900 <= day.year <= 2100


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
    period = read_period(typed, TODAY).value

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
        ("du 01/09/19 au 31/08/21", "du 01/09/2019 au 31/08/2021"),
        ("de janvier à juin 87", "du 01/01/1987 au 30/06/1987"),
        ("09/19 à 08/21", "du 01/09/2019 au 31/08/2021"),
        ("1er trimestre 2020", "du 01/01/2020 au 31/03/2020"),
        ("T2 2020 à T3 2021", "du 01/04/2020 au 30/09/2021"),
        ("2e semestre 21", "du 01/07/2021 au 31/12/2021"),
        ("2019-20", "du 01/01/2019 au 31/12/2020"),
        ("87 à 89", "du 01/01/1987 au 31/12/1989"),
        ("2019-12", "du 01/12/2019 au 31/12/2019"),
        ("depuis le 01/09/2019 à ce jour", "du 01/09/2019 au 23/11/2026"),
        ("début janv à fin fev 2020", "du 01/01/2020 au 29/02/2020"),
        ("du 1er au 15 mars 2020", "du 01/03/2020 au 15/03/2020"),
        ("du 1er au 31/03/2020", "du 01/03/2020 au 31/03/2020"),
        ("du 3 janvier au 4 mars 2021", "du 03/01/2021 au 04/03/2021"),
        ("du 01/03 au 15/04/2020", "du 01/03/2020 au 15/04/2020"),
        ("du 05/05/2020 au 05/05/2020", "du 05/05/2020 au 05/05/2020"),
    ],
)
def test_years_months_and_what_is_left_unsaid(typed: str, written: str) -> None:
    assert str(read_period(typed, TODAY).value) == written


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", "period.form"),
        ("depuis toujours", "period.form"),
        ("depuis 2019", "period.form"),
        ("01/09/2019", "period.form"),
        ("1er trimestre", "period.form"),
        ("jusqu'au 31/08/2021", "period.form"),
        ("fin 2019", "period.form"),
        ("année scolaire 2019/2020", "period.form"),
        ("2020 mais pas 2021", "period.form"),
        ("13/2019", "date.impossible"),
        ("du 01/09/2019 au", "period.form"),
        ("31/08/2021 au 01/09/2019", "period.reversed"),
        ("2021 à 2019", "period.reversed"),
        ("du 31/02/2020 au 01/03/2020", "date.impossible"),
        ("du 01/09/2019 au 31/02/2020", "date.impossible"),
        ("1800 à 2020", "date.year_range"),
    ],
)
def test_what_is_no_period_is_refused_with_its_reason(typed: str, fault: str) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        read_period(typed, TODAY)

    assert caught.value.fault == fault
    assert caught.value.__context__ is None


@settings(derandomize=True, deadline=None)
@given(*[st.dates(date(1900, 1, 1), date(2100, 12, 31))] * 2)
def test_every_period_is_read_back(first: date, second: date) -> None:
    period = Period(min(first, second), max(first, second))

    assert read_period(str(period), TODAY).value == period
    assert (
        read_period(f"{format_date(period.start)} - {format_date(period.end)}", TODAY).value
        == period
    )


@settings(derandomize=True, deadline=None)
@given(st.text("0129/.- duaemrs'", max_size=30))
def test_any_text_is_a_period_or_refused(text: str) -> None:
    try:
        period, fault = read_period(text, TODAY).value, ""
    except InvalidAnswerError as error:
        period, fault = Period(TODAY, TODAY), error.fault

    assert not fault or (fault in set(Fault) and fault.startswith(("date.", "period.")))
    assert period.start <= period.end


@pytest.mark.parametrize(
    ("typed", "readings"),
    [
        ("2011-12", ("du 01/12/2011 au 31/12/2011", "du 01/01/2011 au 31/12/2012")),
        ("2019 ou 2020", ("2019", "2020")),
        ("2019 et 2021", ("du 01/01/2019 au 31/12/2021", "2019", "2021")),
        ("de novembre à février 2020", ("du 01/11/2019 au 29/02/2020",)),
    ],
)
def test_a_period_with_several_readings_is_asked(typed: str, readings: tuple[str, ...]) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        read_period(typed, TODAY)

    assert caught.value.readings == readings


@pytest.mark.parametrize(
    ("typed", "readings"),
    [
        ("3 mars", ("03/03/2026", "03/03/2027")),
        ("le 12 ou le 15 mars 2026", ("12/03/2026", "15/03/2026")),
        ("01/09/2026 - 01/10/2026", ("01/09/2026", "01/10/2026")),
    ],
)
def test_a_date_with_several_readings_is_asked(typed: str, readings: tuple[str, ...]) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        read_event_date(typed, TODAY)

    assert caught.value.readings == readings


def test_a_birth_of_two_possible_centuries_is_asked() -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        read_past_date("née le 03/06/05", TODAY)

    assert caught.value.readings == ("03/06/1905", "03/06/2005")


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("4 janvier", date(2027, 1, 4)),
        ("demain", date(2026, 11, 24)),
        ("avant-hier", date(2026, 11, 21)),
        ("23/11", date(2026, 11, 23)),
        ("29 février", date(2028, 2, 29)),
    ],
)
def test_a_date_to_come_is_the_next_such_day(typed: str, day: date) -> None:
    assert read_coming_date(typed, TODAY).value == day


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("du 12 au 28 août", "du 12/08/2027 au 28/08/2027"),
        ("je serai absente du 20 novembre au 5 décembre", "du 20/11/2026 au 05/12/2026"),
        ("du 20/12 au 03/01", "du 20/12/2026 au 03/01/2027"),
        ("à partir de demain", "du 24/11/2026 au 24/11/2026"),
    ],
)
def test_an_absence_is_not_over(typed: str, days: str) -> None:
    assert str(read_absence(typed, TODAY).value) == days


@pytest.mark.parametrize(
    "typed", ["avant le 3 mars 2026", "fin mars 2026", "je ne sais pas si le 3 mars 2026 va"]
)
def test_words_that_move_a_date_leave_none(typed: str) -> None:
    with pytest.raises(InvalidAnswerError):
        read_event_date(typed, TODAY)


def test_an_absence_ends_on_a_day_that_exists() -> None:
    with pytest.raises(InvalidAnswerError, match=r"^date\.impossible$"):
        read_absence("du 1er au 31 février", TODAY)


@settings(derandomize=True, deadline=None)
@given(st.text("0123456789/.- erduaminsot", max_size=24))
def test_any_text_is_an_absence_or_refused(text: str) -> None:
    for read in (read_absence, read_event_date, read_coming_date, read_year):
        try:
            read(text, TODAY)
        except InvalidAnswerError as error:
            assert error.fault in set(Fault)  # noqa: PT017 -- both outcomes are right


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("demain", "mardi 24 novembre 2026"),
        ("lundi", "lundi 30 novembre 2026"),
        ("vendredi prochain", "vendredi 27 novembre 2026"),
        ("depuis lundi dernier", "lundi 16 novembre 2026"),
        ("jeudi en huit", "jeudi 3 décembre 2026"),
        ("dans quinze jours", "mardi 8 décembre 2026"),
        ("dans 2 semaines", "lundi 7 décembre 2026"),
        ("lundi 4 janvier", "lundi 4 janvier 2027"),
        ("le 1er décembre", "mardi 1er décembre 2026"),
        ("12/11", "jeudi 12 novembre 2026"),
        ("04/01/27", "lundi 4 janvier 2027"),
        ("Rose Lambert part le 31 décembre", "jeudi 31 décembre 2026"),
    ],
)
def test_a_day_around_today_is_the_nearest_and_read_back_whole(typed: str, day: str) -> None:
    assert spell_date(read_near_date(typed, TODAY).value) == day


@pytest.mark.parametrize(
    ("typed", "readings"),
    [
        ("fin décembre", ("31/12/2026",)),
        ("le 15", ("15/11/2026", "15/12/2026")),
        ("mardi ou mercredi", ("24/11/2026", "25/11/2026")),
    ],
)
def test_a_day_that_is_not_said_is_asked_back(typed: str, readings: tuple[str, ...]) -> None:
    with pytest.raises(InvalidAnswerError) as refused:
        read_near_date(typed, TODAY)
    assert refused.value.readings == readings


@pytest.mark.parametrize(
    ("typed", "absence"),
    [
        ("de lundi à vendredi", "du 30/11/2026 au 04/12/2026"),
        ("de demain à vendredi", "du 24/11/2026 au 27/11/2026"),
        ("en août", "du 01/08/2027 au 31/08/2027"),
        ("la semaine prochaine", "du 30/11/2026 au 06/12/2026"),
        ("jusqu'au 4 janvier", "du 23/11/2026 au 04/01/2027"),
    ],
)
def test_an_absence_as_it_is_said(typed: str, absence: str) -> None:
    assert str(read_absence(typed, TODAY).value) == absence
