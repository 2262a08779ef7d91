"""A SIRET is 14 digits that agree; La Poste's agree in a way of their own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

from bot.domain.errors import InvalidAnswerError
from bot.domain.identifiers import Siret, SiretFault, parse_siret

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
def test_any_usual_writing_is_the_same_number(typed: str) -> None:
    assert parse_siret(typed) == Siret(TOWN)


def test_it_is_shown_in_groups() -> None:
    siret = parse_siret(TOWN)

    assert siret.grouped == str(siret) == "217 500 016 00019"
    assert siret.siren == "217500016"


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", SiretFault.LENGTH),
        ("217500016", SiretFault.LENGTH),  # a SIREN
        ("217500016000191", SiretFault.LENGTH),
        ("c'est quoi déjà le siret", SiretFault.CHARACTERS),
        ("2175000160001O", SiretFault.CHARACTERS),  # letter O for a zero
        ("217500016 00018", SiretFault.KEY),
        ("00000000000000", SiretFault.KEY),  # every formula is satisfied, nobody has it
    ],
)
def test_a_wrong_number_is_refused_with_its_reason(typed: str, fault: SiretFault) -> None:
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
    assert parse_siret(number).number == number
    with pytest.raises(InvalidAnswerError, match=r"^siret\.key$"):
        parse_siret(f"{int(number) + 1}")


@settings(derandomize=True, deadline=None)
@given(st.integers(10_000_000, 99_999_999), st.integers(1, 9999), st.integers(1, 9))
def test_one_wrong_digit_never_passes(stem: int, office: int, shift: int) -> None:
    siren = f"{stem}{luhn.calc_check_digit(str(stem))}"
    if siren == "356000000":
        return
    number = f"{siren}{office:04}"
    right = number + luhn.calc_check_digit(number)

    assert parse_siret(right).number == right
    with pytest.raises(InvalidAnswerError):
        parse_siret(number + str((int(right[-1]) + shift) % 10))
