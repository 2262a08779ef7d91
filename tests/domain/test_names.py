"""Names as secretaries write them: titles, married names, capitals, and whoever cannot be told."""

import pytest

from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.names import PersonName, read_first_name, read_last_name, read_surname


@pytest.mark.parametrize(
    ("typed", "name", "aside"),
    [
        ("Mme DUPONT épouse MARTIN", PersonName("DUPONT"), "épouse MARTIN"),
        ("Dupont ep. Martin", PersonName("Dupont"), "ep. Martin"),
        ("Dupont veuve Martin", PersonName("Dupont"), "veuve Martin"),
        ("MARTIN née DUPONT", PersonName("DUPONT"), "MARTIN"),
        ("MARTIN Anne née DUPONT", PersonName("DUPONT", "Anne"), "MARTIN"),
        ("Martin (née Dupont)", PersonName("Dupont"), "Martin"),
        ("née Dupont", PersonName("Dupont"), ""),
        ("DUPONT Marie, née à Lyon", PersonName("DUPONT", "Marie"), "née à Lyon"),
        ("M. Anne-Marie LE GALL né le 3/6/85", PersonName("LE GALL", "Anne-Marie"), "né le 3/6/85"),
        ("Nom : Durand ; Prénom : Anne", PersonName("Durand", "Anne"), ""),
        ("son nom est Durand et son prénom Anne", PersonName("Durand", "Anne"), ""),
        ("Durand, Anne", PersonName("Durand", "Anne"), ""),
        ("elle s'appelle Le Gall", PersonName("Le Gall"), ""),
        ("Dr Roy, merci", PersonName("Roy"), ""),
        ("bonjour Mme Blanc", PersonName("Blanc"), ""),
        ("l'agent Petit", PersonName("Petit"), ""),
        ("Dupont - Martin", PersonName("Dupont-Martin"), ""),
        ("Van der Berg", PersonName("Van der Berg"), ""),
        ("St. Pierre", PersonName("St. Pierre"), ""),
        ("nom composé Garcia Lopez", PersonName("Garcia Lopez"), ""),
    ],
)
def test_the_name_at_birth_is_found(typed: str, name: PersonName, aside: str) -> None:
    reading = read_surname(typed)
    assert (reading.value, reading.aside) == (name, aside)


@pytest.mark.parametrize(
    ("typed", "readings"),
    [
        (
            "Martin Paul",
            ("nom Martin, prénom Paul", "nom Paul, prénom Martin", "nom composé Martin Paul"),
        ),
        ("Dupont ou Durand", ("nom Dupont", "nom Durand")),
        ("Mme veuve Durand", ("nom Durand",)),
        (
            "Ben Ali Mohamed",
            (
                "nom Ben Ali, prénom Mohamed",
                "nom Mohamed, prénom Ben Ali",
                "nom composé Ben Ali Mohamed",
            ),
        ),
        ("Dupont/Durand", ("nom Dupont", "nom Durand")),
    ],
)
def test_whoever_cannot_be_told_apart_is_asked(typed: str, readings: tuple[str, ...]) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        read_surname(typed)

    assert caught.value.readings == readings


@pytest.mark.parametrize(
    "typed",
    ["voir le dossier", "autre commune", "c'est celui de tout à l'heure", "pas Durand",
     "je ne la connais pas", "dans le mail"],
)  # fmt: skip
def test_a_sentence_is_no_name(typed: str) -> None:
    with pytest.raises(InvalidAnswerError) as caught:
        read_surname(typed)

    assert caught.value.fault == Fault.NAME_SENTENCE


@pytest.mark.parametrize(
    ("typed", "surname", "first_name"),
    [
        ("Anne", "", "Anne"),
        ("Anne Marie", "Durand", "Anne Marie"),
        ("Anne Durand", "DURAND", "Anne"),
        ("DURAND Anne", "", "Anne"),
        ("son prénom c'est Anne", "", "Anne"),
        ("Anne, Sophie, Lise", "", "Anne"),
        ("Mme Rose", "Petit", "Rose"),
        ("Martin", "Martin", "Martin"),
    ],
)
def test_a_first_name_stands_alone_or_beside_the_surname(
    typed: str, surname: str, first_name: str
) -> None:
    assert read_first_name(typed, surname).value == first_name


@pytest.mark.parametrize(
    ("typed", "last_name"), [("Rose Lambert", "Lambert"), ("LAMBERT", "LAMBERT"), ("Roy", "Roy")]
)
def test_the_last_name_of_an_account_leaves_the_first_name_known(
    typed: str, last_name: str
) -> None:
    assert read_last_name(typed, "Rose").value == last_name
