"""Names of people in the conversation: never searched, and those of a register lead to accounts."""

import pytest
from support.registers import TOWN, a_register, an_account
from support.talking import Talk

from bot.domain.account import Holder


def holder(first: str, last: str) -> Holder:
    return Holder(last_name=last, first_name=first, email=f"{last.lower()}@mairie-exemple.fr")


@pytest.fixture
def administrator(talk: Talk) -> Talk:
    accounts = (
        an_account("rose", holder=holder("Rose", "Lambert")),
        an_account("yann", holder=holder("Yann", "Le Gall")),
        an_account("awa", holder=holder("Awa", "N'Diaye")),
        an_account("leo", holder=holder("Léo", "Petit")),
        an_account("zoe", holder=holder("Zoé", "Petit")),
    )
    talk.registers = {TOWN.siret: a_register(*accounts)}
    return talk


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("M. Le Gall", "Yann Le Gall"),
        ("le compte de awa ndiaye ou N'Diaye Awa", "Awa N'Diaye"),
        ("petit zoe a changé de service", "Zoé Petit"),
        ("LAMBERT", "Rose Lambert"),
    ],
)
def test_a_name_of_the_register_leads_to_its_account(
    administrator: Talk, words: str, name: str
) -> None:
    assert name in administrator.say(words)
    assert administrator.state == "ReadingAccount"


@pytest.mark.parametrize(
    "words", ["Rose Lambert ne travaille plus chez nous", "rose lambert est partie"]
)
def test_who_is_said_to_leave_is_asked_when(administrator: Talk, words: str) -> None:
    assert "Quel jour part Rose Lambert" in administrator.say(words)


@pytest.mark.parametrize(
    "words", ["un petit problème de virement", "taux cnracl 2026", "Mme Petit a changé de service"]
)
def test_a_question_or_several_holders_lead_to_none(administrator: Talk, words: str) -> None:
    administrator.say(words)
    assert administrator.state != "ReadingAccount"


@pytest.mark.parametrize("words", ["Petit", "Mme Blanc", "Noël Lambert", "dossier de M. Roy"])
def test_a_name_among_choices_gets_no_article(talk: Talk, words: str) -> None:
    talk.say("j'ai viré la cotisation au mauvais fonds", "Lire 1", "Nous contacter")
    assert talk.state == "ConfirmingSousMotif"
    shown = talk.say(words)
    assert "source" not in shown
    assert "Lire l'article" not in talk.labels
    assert talk.state == "ConfirmingSousMotif"


def test_a_name_alone_is_asked_what_is_wanted_for_it(talk: Talk) -> None:
    assert "pour cette personne" in talk.say("Mme Blanc")


def test_the_agent_of_an_open_request_is_not_searched(talk: Talk) -> None:
    sous_motif = talk.knowledge.catalogue.sous_motif("declarations/anomalies/anomalie-agent")
    assert sous_motif is not None
    talk.say(f"/start m_{sous_motif.id}", "continuer", "continuer")
    while getattr(talk.session.state, "key", "") != "nom":
        talk.answer_well()
    talk.say("Boulon")
    talk.say("/profil")
    talk.say("boulon a oublié son mot de passe")
    assert "boulon" not in [word for word in talk.shown.casefold().split() if word.startswith("«")]
    assert "Lire 1" in talk.labels
