"""The register at the command line: imported, exported, invited for, reminded of."""

import json
from pathlib import Path

import pytest
from support.commandline import Done, guichet
from support.talking import A_SIRET
from support.window import PATIENCE, Window

GOOD = """\
Identifiant;Nom;Prénom;Profil;Expiration
A1;Petit;Zoé;administrateur;31/12/2028
A2;Martin;Jean;utilisateur;14/06/2027
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def imported(data: Path, content: str, *options: str) -> Done:
    file = data.parent / "comptes.csv"
    file.write_text(content, encoding="cp1252")
    return guichet("accounts", "import", str(file), "--siret", A_SIRET, *options, data=data)


def exported(data: Path) -> str:
    file = data.parent / "export.csv"
    done = guichet("accounts", "export", str(file), "--siret", A_SIRET, data=data)
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    return file.read_text(encoding="utf-8-sig")


def test_without_a_terminal_it_writes_and_the_same_file_again_changes_nothing(data: Path) -> None:
    first = imported(data, GOOD)
    assert first.returncode == 0, first.stderr
    assert "2 comptes ajoutés" in first.stdout
    again = imported(data, GOOD)
    assert again.returncode == 0
    assert "Inchangés : 2" in again.stdout
    assert "Petit;Zoé" in exported(data)


def test_one_refused_line_writes_nothing_unless_it_is_skipped(data: Path) -> None:
    bad = GOOD + "A3;;Jean;;01/01/2028\n"
    done = imported(data, bad)
    assert done.returncode == 1
    assert "ligne 4 : nom ou prénom manquant" in done.stderr
    assert (
        "n'a pas de registre" in guichet("accounts", "list", "--siret", A_SIRET, data=data).stderr
    )
    assert imported(data, bad, "--skip-refused").returncode == 0
    assert "A3" not in exported(data)


@pytest.mark.parametrize(
    ("answer", "said"), [("oui", "2 comptes ajoutés"), ("n", "Rien n'est écrit")]
)
def test_at_a_terminal_it_asks_before_writing(data: Path, answer: str, said: str) -> None:
    file = data.parent / "comptes.csv"
    file.write_text(GOOD, encoding="utf-8")
    window = Window(data, "accounts", "import", str(file), "--siret", A_SIRET)
    try:
        assert "Nouveaux (2)" in window.wait_for("Écrire ces changements ?")
        window.type(answer)
        window.wait_for(said)
        assert window.process.wait(PATIENCE) == 0
    finally:
        window.close()
    listed = guichet("accounts", "list", "--siret", A_SIRET, data=data)
    assert ("Zoé Petit" in listed.stdout) is (answer == "oui")


def test_a_dry_run_writes_nothing(data: Path) -> None:
    done = imported(data, GOOD, "--dry-run")
    assert done.returncode == 0
    assert "Nouveaux (2)" in done.stdout
    assert guichet("accounts", "list", "--siret", A_SIRET, data=data).returncode == 1


def test_reminders_are_listed_as_json_with_the_reason_that_holds_them(data: Path) -> None:
    imported(data, GOOD)
    done = guichet("reminders", "--today", "2027-05-18", "--json", data=data)
    (line,) = [json.loads(row) for row in done.stdout.splitlines()]
    assert line == {
        "siret": A_SIRET,
        "account": "A2",
        "window": 30,
        "expires": "2027-06-14",
        "estimated": False,
        "recipients": [],
        "held_because": "no_administrator",
    }
    off = guichet("reminders", "--today", "2027-05-16", "--json", data=data)
    assert off.stdout == ""
    why = guichet("reminders", "--today", "2027-05-18", "--json", "--why-not", data=data)
    reasons = [json.loads(row)["held_because"] for row in why.stdout.splitlines()]
    assert set(reasons) == {"no_administrator", "not_open"}


def test_an_invitation_opens_the_accounts_and_reminders_reach_who_took_it(data: Path) -> None:
    imported(data, GOOD)
    shown = guichet("invite", "--siret", A_SIRET, "--account", "a1", data=data)
    command = next(line for line in shown.stdout.splitlines() if line.startswith("/start i_"))
    entered = guichet("chat", "--as", "zoe", data=data, typed=f"{command}\n")
    assert "Bienvenue" in entered.stdout
    assert "Zoé Petit (A1)" in entered.stdout
    sent = guichet("reminders", "--today", "2027-05-18", "--json", "--send", data=data)
    assert json.loads(sent.stdout.splitlines()[0])["recipients"] == ["terminal:zoe"]
    assert "Jean Martin" in guichet("chat", "--as", "zoe", data=data, typed="/aide\n").stdout
    verified = guichet("audit", "verify", data=data)
    assert verified.returncode == 0
    assert "Le journal tient" in verified.stdout


def test_a_link_and_its_qr_code_where_the_bot_has_a_name(data: Path) -> None:
    imported(data, GOOD)
    arguments = ("invite", "--siret", A_SIRET, "--account", "A1")
    shown = guichet(*arguments, data=data, TELEGRAM_USERNAME="guichet_bot")
    assert "https://t.me/guichet_bot?start=i_" in shown.stdout
    assert "█" in shown.stdout
    ended = guichet(*arguments, "--revoke", data=data)
    assert "Invitations annulées : 1" in ended.stdout


def test_more_than_eighteen_months_is_refused_at_the_start(data: Path) -> None:
    done = guichet("reminders", data=data, ACCOUNT_MONTHS="19")
    assert done.returncode == 1
    assert "ACCOUNT_MONTHS" in done.stderr


def test_the_demonstration_shows_a_reminder_and_touches_nothing_else(data: Path) -> None:
    folder = data.parent / "demo"
    done = guichet("demo", "--dir", str(folder), data=data, typed="Faire la revue\n")
    assert "Comptes PEP's de Ville d'Exemple : 7 à revoir" in done.stdout
    assert "Compte 1 sur 8" in done.stdout
    assert not data.exists()
