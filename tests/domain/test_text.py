"""Typed text is made plain, and stays itself."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import InvalidAnswerError
from bot.domain.text import (
    clean,
    compact,
    is_invisible,
    one_line,
    parse_free_text,
    plain_forms,
    without_accents,
)


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("  bonjour \n", "bonjour"),
        ("a\u00a0b\u202fc\td", "a b c d"),
        ("a\r\nb\rc\u2028d\u0085e", "a\nb\nc\nd\ne"),
        ("a\u200b\u200d\ufeff\u00adb", "ab"),  # zero-width, soft hyphen
        ("\u202eabc\u2066\u2069", "abc"),  # bidi overrides and isolates
        ("a\x00\x07\x1b[31mb", "a[31mb"),  # terminal controls
        ("e\u0301", "é"),
        ("\ud800a", "a"),  # half a surrogate pair cannot be stored
        ("\u3164\u2800", ""),  # letters and signs drawn as nothing
        ("PEP’s", "PEP’s"),
    ],
)
def test_what_is_not_seen_is_removed(typed: str, cleaned: str) -> None:
    assert clean(typed) == cleaned


def test_a_number_loses_what_stands_between_its_groups() -> None:
    assert compact(" 2a\u00a0.-/\u2013\uff12\n3 ") == "2A23"
    assert compact("\u0663") == "3"  # any script's digits
    assert compact("\u00b2") == "\u00b2"  # a superscript is none


def test_accents_go_and_case_stays() -> None:
    assert without_accents("Où est l’Élève ?") == "Ou est l'Eleve ?"


def test_free_text_keeps_its_lines() -> None:
    assert parse_free_text(" un  \n\n\n \n deux\ttrois ", 100) == "un\n\n deux trois"


@pytest.mark.parametrize(
    ("typed", "fault"), [(" \u200b\n", "text.empty"), ("abcd", "text.too_long")]
)
def test_free_text_has_its_limits(typed: str, fault: str) -> None:
    assert parse_free_text("abc", 3) == "abc"
    with pytest.raises(InvalidAnswerError) as caught:
        parse_free_text(typed, 3)
    assert caught.value.fault == fault


def test_a_very_long_text_is_read_at_once() -> None:
    assert parse_free_text("a" + " \n" * 50_000 + "b", 10) == "a\n\nb"
    assert parse_free_text("a" + " " * 100_000 + "b", 200_000).endswith("b")


@settings(derandomize=True, deadline=None)
@given(st.text(st.characters()))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    cleaned = clean(text)

    assert clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not any(map(is_invisible, cleaned))
    assert "\n" not in one_line(text)


@settings(derandomize=True, deadline=None)
@given(st.text(st.characters()))
def test_plain_forms_keep_every_place(text: str) -> None:
    assert len(plain_forms(text)) == len(text)
