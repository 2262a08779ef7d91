"""`guichet desk` and `guichet staff`, as somebody types them."""

import pwd
import re

import pytest
from services.conftest import Desk
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.clock import utc_now
from bot.domain.ticket import TicketStatus

LUC = pwd.struct_passwd(("luc", "x", 4242, 4242, "", "/", "/bin/sh"))
"""The account of the machine that runs the commands."""


@pytest.fixture
def guichet(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATA_DIR", str(desk.app.settings.data_dir))
    monkeypatch.setattr(pwd, "getpwuid", lambda number: LUC)
    runner = CliRunner()

    def run(*words: str, typed: str = "") -> Result:
        """A command reads the clock of the process: whoever looks afterwards looks later."""
        done = runner.invoke(app, words, input=typed)
        desk.now = max(desk.now, utc_now())
        return done

    return run


def test_a_ticket_from_the_list_to_its_end(desk: Desk, guichet) -> None:
    reference = desk.file("anne")
    assert reference in guichet("desk", "list").output
    assert "Taux de cotisation" in guichet("desk", "open", reference).output
    assert guichet("desk", "take", reference).exit_code == 0
    assert "Réponse envoyée" in guichet("desk", "answer", reference, "Voici.").output
    assert guichet("desk", "answer", reference, "-", typed="Et encore\nceci.").exit_code == 0
    assert guichet("desk", "note", reference, "Entre nous.").exit_code == 0
    assert guichet("desk", "wait", reference, "Quel mois ?").exit_code == 0
    assert desk.ticket(reference).status is TicketStatus.PENDING
    assert guichet("desk", "close", reference).exit_code == 0
    assert "Rien à traiter" in guichet("desk", "list").output
    assert guichet("desk", "reopen", reference).exit_code == 0
    told = guichet("desk", "open", reference).output
    for line in ("demande déposée, par le demandeur", "note interne, par", "état : close, par"):
        assert line in told
    assert not re.search("status|answered|filed|in_progress", told)
    shown = desk.look("anne")
    assert "« Voici. »" in shown
    assert "Entre nous" not in shown


def test_a_canned_answer_names_the_ticket_and_who_sends_it(desk: Desk, guichet) -> None:
    reference = desk.file("anne")
    guichet("staff", "add", "local:luc", "--name", "Luc du guichet")
    assert "accuse" in guichet("desk", "canned").output
    guichet("desk", "answer", reference, "--canned", "accuse")
    shown = desk.look("anne")
    assert reference in shown
    assert "Luc du guichet" in shown
    assert "{" not in shown


def test_a_folder_of_ones_own_adds_canned_answers(desk: Desk, guichet) -> None:
    own = desk.app.settings.data_dir / "reponses"
    own.mkdir()
    (own / "merci.md").write_text("# Merci\nMerci pour {reference}.\n", encoding="utf-8")
    assert "merci" in guichet("desk", "canned").output
    (own / "faux.md").write_text("# Faux\n{inconnu}\n", encoding="utf-8")
    assert "inconnu" in str(guichet("desk", "canned").exception)


def test_a_doubt_is_said_and_can_be_passed_over(desk: Desk, guichet) -> None:
    reference = desk.file("anne")
    desk.do("eve", lambda tickets: tickets.take(reference))
    refused = guichet("desk", "answer", reference, "Moi.")
    assert refused.exit_code == 1
    assert "prise par eve" in refused.output
    assert guichet("desk", "answer", reference, "Moi.", "--surely").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [("open", "X"), ("take", "X"), ("answer", "X", "oui"), ("close", "X"), ("move", "X", "nulle")],
)
def test_what_does_not_exist_is_said_in_one_sentence(guichet, words) -> None:
    done = guichet("desk", *words)
    assert done.exit_code == 1
    assert "n'existe pas" in done.output


def test_staff_come_and_go(desk: Desk, guichet) -> None:
    assert guichet("staff", "add", "telegram:12", "--name", "Ève", "--role", "dpo").exit_code == 0
    assert "Ève" in guichet("staff", "list").output
    assert guichet("staff", "remove", "telegram:12").exit_code == 0
    assert guichet("staff", "remove", "telegram:12").exit_code == 1
    assert guichet("staff", "add", "douze", "--name", "Ève").exit_code == 1
    with desk.app.store.transaction() as db:
        assert [one.what for one in db.audit_log.entries("telegram:12")] == [
            "staff.removed",
            "staff.added",
        ]


def test_canned_answers_of_the_house_are_complete() -> None:
    from bot.services.canned_answers import load_canned_answers

    for canned in load_canned_answers().values():
        assert canned.title
        assert "!" not in canned.text
