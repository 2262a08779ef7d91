"""What an administrator comes for, said in words."""

import pytest

from bot.domain.account_changes import account_command_of


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("je veux importer un fichier excel de mes comptes", "importer"),
        ("j'ai un fichier excel de comptes à importer", "importer"),
        ("j'ai reçu un lien d'invitation, il marche pas", "inviter"),
        ("comment j'invite ma collègue", "inviter"),
    ],
)
def test_anybody_may_say_so(text: str, command: str) -> None:
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
    ],
)
def test_an_administrator_s_own(text: str, command: str) -> None:
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
    ],
)
def test_questions_stay_questions(text: str) -> None:
    assert account_command_of(text, administers=True) is None
