"""IBANs and card numbers are seen, and what only looks like them is left alone."""

import pytest

from bot.domain.sensitive_data import bank_number_places

# Published examples of the registries and of test cards: nobody's accounts.
IBANS = [
    "FR1420041010050500013M02606",
    "FR14 2004 1010 0505 0001 3M02 606",
    "fr14-2004-1010-0505-0001-3m02-606",
    "FR14 2004 1010 0505\n0001 3M02 606",
    "DE89 3704 0044 0532 0130 00",
    "BE68 5390 0754 7034",
    "LU28 0019 4006 4475 0000",
    "GB29 NWBK 6016 1331 9268 19",
]
CARDS = ["4111 1111 1111 1111", "4111111111111111", "5555-5555-5555-4444", "3782 822463 10005"]


@pytest.mark.parametrize("number", [*IBANS, *CARDS])
def test_it_is_seen_in_a_sentence(number: str) -> None:
    text = f"Voici mon numéro : {number} merci de faire le virement dessus"

    (found,) = bank_number_places(text)

    assert text[slice(*found)] == number


@pytest.mark.parametrize(
    "text",
    [
        "SIRET 217 500 016 00019",
        "21750001600019",
        "FR14 2004 1010 0505 0001 3M02 607",  # the checksum is wrong
        "4111 1111 1111 1112",
        "PEPS-2026-000123",
        "88W123456789012345",
        "AB12 c'est le code de la salle où nous serons demain matin",
        "01 23 45 67 89, 06 12 34 56 78",
        "2 85 06 75 999 080 34",
        "1 234,56 € puis 4 321,00 € et 12 345 678,90 €",
    ],
)
def test_what_is_none_is_left_alone(text: str) -> None:
    assert bank_number_places(text) == []


@pytest.mark.parametrize("unit", ["FR14 ", "4111 ", "A1", "4", "a"])
def test_a_long_text_is_read_in_time_that_grows_with_its_length(unit: str) -> None:
    assert not bank_number_places(unit * (80_000 // len(unit)))[:0]
