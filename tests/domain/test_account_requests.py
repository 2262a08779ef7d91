"""What administrators ask for in words, and the questions that sound alike."""

import pytest

from bot.domain.account_requests import (
    account_command_of,
    is_own_departure,
    takes_departure_back,
    tells_departure,
)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("je veux importer un fichier excel de mes comptes", "importer"),
        ("j'ai un fichier excel de comptes à importer", "importer"),
        ("j'ai reçu un lien d'invitation, il marche pas", "inviter"),
        ("comment j'invite ma collègue", "inviter"),
    ],
)
def test_anybody_may_import_or_invite(text: str, command: str) -> None:
    assert account_command_of(text, administers=False) == command


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("mes comptes", "comptes"),
        ("quels comptes vont expirer ?", "comptes"),
        ("faire la revue", "revue"),
        ("je pars en vacances du 20/12 au 3/1", "conges"),
        ("je suis en congés", "conges"),
        ("je quitte la mairie le 31 décembre", "depart"),
        ("Congés.", "conges"),
        ("absence", "conges"),
        ("je suis absente du 21/12/26 au 4/1/27 inclus, M. Haddad me remplace", "conges"),
        ("absent de lundi à vendredi", "conges"),
        ("congés en août", "conges"),
        ("annuler mes congés", "conges"),
        ("finalement je ne pars pas en vacances", "conges"),
        ("passation", "depart"),
        ("un départ", "depart"),
        ("mon dernier jour est le 4 janvier", "depart"),
        ("elle part lundi", "depart"),
        ("finalement elle reste", "depart"),
        ("annuler le départ de Mme Lambert", "depart"),
        ("registre", "comptes"),
        ("revue svp", "revue"),
        ("invitation", "inviter"),
        ("export csv", "exporter"),
    ],
)
def test_what_only_an_administrator_asks_for(text: str, command: str) -> None:
    assert account_command_of(text, administers=True) == command
    assert account_command_of(text, administers=False) is None


@pytest.mark.parametrize(
    "text",
    [
        "importer la DSN dans les comptes de l'agent",
        "importer un compte individuel retraite",
        "mon agent part en congés",
        "mes comptes rendus métier sont en erreur",
        "je pars à la retraite",
        "inviter l'agent à demander son reclassement, c'est obligatoire ? il est en arrêt maladie",
        "combien de comptes faut-il",
        "congés bonifiés cnracl",
        "congé maladie du 3 mars au 5 mai",
        "congés des agents en cours d'année",
        "départ à la retraite d'un agent",
        "elle reste combien de temps en disponibilité ?",
    ],
)
def test_questions_on_accounts_stay_questions(text: str) -> None:
    assert account_command_of(text, administers=True) is None


@pytest.mark.parametrize(
    "text",
    [
        "Rose Lambert part le 31 décembre",
        "M. Haddad ne travaille plus chez nous",
        "Omar Haddad a été muté",
        "démission de Mme Petit",
    ],
)
def test_a_departure_is_told_in_many_ways(text: str) -> None:
    assert tells_departure(text)
    assert not takes_departure_back(text)
    assert not is_own_departure(text)


@pytest.mark.parametrize(
    "text",
    [
        "annuler le départ",
        "il ne part plus",
        "Rose Lambert reste finalement",
        "le départ de M. Haddad est annulé",
        "plus de départ",
    ],
)
def test_and_taken_back_in_many(text: str) -> None:
    assert takes_departure_back(text)


def test_one_own_departure_is_told_from_that_of_somebody() -> None:
    assert is_own_departure("je pars le 4 janvier")
    assert is_own_departure("préparer ma passation")
    assert not is_own_departure("je dois signaler un départ")
