"""Somebody writes into the database: commands say so in one sentence, and the doctor says where."""

import sqlite3
from pathlib import Path

import pytest
from support.commandline import guichet
from support.talking import A_SIRET

SCRIPT = """\
/start m_{sous_motif}
Continuer
Continuer ma demande
{siret}
Mairie d'Exemple
2026
Une description assez longue.
Passer
Envoyer
"""


@pytest.fixture
def data(tmp_path: Path, knowledge) -> Path:
    sous_motif = knowledge.catalogue.sous_motif("cotisations/calcul/taux-cnracl")
    typed = SCRIPT.format(sous_motif=sous_motif.id, siret=A_SIRET)
    done = guichet("chat", data=tmp_path, typed=typed)
    assert "PEPS-" in done.stdout, done.stdout[-800:]
    guichet("staff", "add", "telegram:12", "--name", "Luc", "--role", "dpo", data=tmp_path)
    return tmp_path


def change(data: Path, sql: str) -> None:
    with sqlite3.connect(data / "guichet.db") as base:
        base.execute(sql)
    base.close()


def reference(data: Path) -> str:
    base = sqlite3.connect(data / "guichet.db")
    found = base.execute("SELECT reference FROM ticket").fetchone()[0]
    base.close()
    return found


@pytest.mark.parametrize("command", [("tickets", "show"), ("desk", "open"), ("desk", "take")])
def test_a_changed_ticket_is_one_sentence(data: Path, command: tuple[str, ...]) -> None:
    change(data, "UPDATE ticket SET assurance = 'invited'")

    done = guichet(*command, reference(data), data=data)

    assert done.returncode == 1
    assert f"changée hors du guichet : demande {reference(data)}" in done.stderr
    assert "Traceback" not in done.stderr
    assert "invité" not in done.stdout


def test_lists_name_what_they_go_without(data: Path) -> None:
    change(data, "UPDATE ticket SET status = 'closed'")

    for command in (("tickets", "list"), ("tickets", "list", "--json"), ("desk", "list")):
        done = guichet(*command, data=data)
        assert done.returncode == 0
        assert reference(data) not in done.stdout
        if command != ("desk", "list"):  # it asks for the open ones alone
            assert reference(data) in done.stderr


def test_the_requester_is_not_told_that_there_is_nothing(data: Path) -> None:
    change(data, "UPDATE ticket SET status = 'closed'")

    shown = guichet("chat", data=data, typed="/demandes\n").stdout

    assert "elle est gardée" in shown
    assert "pas encore envoyé de demande" not in shown


def test_the_doctor_names_every_row(data: Path) -> None:
    assert "hors du guichet" not in guichet("doctor", data=data).stdout
    change(data, "UPDATE ticket SET siret = '99999999900017'")
    change(data, "UPDATE staff SET role = 'advisor'")

    done = guichet("doctor", data=data)

    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert "Changé hors du guichet" in said
    assert f"demande {reference(data)} ; membre du guichet telegram:12" in said


def test_an_emptied_audit_log_is_missed(data: Path) -> None:
    change(data, "DROP TRIGGER audit_no_delete")
    change(data, "DELETE FROM audit")

    done = guichet("audit", "verify", data=data)

    assert done.returncode == 1
    assert "Le journal a été coupé" in done.stderr
    assert "journal d'audit est rompu" in " ".join(guichet("doctor", data=data).stdout.split())


def test_who_comes_back_reads_a_calm_sentence(data: Path) -> None:
    change(data, "UPDATE person SET email_confirmed = 1")

    done = guichet("chat", data=data, typed="/demandes\n")

    assert "Traceback" not in done.stdout
    assert "Une erreur de notre côté" in done.stdout
