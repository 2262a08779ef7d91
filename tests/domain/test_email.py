"""An address that mail can reach, nothing cleverer."""

import pytest

from bot.domain.errors import InvalidAnswerError
from bot.domain.people import parse_email


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
