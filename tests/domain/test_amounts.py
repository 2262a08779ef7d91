"""Amounts and references of transfers, as they are copied from a bill or a bank."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.amounts import (
    format_amount,
    is_usual_reference,
    read_amount,
    read_transfer_reference,
)
from bot.domain.errors import InvalidAnswerError


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1 234,56 €", "1234.56"),
        ("1\u202f234,56\u00a0€", "1234.56"),
        ("1234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234", "1234.00"),
        ("12 500", "12500.00"),
        ("12500euros", "12500.00"),
        ("12 500 EUR", "12500.00"),
        ("€ 12,5", "12.50"),
        ("0,01", "0.01"),
        ("1 000 000 000", "1000000000.00"),
        ("1.234.567,8", "1234567.80"),
        ("12€50", "12.50"),
        ("12 euros et 50 centimes", "12.50"),
        ("3 k€", "3000.00"),
        ("2 millions d'euros", "2000000.00"),
        ("montant - 500 €", "500.00"),
        ("facture 2024-15 du 3 mars 2026 : 1 200 €", "1200.00"),
    ],
)
def test_any_usual_writing_of_an_amount(typed: str, amount: str) -> None:
    assert str(read_amount(typed).value) == amount


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", "amount.form"),
        ("douze euros", "amount.form"),
        ("1 234 56", "amount.form"),
        ("1.23.4", "amount.form"),
        ("12,", "amount.form"),
        ("1e3", "amount.form"),
        ("12-50", "amount.form"),
        ("12/50", "amount.form"),
        ("3 x 1200 €", "amount.form"),
        ("pas 1200 €", "amount.form"),
        ("de janv à mars 26", "amount.form"),
        ("50 %", "amount.form"),
        ("moins 1200 €", "amount.negative"),
        ("NaN", "amount.form"),
        ("-5", "amount.negative"),
        ("\u2212 5 €", "amount.negative"),
        ("0", "amount.zero"),
        ("0,00 €", "amount.zero"),
        ("1 000 000 000,01", "amount.too_large"),
        ("9" * 5000, "amount.too_large"),
        ("1,234", "amount.decimals"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_reason(typed: str, fault: str) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        read_amount(typed)

    assert caught.value.fault == fault


def test_two_amounts_are_asked() -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        read_amount("entre 5000 et 5500 €")

    assert caught.value.readings == ("5 000,00 €", "5 500,00 €")


def test_an_amount_is_written_in_french() -> None:
    assert format_amount(Decimal("1234567.5")) == "1 234 567,50 €"
    assert format_amount(Decimal(12)) == "12,00 €"


@settings(derandomize=True, deadline=None)
@given(st.decimals(Decimal("0.01"), Decimal(10) ** 9, places=2))
def test_every_amount_is_read_back(amount: Decimal) -> None:
    assert read_amount(format_amount(amount)).value == read_amount(str(amount)).value == amount


@pytest.mark.parametrize(
    ("typed", "value", "usual"),
    [
        ("88W 2026 0412 345 678 9", "88W202604123456789", True),  # 18 characters, as at the FAEFM
        ("88w-12345", "88W12345", True),
        ("VIR2026", "VIR2026", False),
        ("la réf est VIR 2026-0412", "VIR20260412", False),
        ("88W12345 du 12/03/2026", "88W12345", True),
        ("1" * 35, "1" * 35, False),
    ],
)
def test_a_transfer_reference_is_kept_without_its_spaces(
    typed: str, value: str, usual: bool
) -> None:
    reference = read_transfer_reference(typed).value

    assert (reference, is_usual_reference(reference)) == (value, usual)


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", "transfer_reference.digits"),
        ("88W1", "transfer_reference.length"),
        ("1" * 36, "transfer_reference.length"),
        ("c'est où ?", "transfer_reference.digits"),
        ("88W/2026/04", "transfer_reference.characters"),
        ("virement de mars 2026", "transfer_reference.length"),
        ("je ne sais pas", "transfer_reference.digits"),
    ],
)
def test_what_is_no_reference_is_refused(typed: str, fault: str) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        read_transfer_reference(typed)

    assert caught.value.fault == fault
