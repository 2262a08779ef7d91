"""Names are taken as their bearers write them, and nothing else is."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import InvalidAnswerError
from bot.domain.people import EmployerNameFault, NameFault, parse_employer_name, parse_name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Durand", "Durand"),
        ("  le   Gall ", "le Gall"),
        ("N’Diaye", "N'Diaye"),  # typographic apostrophe
        ("d`Arc", "d'Arc"),
        ("Éloïse", "Éloïse"),
        ("E\u0301loi\u0308se", "Éloïse"),  # accents typed apart
        ("Jean‑Pierre", "Jean-Pierre"),  # non-breaking hyphen
        ("de La Tour d'Auvergne", "de La Tour d'Auvergne"),
        ("'t Hooft", "'t Hooft"),
        ("St. Pierre", "St. Pierre"),
        ("Gal·la", "Gal·la"),
        ("Nguyễn", "Nguyễn"),
        ("Łukasiewicz", "Łukasiewicz"),
        ("Ayşe", "Ayşe"),
        ("Иванова", "Иванова"),
        ("李", "李"),
        ("محمد", "محمد"),
        ("दीक्षित", "दीक्षित"),
        ("Du\u200brand\u202e", "Durand"),  # zero-width and right-to-left marks
        ("Le\u00a0Gall", "Le Gall"),
        ("Y", "Y"),
    ],
)
def test_a_name_is_kept_as_it_is(typed: str, name: str) -> None:
    assert parse_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", NameFault.EMPTY),
        (" \u200b\u202e ", NameFault.EMPTY),
        ("Durand 2", NameFault.DIGITS),
        ("2850675004123", NameFault.DIGITS),
        ("Durand\uff12", NameFault.DIGITS),
        ("Durand²", NameFault.DIGITS),
        ("<b>Durand</b>", NameFault.CHARACTERS),
        ("Durand ?", NameFault.CHARACTERS),
        ("Durand, Jeanne", NameFault.CHARACTERS),
        ("Durand \U0001f642", NameFault.CHARACTERS),
        ("- - -", NameFault.CHARACTERS),
        ("'", NameFault.CHARACTERS),
        ("a" + "\u0333" * 5, NameFault.CHARACTERS),  # a pile of marks
        ("\u0301", NameFault.CHARACTERS),  # a mark on nothing
        ("a" * 81, NameFault.TOO_LONG),
    ],
)
def test_what_is_no_name_is_refused(typed: str, fault: NameFault) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        parse_name(typed)

    assert caught.value.fault == fault
    assert str(caught.value) == fault


def test_the_longest_name_is_taken() -> None:
    assert parse_name("a" * 80) == "a" * 80


@pytest.mark.parametrize(
    "typed",
    [
        "Mairie de Sainte-Exemple",
        "CH des Lilas (site n° 2)",
        "SIVU 3 Vallées & Cie",
        "Collège Jean Moulin, Paris 12e",
        "EHPAD « Les Tilleuls »",
        "CDG 45",
    ],
)
def test_an_employer_may_have_digits_and_punctuation(typed: str) -> None:
    assert parse_employer_name(typed) == typed


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", EmployerNameFault.TOO_SHORT),
        ("A", EmployerNameFault.TOO_SHORT),
        ("A" * 121, EmployerNameFault.TOO_LONG),
        ("c'est quoi l'employeur ?", EmployerNameFault.QUESTION),
        ("21750001600019", EmployerNameFault.CHARACTERS),
        ("Mairie \U0001f3db", EmployerNameFault.CHARACTERS),
    ],
)
def test_what_is_no_employer_is_refused(typed: str, fault: EmployerNameFault) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        parse_employer_name(typed)

    assert caught.value.fault == fault


@settings(derandomize=True, deadline=None)
@given(st.text())
def test_a_name_that_was_read_reads_the_same_again(text: str) -> None:
    try:
        name = parse_name(text)
    except InvalidAnswerError:
        return
    assert parse_name(name) == name
    assert unicodedata.is_normalized("NFC", name)
    assert not any(character.isdigit() for character in name)
