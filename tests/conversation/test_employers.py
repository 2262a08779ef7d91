"""Several employers: the one a request is for is said first, changed in a tap or in words."""

import pytest
from support.talking import A_SIRET, Talk

from bot.domain.people import Employer, Profile

ANOTHER_SIRET = "21750001600027"
TOWN, SCHOOLS = Employer(A_SIRET, "Mairie d'Exemple"), Employer(ANOTHER_SIRET, "CCAS d'Exemple")


def open_form(talk: Talk, *employers: Employer) -> str:
    talk.profile = Profile(employers=employers, email="")
    sous_motif = talk.knowledge.catalogue.sous_motif("cotisations/calcul/taux-cnracl")
    assert sous_motif is not None
    shown = talk.say(f"/start m_{sous_motif.id}")
    while talk.state not in ("Filling", "Describing"):
        shown = talk.press(next(one for one in talk.labels if one.startswith("Continuer")))
    return shown


def employer(talk: Talk) -> str:
    answer = talk.session.state.draft.answer("siret")
    return answer.value if answer else ""


def test_the_only_employer_is_said_first_with_a_way_to_change_it(talk: Talk) -> None:
    assert "Votre demande est faite pour Mairie d'Exemple." in open_form(talk, TOWN)
    talk.press("Changer d'employeur")
    assert "SIRET" in talk.shown
    talk.say(ANOTHER_SIRET, "CCAS d'Exemple")
    assert employer(talk) == ANOTHER_SIRET


def test_who_files_for_two_is_always_asked(talk: Talk) -> None:
    open_form(talk, TOWN, SCHOOLS)
    assert {"Mairie d'Exemple", "CCAS d'Exemple"} <= set(talk.labels)
    talk.press("CCAS d'Exemple")
    assert employer(talk) == ANOTHER_SIRET


@pytest.mark.parametrize(
    "words",
    [
        "c'est pour une autre commune",
        "une autre mairie",
        "pour la mairie de Sainte-Invention",
        "changer d'employeur",
        "ce n'est pas la bonne collectivité",
        "non, plutôt pour le CCAS de Trifouillis",
    ],
)
def test_another_employer_is_asked_for_in_words(talk: Talk, words: str) -> None:
    open_form(talk, TOWN)
    talk.say(words)
    assert talk.session.state.key == "siret"
    assert employer(talk) == ""


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("pour la mairie de Sainte-Invention", "mairie de Sainte-Invention"),
        ("non, plutôt pour le CCAS de Trifouillis", "CCAS de Trifouillis"),
        ("Syndicat des eaux du Plateau", "Syndicat des eaux du Plateau"),
    ],
)
@pytest.mark.parametrize("employers", [(), (TOWN,)])
def test_a_new_employer_is_named_at_any_question_and_not_asked_again(
    talk: Talk, employers: tuple[Employer, ...], words: str, name: str
) -> None:
    open_form(talk, *employers)
    assert f"Votre demande est faite pour {name}." in talk.say(words)
    talk.say(ANOTHER_SIRET)
    draft = talk.session.state.draft
    assert draft.answer("employer_name").value == name
    assert talk.session.state.key not in ("siret", "employer_name")
    assert Employer(ANOTHER_SIRET, name) in talk.profile.employers


@pytest.mark.parametrize("words", ["CCAS d'Exemple", "pour CCAS d'Exemple", "ccas d’exemple"])
def test_a_known_employer_is_named(talk: Talk, words: str) -> None:
    open_form(talk, TOWN, SCHOOLS)
    talk.press("Mairie d'Exemple")
    talk.say(words)
    assert employer(talk) == ANOTHER_SIRET


def test_the_recap_begins_with_the_employer(talk: Talk) -> None:
    open_form(talk, TOWN)
    talk.say("2026", "Nous cherchons le taux de nos agents en 2026.")
    assert talk.state == "Reviewing"
    lines = [line for line in talk.shown.splitlines() if line.startswith("-")]
    assert lines[0].startswith("- SIRET") or "Mairie d'Exemple" in lines[0]
    assert "Changer d'employeur" in talk.labels
