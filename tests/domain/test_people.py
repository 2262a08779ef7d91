"""Names are taken as their bearers write them, and nothing else is.

An address that mail can reach, nothing cleverer."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.people import (
    parse_email,
    parse_employer_name,
    parse_name,
    read_email,
    read_employer_name,
)


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
        ("", Fault.NAME_EMPTY),
        (" \u200b\u202e ", Fault.NAME_EMPTY),
        ("Durand 2", Fault.NAME_DIGITS),
        ("2850675004123", Fault.NAME_DIGITS),
        ("Durand\uff12", Fault.NAME_DIGITS),
        ("Durand²", Fault.NAME_DIGITS),
        ("<b>Durand</b>", Fault.NAME_CHARACTERS),
        ("Durand ?", Fault.NAME_CHARACTERS),
        ("Durand, Jeanne", Fault.NAME_CHARACTERS),
        ("Durand \U0001f642", Fault.NAME_CHARACTERS),
        ("- - -", Fault.NAME_CHARACTERS),
        ("'", Fault.NAME_CHARACTERS),
        ("a" + "\u0333" * 5, Fault.NAME_CHARACTERS),  # a pile of marks
        ("\u0301", Fault.NAME_CHARACTERS),  # a mark on nothing
        ("a" * 81, Fault.NAME_TOO_LONG),
    ],
)
def test_what_is_no_name_is_refused(typed: str, fault: Fault) -> None:
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
        ("", Fault.EMPLOYER_NAME_TOO_SHORT),
        ("A", Fault.EMPLOYER_NAME_TOO_SHORT),
        ("A" * 121, Fault.EMPLOYER_NAME_TOO_LONG),
        ("c'est quoi l'employeur ?", Fault.EMPLOYER_NAME_QUESTION),
        ("21750001600019", Fault.EMPLOYER_NAME_CHARACTERS),
        ("https://mairie-exemple.fr", Fault.EMPLOYER_NAME_CHARACTERS),
        ("www.villeneuve.bzh", Fault.EMPLOYER_NAME_CHARACTERS),
        ("mairie-exemple.fr", Fault.EMPLOYER_NAME_CHARACTERS),
        ("Mairie \U0001f3db", Fault.EMPLOYER_NAME_CHARACTERS),
    ],
)
def test_what_is_no_employer_is_refused(typed: str, fault: Fault) -> None:
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


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("rh@mairie-exemple.fr", "rh@mairie-exemple.fr"),
        (" Jeanne.Durand+peps@CH-Lilas.FR ", "Jeanne.Durand+peps@ch-lilas.fr"),
        ("<rh@exemple.fr>", "rh@exemple.fr"),
        ("mailto:rh@exemple.fr", "rh@exemple.fr"),
        ("rh@\u200bexemple.fr", "rh@exemple.fr"),
        ("o'neil@a.b.c.exemple.fr", "o'neil@a.b.c.exemple.fr"),
    ],
)
def test_an_address_is_taken(typed: str, address: str) -> None:
    assert parse_email(typed) == address


@pytest.mark.parametrize(
    ("typed", "address", "aside"),
    [
        ("mon mail est rh@mairie-exemple.fr", "rh@mairie-exemple.fr", ""),
        ("rh@exemple.fr.", "rh@exemple.fr", ""),
        ("rh (arobase) exemple.fr", "rh@exemple.fr", ""),
        ("rh@exemple.fr, boîte partagée", "rh@exemple.fr", "boîte partagée"),
        ("rh@exemple.fr, pas dg@exemple.fr", "rh@exemple.fr", ""),
        ("rh@pas-de-calais.fr", "rh@pas-de-calais.fr", ""),
    ],
)
def test_an_address_is_read_among_words(typed: str, address: str, aside: str) -> None:
    reading = read_email(typed)
    assert (reading.value, reading.aside) == (address, aside)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("je travaille à la mairie d'Exemple", "mairie d'Exemple"),
        ("employeur : EHPAD Les Lilas", "EHPAD Les Lilas"),
        ("Les Sables", "Les Sables"),
        ("Département du Pas-de-Calais", "Département du Pas-de-Calais"),
    ],
)
def test_an_employer_is_read_among_words(typed: str, name: str) -> None:
    assert read_employer_name(typed).value == name


@pytest.mark.parametrize("typed", ["autre commune", "la mairie", "la même mairie"])
def test_an_employer_has_a_name_of_its_own(typed: str) -> None:
    with pytest.raises(InvalidAnswerError):
        read_employer_name(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "rh",
        "rh@",
        "@exemple.fr",
        "rh@exemple",
        "rh@exemple..fr",
        ".rh@exemple.fr",
        "r..h@exemple.fr",
        "rh@-exemple.fr",
        "rh@exemple.fr, dg@exemple.fr",
        "rh @exemple.fr",
        "rh@exemple.fr\nBcc: x@y.fr",
        "é@exemple.fr",
        "a" * 65 + "@exemple.fr",
        "non merci",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidAnswerError, match=r"^email\.form$"):
        parse_email(typed)


def test_an_endless_address_is_refused() -> None:
    with pytest.raises(InvalidAnswerError, match=r"^email\.too_long$"):
        parse_email("a@" + "b." * 130 + "fr")
