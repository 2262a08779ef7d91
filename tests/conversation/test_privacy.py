"""The privacy notice: what GDPR articles 13 and 14 ask for, made from the settings in force."""

from dataclasses import replace

import pytest
from support.talking import Talk

from bot.connectors.factory import CONNECTORS
from bot.conversation.effects import Say
from bot.conversation.events import Commanded
from bot.conversation.texts import fill, load_texts, unescape
from bot.settings import Settings
from knowledge import KnowledgeBase

FULL = {
    "controller": "Communauté d'agglomération du Pays d'Exemple",
    "contact": "donnees-personnelles@agglo-pays-exemple.fr, 1 place de la République",
    "dpo": "dpo@agglo-pays-exemple.fr",
    "telegram_token": "1234567:" + "A" * 24,
    "staff_chat_id": (-100,),
    "tickets_to": ("email", "webhook", "glpi", "console"),
}


def notice(knowledge: KnowledgeBase, **settings: object) -> list[str]:
    asked = settings.get("nir_in_chat", True)
    rules = replace(Settings(_env_file=None, **settings).rules, nir_in_chat=asked)
    talk = Talk(knowledge, rules=rules)
    talk.hear(Commanded("confidentialite"))
    return [unescape(fill(one.text)) for one in talk.effects if isinstance(one, Say)]


def test_the_first_screen_is_short_even_with_everything_set(knowledge: KnowledgeBase) -> None:
    first, rest = notice(knowledge, **FULL)
    assert len(first) <= 900, len(first)
    for words in (
        "Pays d'Exemple",
        "dpo@agglo-pays-exemple.fr",
        "1 place de la République",
        "art. 6.1.e",
        "décret n° 2019-341 du 19 avril 2019",
        "Les conseillers du guichet, leur groupe sur Telegram, leur messagerie",
        "leur outil de suivi",
        "hors de l'Union européenne",
        "24 heures",
        "trois ans après la clôture",
    ):
        assert words in first
    for words in ("art. 14", "CNIL", "sous un mois", "24 mois"):
        assert words in rest


def test_it_names_nobody_and_nothing_that_is_not_in_force(knowledge: KnowledgeBase) -> None:
    first, rest = notice(knowledge, nir_in_chat=False, silent_months=12, ticket_days=365)
    for words in ("Telegram", "leur outil de suivi", "messagerie", "Délégué", "décret"):
        assert words not in first
    assert "n'est pas demandé ici" in first
    assert "un an après la clôture" in first
    assert "12 mois" in rest


@pytest.mark.parametrize("name", [one for one in CONNECTORS if one != "console"])
def test_every_connector_has_a_name_in_the_notice(name: str) -> None:
    assert f"privacy.to_{name}" in load_texts()
