"""Values drawn into sentences and read back: the same value, or a question; never another value.

The wordings are those of people, not those that the readers know."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.domain.amounts import format_amount, read_amount, read_transfer_reference
from bot.domain.dates import read_event_date, read_past_date, read_year
from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.identifiers import read_siret
from bot.domain.names import PersonName, read_surname
from bot.domain.people import read_email
from bot.domain.periods import Period, read_period
from bot.domain.values import Understood, denies, is_empty_answer, named_places, settle

TODAY = date(2026, 11, 23)
MONTHS = [
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
    "octobre", "novembre", "décembre",
]  # fmt: skip
HEADS = (
    "",
    "bonjour, c'est ",
    "je dirais ",
    "D'après la fiche de paie : ",
    "mon collègue me dit ",
    "normalement ",
    "alors voilà ",
    "(vu au dossier) ",
    "Il s'agit de ",
    "réponse : ",
)
TAILS = (
    "",
    ".",
    " merci d'avance",
    " (à confirmer)",
    ", bonne journée",
    " selon le service paie",
    " il me semble",
    " cordialement",
)
DENIALS = (
    "ce n'est pas {}",
    "surtout pas {}",
    "tout sauf {}",
    "je ne crois pas que ce soit {}",
    "ni {} ni autre chose",
    "{}, non c'est faux",
)
sentences = st.tuples(st.sampled_from(HEADS), st.sampled_from(TAILS))
fast = settings(derandomize=True, deadline=None, max_examples=300)


def outcome(read: Callable[[], Understood[Any]]) -> Any:
    """The value, or the readings offered; None where nothing is taken."""
    try:
        return read().value
    except InvalidAnswerError as error:
        return error.readings or None


def day_written(day: date, form: int) -> str:
    return (
        f"{day:%d/%m/%Y}",
        f"{day.day}.{day.month}.{day.year}",
        f"le {day.day}{'er' if day.day == 1 else ''} {MONTHS[day.month - 1]} {day.year}",
        f"{day:%Y-%m-%d}",
        f"{day.day} {MONTHS[day.month - 1].upper()} {day.year}",
        f"{day:%d %m %Y}",
    )[form]


@fast
@given(st.dates(date(1950, 1, 1), date(2046, 12, 31)), st.integers(0, 5), sentences)
def test_a_day_in_a_sentence_is_that_day(day: date, form: int, around: tuple[str, str]) -> None:
    said = around[0] + day_written(day, form) + around[1]
    assert outcome(lambda: read_event_date(said, TODAY)) == day


@fast
@given(
    *[st.dates(date(1950, 1, 1), date(2046, 12, 31))] * 2,
    st.sampled_from(["du {} au {}", "{} jusqu'au {}", "entre {} et {}", "{} - {}", "de {} à {}"]),
    st.integers(0, 4),
    sentences,
)
def test_a_period_in_a_sentence_is_that_period(
    one: date, other: date, wording: str, form: int, around: tuple[str, str]
) -> None:
    period = Period(min(one, other), max(one, other))
    days = (day_written(day, form).removeprefix("le ") for day in (period.start, period.end))
    said = around[0] + wording.format(*days) + around[1]
    assert outcome(lambda: read_period(said, TODAY)) == period


@fast
@given(st.integers(1950, 2027), sentences)
def test_a_year_in_a_sentence_is_that_year(year: int, around: tuple[str, str]) -> None:
    assert outcome(lambda: read_year(f"{around[0]}{year}{around[1]}", TODAY)) == year


@fast
@given(
    st.decimals(Decimal("0.01"), Decimal(10) ** 7, places=2),
    st.sampled_from([
        format_amount,
        lambda amount: f"{amount}".replace(".", ",") + " euros",
        lambda amount: f"{amount}€",
        lambda amount: f"{int(amount)}€{int(amount * 100) % 100:02}",
        lambda amount: f"{amount} EUR",
    ]),
    sentences,
)  # fmt: skip
def test_an_amount_in_a_sentence_is_that_amount(
    amount: Decimal, write: Callable[[Decimal], str], around: tuple[str, str]
) -> None:
    assume(amount >= 1)
    said = around[0] + write(amount) + around[1]
    assert outcome(lambda: read_amount(said)) == amount


@fast
@given(*[st.integers(1, 999)] * 2, st.sampled_from("-/+*:;_#|"))
def test_digits_are_never_joined_across_a_sign(one: int, other: int, sign: str) -> None:
    assert outcome(lambda: read_amount(f"{one}{sign}{other}")) is None


@fast
@given(
    st.from_regex(r"[a-z]{1,8}[.-][a-z]{1,8}@[a-z]{2,9}-[a-z]{2,9}\.fr", fullmatch=True), sentences
)
def test_an_address_in_a_sentence_is_that_address(address: str, around: tuple[str, str]) -> None:
    said = around[0] + address + around[1]
    assert outcome(lambda: read_email(said)) == address


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("tail", TAILS)
def test_a_siret_and_a_reference_in_a_sentence(head: str, tail: str) -> None:
    for siret in ("21750001600019", "217 500 016 00019", "217.500.016.00019"):
        assert outcome(lambda: read_siret(head + siret + tail)) == "21750001600019"  # noqa: B023
    said = f"{head}88W 2026 0412{tail}"
    assert outcome(lambda: read_transfer_reference(said)) == "88W20260412"


@pytest.mark.parametrize("denial", DENIALS)
def test_a_denied_value_is_no_value(denial: str) -> None:
    assert outcome(lambda: read_event_date(denial.format("le 12/03/2026"), TODAY)) is None
    assert outcome(lambda: read_amount(denial.format("1 200 €"))) is None
    assert outcome(lambda: read_year(denial.format("2024"), TODAY)) is None
    assert outcome(lambda: read_email(denial.format("rh@mairie-exemple.fr"))) is None
    line = denial.format("l'Ircantec")
    places = list(named_places(line, "Ircantec", "Ircantec"))
    assert outcome(lambda: settle(line, places, Fault.TEXT_EMPTY)) is None
    assert denies(line)


@pytest.mark.parametrize(
    "line",
    [
        "pas l'Ircantec mais la CNRACL",
        "non, CNRACL",
        "la CNRACL je pense, sauf erreur de ma part",
        "plutôt la cnracl et pas l'ircantec",
        "cnracl, car elle est à temps non complet",
    ],
)
def test_a_choice_is_taken_where_only_another_is_denied(line: str) -> None:
    places = [p for name in ("CNRACL", "Ircantec") for p in named_places(line, name, name)]
    assert settle(line, places, Fault.TEXT_EMPTY).value == "CNRACL"


@fast
@given(*[st.dates(date(1950, 1, 1), TODAY)] * 2, st.sampled_from([" ou ", " ou bien ", ", sinon "]))
def test_two_days_are_asked_or_refused(one: date, other: date, between: str) -> None:
    assume(one != other)
    read = outcome(lambda: read_past_date(f"{one:%d/%m/%Y}{between}{other:%d/%m/%Y}", TODAY))
    assert read in (None, (f"{one:%d/%m/%Y}", f"{other:%d/%m/%Y}"))


@pytest.mark.parametrize(
    ("typed", "aside"),
    [
        ("à compter du 01/09/2026 inclus", ""),
        ("c'est le 1er septembre 2026 je crois", ""),
        ("01/09/2026, vu avec le DRH", "vu avec le DRH"),
        ("01/09/2026 (à confirmer)", "à confirmer"),
    ],
)
def test_unusual_words_beside_a_value_are_kept_to_be_told(typed: str, aside: str) -> None:
    assert read_event_date(typed, TODAY) == Understood(date(2026, 9, 1), aside)


SURNAMES = st.sampled_from(["Durand", "Le Gall", "N'Diaye", "De Souza", "Nguyễn", "Petit", "Noël"])
FIRST_NAMES = st.sampled_from(["Anne", "Jean-Pierre", "Éloïse", "Rose", "Yann", "Ayşe"])


@fast
@given(
    SURNAMES,
    FIRST_NAMES,
    st.sampled_from(
        ["{n} {p}", "Mme {n} {p}", "{p} {n}", "c'est {n} {p}", "M. {p} {n}, né à Paris"]
    ),
)
def test_a_name_and_a_first_name_are_told_apart_or_asked(
    surname: str, first: str, wording: str
) -> None:
    capitals = wording.format(n=surname.upper(), p=first)
    assert outcome(lambda: read_surname(capitals)) == PersonName(surname.upper(), first)
    asked = outcome(lambda: read_surname(wording.format(n=surname, p=first)))
    assert isinstance(asked, tuple)
    assert any(one.startswith(f"nom {surname}, prénom {first}") for one in asked)
    for one in asked:
        assert isinstance(outcome(lambda one=one: read_surname(one)), PersonName)


@pytest.mark.parametrize(
    "words",
    [
        "idem", "Voir PJ", "cf. pièce jointe", "ci-joint", "voir ci-dessus", "non renseigné", "N/C",
        "non communiquée", "-", "--", "???", "...", "/", "xxx", "néant", "sans objet", "RAS",
        "à compléter", "plus tard", "pas encore", "pas disponible",
        "en attente", "pas encore connu", "je sais pas", "jsp",
        "jai pas le numero", "j'ai pas son nir", "Je ne l'ai pas.", "je sais pas trop", "inconnu",
        "aucune idée", "non", "je ne connais pas la référence", "j'en ai pas", "dans le mail",
    ],
)  # fmt: skip
def test_the_words_of_an_empty_box_are_no_answer(words: str) -> None:
    assert is_empty_answer(words)


@pytest.mark.parametrize(
    "words",
    ["Durand", "Pas", "Jai", "Nonnet", "12345", "Rienne", "N'Diaye", "Ailloud", "Aucuner", "",
     "Idemba", "Voirin", "l'erreur dit : pièce jointe trop lourde"],
)  # fmt: skip
def test_answers_are_no_empty_box(words: str) -> None:
    assert not is_empty_answer(words)


def test_not_to_have_something_may_be_the_story_itself() -> None:
    assert is_empty_answer("je n'ai plus accès au compte")
    assert not is_empty_answer("je n'ai plus accès au compte", in_own_words=True)
    assert is_empty_answer("voir pièce jointe", in_own_words=True)
