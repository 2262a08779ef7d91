"""A password or a code is a secret when announced as one with its value, and only then."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.passwords import announces_secret

GIVING_ONE = [
    "mon code est 482913",
    "mdp : Soleil2024!",
    "mon mot de passe c'est Toto12",
    "le code reçu : 123 456",
    "password=azerty99",
    "mon mot de passe est Soleil",
    "Mon mot de passe est : Soleil2024",
    "mot de passe: soleil",
    "mot de passe = 12345678",
    "mot de passe du compte A003 : Mairie#75",
    "mon mot de passe PEP's est Mairie2026",
    "voici mon mot de passe Soleil2024!",
    "mdp Soleil2024",
    "MDP:TOTO12",
    "Mot de Passe : « Soleil2024 »",
    "identifiant A003 mdp Toto12!",
    "code : 482913",
    "code de sécurité 482913",
    "le code de vérification que j'ai reçu par SMS est 482913",
    "code OTP 482913",
    "otp: 482913",
    "code pin 1234",
    "j'ai reçu le code 482913",
    "voici le code 48 29 13",
    "mon code c'est 482 913",
    "mon code à 6 chiffres est le 482913",
    "le code est 482913",
    "le code est : 482-913",
    "code d'accès : A1B2C3",
    "code d'activation = 482913",
    "482913 est le code reçu",
    "Soleil2024! est mon mot de passe",
    "le mot de passe provisoire est Az3rty",
    "pwd: hunter2",
    "my password is hunter22",
    "mon identifiant est A003 et mon mot de passe est Mairie75!",
    "mon code confidentiel est 4829",
    "ｍｄｐ：Ｓｏｌｅｉｌ２０２４",
    "mot de passe :\nSoleil2024",
    'mon mot de passe est "Soleil2024"',
    "mon code 482913 ne marche pas",
    "code reçu par mail ce matin : 482913",
    "mot de passe -> Soleil_75",
    "mon mot de passe est Soleil2024 et il ne marche pas",
    "le mot de passe c'est azerty123, ça bloque",
    "Mon mdp était Toto2023",
    "mot\u00a0de\u00a0passe\u00a0: Soleil2024",
    "mon code est bien 482913",
]

GIVING_NONE = [
    "mot de passe oublié",
    "mdp perdu",
    "mon mot de passe est expiré",
    "mon mot de passe est bloqué",
    "code postal 75001",
    "le code est expiré",
    "code APE",
    "code APE 8411Z",
    "mon code APE est 8411Z",
    "mon code postal est 75001",
    "le montant est de 482913 euros",
    "482913",
    "482 913",
    "482 913 €",
    "j'ai versé 482913 le mois dernier",
    "21750001600019",
    "mon siret est 21750001600019",
    "mot de passe oublié pour le siret 21750001600019",
    "mot de passe ?",
    "mot de passe",
    "mdp ?",
    "code de sécurité non reçu",
    "je n'ai pas reçu le code",
    "code reçu mais invalide",
    "le code reçu ne marche pas",
    "combien de temps le code est valable 10 minutes",
    "le mot de passe doit contenir 12 caractères",
    "mot de passe : 12 caractères minimum",
    "mot de passe : comment faire ?",
    "mot de passe : oublié",
    "Mot de passe : expiré depuis le 12/05/2026",
    "Objet : mot de passe",
    "Mot de passe : urgent",
    "le lien du mot de passe est valable 15 jours",
    "mot de passe bloqué après 5 essais",
    "code INSEE 75056",
    "code erreur 500123",
    "le code erreur est 482913",
    "erreur code : 500123",
    "code de la sécurité sociale",
    "article L. 351-1 du code de la sécurité sociale",
    "code général de la fonction publique",
    "code CTP 100",
    "code motif 042",
    "otp pas reçu sur le fixe de la mairie",
    "code wifi de la médiathèque",
    "mon identifiant est A003",
    "identifiant : A003",
    "mon mot de passe ne fonctionne plus depuis le 12/05/2026",
    "changer mon mot de passe",
    "j'ai oublié mon mot de passe et mon identifiant",
    "jai zappé mon mdp peps et le lien marche plu",
    "le code reçu le 12/05/2026 est périmé",
    "code reçu : 06 12 34 56 78",
    "mot de passe : contact@mairie.fr",
    "le mot de passe est inconnu",
    "Le mot de passe est Trop court",
    "MON MOT DE PASSE EST TROP COURT",
    "MON MOT DE PASSE EST REFUSE",
    "le code de double authentification n'arrive pas",
    "code NAF : 8411Z",
    "mon code contrat est 123456",
    "code commune 75056",
    "pass culture 2024",
    "mot de passe oublié 2 fois",
    "mot de passe 15 jours",
    "c'est quoi le code à 6 chiffres",
    "le mot de passe expire au bout de 18 mois",
    "référence PEPS-2026-000041, mot de passe oublié",
    "88W1234567890 code de sécurité non reçu",
    "mot de passe : PEP's ne répond pas",
    "mot de passe : https://peps.fr",
    "le code a été envoyé à 10h12",
    "compte bloqué : code 3 essais",
    "mon mot de passe est Bloqué",
    "un nouveau mot de passe est-il nécessaire en 2026",
]


@pytest.mark.parametrize("text", GIVING_ONE)
def test_an_announced_secret_is_seen(text: str) -> None:
    assert announces_secret(text)


@pytest.mark.parametrize("text", GIVING_NONE)
def test_talking_about_secrets_is_no_secret(text: str) -> None:
    assert not announces_secret(text)


@settings(derandomize=True, deadline=None)
@given(
    st.sampled_from(["mon code est ", "le code reçu : ", "code de sécurité : ", "otp "]),
    st.integers(100_000, 999_999),
    st.sampled_from(["", ".", ", merci", "\nmerci", " et ça bloque"]),
)
def test_any_six_digits_announced_as_a_code_are_one(start: str, code: int, end: str) -> None:
    assert announces_secret(f"bonjour, {start}{code}{end}")


@settings(derandomize=True, deadline=None)
@given(
    st.sampled_from(
        ["montant ", "", "contrat ", "code APE ", "code postal ", "mot de passe oublié, "]
    ),
    st.integers(0, 10**14),
    st.sampled_from(["", " €", " euros", " agents"]),
)
def test_numbers_announced_as_something_else_are_none(start: str, number: int, end: str) -> None:
    assert not announces_secret(f"{start}{number}{end}")


@pytest.mark.parametrize(
    "word", ["mot de passe ", "a", "9", "est le ", "mon code ", "mdp : ", "« "]
)
def test_a_hundred_kilobytes_take_no_time(word: str) -> None:
    started = time.perf_counter()
    announces_secret(word * (100_000 // len(word)))

    assert time.perf_counter() - started < 10  # what is not linear takes a minute
