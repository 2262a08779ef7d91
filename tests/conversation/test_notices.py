"""Failures and maintenances: told before an answer and a form, and to who asks."""

import pytest
from support.talking import Talk

from bot.conversation.states import Describing
from bot.domain.service_notices import ServiceNotice, parse_moment

SLOW = ServiceNotice(
    number=1,
    words="PEP's est lent.",
    starts_at=parse_moment("23/11/2026 08:00"),
    ends_at=parse_moment("23/11/2026 18:00"),
)
TERM = "du 23/11/2026 à 08 h 00 au 23/11/2026 à 18 h 00"

ASKED = [
    "panne",
    "maintenance",
    "c'est lent",
    "le site ne marche pas",
    "peps marche plus",
    "la plateforme est inaccessible",
    "jarrive pas a ouvrir le site",
    "y'a une maintenance de prévue ?",
]


@pytest.mark.parametrize("words", ASKED)
def test_who_asks_about_a_failure_reads_what_is_announced(talk: Talk, words: str) -> None:
    shown = talk.say(words)
    assert "Aucune panne ni maintenance n'est annoncée" in shown
    assert "/telephone" in shown
    talk.notices = (SLOW,)
    shown = talk.say(words)
    assert f"À savoir, {TERM} : PEP's est lent." in shown
    assert "mot de passe" not in shown.casefold()


@pytest.mark.parametrize(
    "words", ["mot de passe oublié", "mon compte est bloqué", "accident, panne de voiture"]
)
def test_another_matter_is_no_failure(talk: Talk, words: str) -> None:
    assert "Aucune panne" not in talk.say(words)


def test_what_is_to_come_is_told_to_who_asks_alone(talk: Talk) -> None:
    talk.announced = (SLOW,)
    assert f"Prévu, {TERM}" in talk.say("une maintenance est prévue ?")
    assert TERM not in talk.say("mot de passe oublié")


def test_a_notice_stands_before_results_and_a_form(talk: Talk) -> None:
    talk.notices = (SLOW,)
    assert talk.say("mot de passe oublié").startswith(f"À savoir, {TERM}")
    assert TERM not in talk.say("/themes")
    sous_motif = talk.knowledge.catalogue.sous_motifs[0]
    talk.say(f"/start m_{sous_motif.id}")
    shown = talk.press("Continuer")
    if "Continuer ma demande" in talk.labels:
        shown = talk.press("Continuer ma demande")
    assert f"À savoir, {TERM}" in shown


def test_in_a_form_it_is_what_the_person_tells(talk: Talk) -> None:
    sous_motif = talk.knowledge.catalogue.sous_motif("cotisations/calcul/taux-cnracl")
    assert sous_motif is not None
    talk.say(f"/start m_{sous_motif.id}")
    talk.press("Continuer")
    if "Continuer ma demande" in talk.labels:
        talk.press("Continuer ma demande")
    talk.say("21750001600019", "Mairie d'Exemple", "2026")
    if not isinstance(talk.session.state, Describing):
        talk.press("Passer")
    assert isinstance(talk.session.state, Describing)
    assert "Aucune panne" not in talk.say("le site ne marche pas depuis lundi")
