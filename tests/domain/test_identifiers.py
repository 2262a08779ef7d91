"""A NIR is refused for a reason, accepted with any separators, and never shown.

A SIRET is 14 digits that agree; La Poste's agree in a way of their own."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.identifiers import (
    Nir,
    expected_nir_key,
    format_siret,
    parse_nir,
    parse_siret,
    read_siret,
)

# All numbers are fictitious. Where a test needs a right key, it computes it.
BORN_IN_PARIS = "2850675004123"  # June 1985
BORN_IN_CORSICA = "285062A004123"
BORN_IN_MARTINIQUE = "2850697201123"  # department 972, commune 01
BORN_ABROAD = "1850599351084"  # 99, then a country


def keyed(number: str) -> str:
    return number + expected_nir_key(number)


def fault_of(text: str) -> str:
    with pytest.raises(InvalidAnswerError) as caught:
        parse_nir(text)
    return caught.value.fault


@pytest.mark.parametrize(
    "typed",
    [
        "2 85 06 75 004 123 {key}",
        "2.85.06.75.004.123.{key}",
        "2-85-06-75-004-123-{key}",
        "2\u201385\u201306\u201375\u2013004\u2013123\u2013{key}",  # en dashes
        "2/85/06/75/004/123/{key}",
        "2\u00a085\u00a006\u00a075\u00a0004\u00a0123\u00a0{key}",  # non-breaking spaces
        "2\u202f85\u202f06\u202f75\u202f004\u202f123\u202f{key}",  # narrow ones, out of a PDF
        "2\u200b85\u200b0675004123{key}",  # zero-width, out of a web page
        "\uff128506\uff17\uff15004123{key}",  # full-width digits
        "  2850675004123{key}\n",
        "2850675004123 {key}.",
    ],
)
def test_any_usual_writing_is_the_same_nir(typed: str) -> None:
    key = expected_nir_key(BORN_IN_PARIS)

    assert parse_nir(typed.format(key=key)) == Nir(BORN_IN_PARIS, key)


@pytest.mark.parametrize(
    "number", [BORN_IN_PARIS, BORN_IN_CORSICA, "285062B004123", BORN_IN_MARTINIQUE, BORN_ABROAD]
)
def test_every_place_of_birth_has_its_key(number: str) -> None:
    assert parse_nir(keyed(number).lower()).compact == keyed(number)


def test_the_keys_of_corsica_follow_their_rule() -> None:
    # The formula of the « clé »: 2A counts as 19, 2B as 18.
    assert int(expected_nir_key(BORN_IN_CORSICA)) == 97 - 2850619004123 % 97
    assert int(expected_nir_key("285062B004123")) == 97 - 2850618004123 % 97


def test_thirteen_characters_are_accepted_with_their_key_unchecked() -> None:
    nir = parse_nir("2 85 06 75 004 123")

    assert (nir.number, nir.key) == (BORN_IN_PARIS, None)


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", Fault.NIR_LENGTH),
        ("285067500412", Fault.NIR_LENGTH),  # 12
        ("28506750041234", Fault.NIR_LENGTH),  # 14
        ("2850675004123445", Fault.NIR_LENGTH),  # 16
        ("2 85 6 2A 004 123 44", Fault.NIR_LENGTH),  # a digit short, the letter out of its place
        ("je ne sais pas", Fault.NIR_CHARACTERS),
        ("2850675O04123", Fault.NIR_CHARACTERS),  # letter O for a zero
        ("285067500412A", Fault.NIR_CHARACTERS),  # a letter that is no department's
        ("285061A004123", Fault.NIR_CHARACTERS),  # 1A is no department
        ("285062C004123", Fault.NIR_CHARACTERS),  # nor is 2C
        ("2\u00b285067500412", Fault.NIR_CHARACTERS),  # superscript two
        ("0850675004123", Fault.NIR_SEX),
        ("5850675004123", Fault.NIR_SEX),
        ("6850675004123", Fault.NIR_SEX),
        ("9850675004123", Fault.NIR_SEX),
        ("0000000000000", Fault.NIR_SEX),  # python-stdnum lets all zeros through
        ("2850075004123", Fault.NIR_MONTH),
        ("2851375004123", Fault.NIR_MONTH),
        ("2851975004123", Fault.NIR_MONTH),
        ("2854375004123", Fault.NIR_MONTH),
        ("2854975004123", Fault.NIR_MONTH),
        ("2850600004123", Fault.NIR_DEPARTMENT),
        ("2850675000123", Fault.NIR_COMMUNE),
        ("2850699000123", Fault.NIR_COMMUNE),
        ("2850697200123", Fault.NIR_COMMUNE),  # department 972, commune 00
        ("2850698700123", Fault.NIR_COMMUNE),  # 987 likewise
        ("2850675004000", Fault.NIR_ORDER),
        ("2 69 05 49 588 157 80", Fault.NIR_SPECIMEN),  # printed on specimens of the carte Vitale
        ("2 69 05 49 588 157", Fault.NIR_SPECIMEN),
    ],
)
def test_a_malformed_number_is_refused_with_its_reason(typed: str, fault: Fault) -> None:
    assert fault_of(typed) == fault


@pytest.mark.parametrize("month", ["01", "12", "20", "42", "50", "99"])
def test_real_and_pseudo_months_are_accepted(month: str) -> None:
    assert parse_nir(f"285{month}75004123").number[3:5] == month


def test_a_wrong_key_is_seen() -> None:
    wrong = f"{int(expected_nir_key(BORN_IN_PARIS)) % 97 + 1:02}"

    assert fault_of(BORN_IN_PARIS + wrong) == Fault.NIR_KEY


def test_the_key_can_follow_alone_or_with_the_number() -> None:
    nir, key = parse_nir(BORN_IN_PARIS), expected_nir_key(BORN_IN_PARIS)

    assert nir.with_key(f" {key} ") == nir.with_key(BORN_IN_PARIS + key) == Nir(nir.number, key)


@pytest.mark.parametrize("typed", ["", "1", "123", "abc", "00", "99", "2850675004123"])
def test_what_is_not_its_key_is_refused(typed: str) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        parse_nir(BORN_IN_PARIS).with_key(typed)

    assert caught.value.fault == "nir.key"


def test_only_sex_year_and_month_are_ever_shown() -> None:
    nir = parse_nir(keyed(BORN_IN_CORSICA))

    assert nir.masked == "2 85 06 •• ••• ••• ••"
    assert parse_nir(BORN_IN_CORSICA).masked == "2 85 06 •• ••• •••"
    for shown in (repr(nir), str(nir), f"{nir}", f"{[nir]}"):
        assert "2 85 06 ••" in shown
        assert "004" not in shown


@pytest.mark.parametrize("typed", ["285067500412399", "9850675004123", "2850675O04123", "28506"])
def test_an_error_never_carries_what_was_typed(typed: str) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        parse_nir(typed)

    error = caught.value
    assert typed not in f"{error!r} {error} {error.args} {vars(error)}"
    assert error.__context__ is None


@pytest.mark.parametrize(
    ("first", "waiting", "provisional"),
    [
        ("1", False, False),
        ("2", False, False),
        ("3", True, False),
        ("4", True, False),
        ("7", False, True),
        ("8", False, True),
    ],
)
def test_waiting_and_provisional_numbers_are_told_apart(
    first: str, waiting: bool, provisional: bool
) -> None:
    nir = parse_nir(first + BORN_IN_PARIS[1:])

    assert (nir.is_waiting, nir.is_provisional) == (waiting, provisional)


@pytest.mark.parametrize(
    ("number", "born", "contradicts"),
    [
        (BORN_IN_PARIS, date(1985, 6, 3), False),
        (BORN_IN_PARIS, date(1885, 6, 3), False),  # the century is not in the number
        (BORN_IN_PARIS, date(1985, 7, 3), True),
        (BORN_IN_PARIS, date(1986, 6, 3), True),
        ("2852075004123", date(1985, 7, 3), False),  # pseudo-month: only the year counts
        ("2859975004123", date(1985, 7, 3), False),
        ("2854275004123", date(1986, 7, 3), True),
    ],
)
def test_a_birth_date_is_compared_with_what_the_number_says(
    number: str, born: date, contradicts: bool
) -> None:
    assert parse_nir(number).contradicts(born) is contradicts


WELL_FORMED = st.builds(
    "{}{:02}{:02}{}{:03}".format,
    st.sampled_from("123478"),
    st.integers(0, 99),
    st.one_of(st.integers(1, 12), st.integers(20, 42), st.integers(50, 99)),
    st.one_of(
        st.builds("{:02}{:03}".format, st.integers(1, 96), st.integers(1, 999)),
        st.builds("{}{:03}".format, st.sampled_from(["2A", "2B", "99"]), st.integers(1, 999)),
        st.builds("{}{:02}".format, st.sampled_from(range(970, 990)), st.integers(1, 99)),
    ),
    st.integers(1, 999),
).filter(lambda number: number != "2690549588157")


@settings(derandomize=True, deadline=None)
@given(WELL_FORMED, st.sampled_from(["", " ", "-", ".", "/", "\u202f", "\u200b"]))
def test_every_well_formed_number_is_read_back(number: str, separator: str) -> None:
    assert parse_nir(separator.join(keyed(number))).compact == keyed(number)


@settings(derandomize=True, deadline=None)
@given(WELL_FORMED, st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_of_a_nir_never_passes(number: str, place: int, shift: int) -> None:
    if number[place].isdigit():
        other = str((int(number[place]) + shift) % 10)
        with pytest.raises(InvalidAnswerError):
            parse_nir(number[:place] + other + number[place + 1 :] + expected_nir_key(number))


@settings(derandomize=True, deadline=None)
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        nir, fault = parse_nir(text), ""
    except InvalidAnswerError as error:
        nir, fault = parse_nir(BORN_IN_PARIS), error.fault

    assert not fault or (fault in set(Fault) and fault.startswith("nir."))
    assert parse_nir(nir.compact) == nir


TOWN = "21750001600019"  # Ville de Paris, as every bill of hers has it


@pytest.mark.parametrize(
    "typed",
    [
        "21750001600019",
        "217 500 016 00019",
        "217500016 00019",
        "217.500.016.00019",
        "217-500-016-00019",
        "217\u202f500\u202f016\u00a000019",
        "\uff12\uff1175000160001\uff19",
    ],
)
def test_any_usual_writing_is_the_same_siret(typed: str) -> None:
    assert parse_siret(typed) == TOWN


def test_it_is_shown_in_groups() -> None:
    assert format_siret(TOWN) == "217 500 016 00019"


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", Fault.SIRET_LENGTH),
        ("217500016", Fault.SIRET_LENGTH),  # a SIREN
        ("217500016000191", Fault.SIRET_LENGTH),
        ("c'est quoi déjà le siret", Fault.SIRET_CHARACTERS),
        ("2175000160001O", Fault.SIRET_CHARACTERS),  # letter O for a zero
        ("217500016 00018", Fault.SIRET_KEY),
        ("00000000000000", Fault.SIRET_KEY),  # every formula is satisfied, nobody has it
    ],
)
def test_a_wrong_number_is_refused_with_its_reason(typed: str, fault: Fault) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        parse_siret(typed)

    assert caught.value.fault == fault
    assert not typed or typed not in repr(caught.value)


@pytest.mark.parametrize(
    "number",
    [
        "35600000000048",  # head office: the formula of Luhn
        "35600000049837",  # an office: the sum of its digits is a multiple of five
    ],
)
def test_la_poste_has_its_exception(number: str) -> None:
    assert parse_siret(number) == number
    with pytest.raises(InvalidAnswerError, match=r"^siret\.key$"):
        parse_siret(f"{int(number) + 1}")


@settings(derandomize=True, deadline=None)
@given(st.integers(10_000_000, 99_999_999), st.integers(1, 9999), st.integers(1, 9))
def test_one_wrong_digit_of_a_siret_never_passes(stem: int, office: int, shift: int) -> None:
    siren = f"{stem}{luhn.calc_check_digit(str(stem))}"
    if siren == "356000000":
        return
    number = f"{siren}{office:04}"
    right = number + luhn.calc_check_digit(number)

    assert parse_siret(right) == right
    with pytest.raises(InvalidAnswerError):
        parse_siret(number + str((int(right[-1]) + shift) % 10))


@pytest.mark.parametrize(
    "typed",
    [
        "2 85 06 75 004 123 clé 62", "nir 2850675004123 cle: 62", "2850675004123 (62)",
        "clé 62 nir 2850675004123", "sa clé c'est 62 et le nir 2 85 06 75 004 123",
        "n° sécu : 2850675004123, clef 62", "[2850675004123] la clé = 62",
    ],
)  # fmt: skip
def test_words_that_name_a_number_or_its_key_are_no_part_of_it(typed: str) -> None:
    # Nobody's number: 75004 is no commune's code.
    assert parse_nir(typed).compact == "285067500412362"


@pytest.mark.parametrize("typed", ["2 85 06 75 OO4 123 62", "2 85 06 75 004 123 clé 63", "clé 62"])
def test_a_letter_or_a_wrong_key_among_such_words_is_refused(typed: str) -> None:
    with pytest.raises(InvalidAnswerError):
        parse_nir(typed)


@pytest.mark.parametrize("read", [parse_nir, read_siret])
@pytest.mark.parametrize("typed", ["2,85E+14", "2.175e+13", "2,850675004E+14", "n° 2,2 E+13"])
def test_a_number_that_a_spreadsheet_shortened_is_named_as_such(read, typed: str) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        read(typed)
    assert caught.value.fault == "number.rounded"
