"""Terminals of operators: markup and escapes in what somebody typed come out as text, or not."""

import json
from pathlib import Path

import pytest
from services.conftest import NOW, Desk, desk
from support.commandline import guichet
from typer.testing import CliRunner

from bot.app import open_store
from bot.commands import kb
from bot.commands.outbox import app
from bot.settings import Settings

__all__ = ["desk"]

NASTY = "[/b] :smile: [red]Anne[/red]"
QUESTION = "[/i] xyzzy plugh \x1b[31m \x1b]0;titre\x07 [bold]frobnique[/bold]"


def test_tables_take_nothing_for_markup(tmp_path: Path) -> None:
    added = guichet("staff", "add", "local:anne", "--name", NASTY, data=tmp_path)
    listed = guichet("staff", "list", data=tmp_path)

    assert added.returncode == listed.returncode == 0, listed.stderr
    assert NASTY in listed.stdout


def test_questions_in_vain_are_shown_as_text_without_escapes(tmp_path: Path) -> None:
    asked = guichet("chat", data=tmp_path, typed=f"{QUESTION}\n{QUESTION}\n")
    shown = [guichet(*words, data=tmp_path) for words in (("report",), ("kb", "gaps"))]

    assert asked.returncode == 0, asked.stderr
    for done in shown:
        assert done.returncode == 0, done.stderr
        assert "\x1b" not in done.stdout
        assert "\x07" not in done.stdout
    assert "[/" in "".join(done.stdout for done in shown)  # of the words only those of the trade


def test_a_description_brings_no_escape_into_a_terminal(tmp_path: Path) -> None:
    from commands.test_commands import SCRIPT, reference

    from knowledge import load_knowledge

    path = "immatriculation-affiliation/affiliation/mutation"
    sous_motif = load_knowledge().catalogue.sous_motif(path)
    assert sous_motif is not None
    typed = "\n".join(SCRIPT).replace("{mutation}", sous_motif.id)
    words = "Elle arrive par mutation"
    typed = typed.replace(words, f"{words} \x1b[31m[/b]\x1b]52;c;AAAA\x07 \x9b31m")
    guichet("chat", data=tmp_path, typed=typed)

    opened = guichet("desk", "open", reference(tmp_path), data=tmp_path)

    assert opened.returncode == 0, opened.stderr
    assert "[/b]" in opened.stdout
    assert not {"\x1b", "\x07", "\x9b"} & set(opened.stdout)


@pytest.mark.parametrize("number", ["0", "777000", "136817688", "1087968824"])
def test_accounts_of_telegrams_own_are_no_colleagues(tmp_path: Path, number: str) -> None:
    refused = guichet("staff", "add", f"telegram:{number}", "--name", "Anne", data=tmp_path)

    assert refused.returncode == 1
    assert "compte de service" in refused.stderr


ESCAPES = "avant \x1b[31m\x1b]0;titre\x07 \x9b2J \r\x08\x00 après"


def test_what_somebody_wrote_does_not_steer_a_terminal(desk: Desk) -> None:
    """An advisor's answer, a name of the staff: cleaned on the way in, and on the way out."""
    reference, data = desk.file("anne"), desk.app.settings.data_dir
    desk.do("local:luc", lambda tickets: tickets.take(reference))
    desk.do("local:luc", lambda tickets: tickets.note(reference, ESCAPES))
    with desk.app.store.transaction() as db:
        db.audit_log.add("local:anne", "staff.added", "local:anne", ESCAPES, desk.now)
    guichet("staff", "add", "local:zoe", "--name", "Zoé\x1b[31m\x9b", data=data)
    for words in (
        f"tickets show {reference}", f"tickets show {reference} --json", f"desk open {reference}",
        "staff list", "audit list", "audit list --json",
    ):  # fmt: skip
        shown = guichet(*words.split(), data=data).stdout
        assert shown
        controls = {one for one in shown if ord(one) < 0x20 or 0x7F <= ord(one) < 0xA0}
        assert controls <= {"\n", "\t"}, words


# Fictitious: there is no commune 999.
@pytest.mark.parametrize(
    ("address", "name"),
    [("local:anne", "Anne 2 85 06 75 999 080 34"), ("local:285067599908034", "Bob")],
)
def test_a_nir_is_no_name_of_a_colleague(tmp_path: Path, address: str, name: str) -> None:
    refused = guichet("staff", "add", address, "--name", name, data=tmp_path)

    assert refused.returncode == 1
    assert "n'a pas sa place ici" in refused.stderr
    assert "285067599908034" not in guichet("staff", "list", data=tmp_path).stdout


def test_ticket_and_reason_of_what_was_given_up_are_whole_in_a_narrow_window_and_tried_again(
    tmp_path: Path,
) -> None:
    reasons = {"glpi": "glpi.ERROR_GLPI_ADD", "webhook": "webhook.422", "email": "email.550"}
    store = open_store(Settings(_env_file=None, data_dir=tmp_path))
    with store.transaction() as db:
        for name, reason in reasons.items():
            row = db.outbox.add(f"connector:{name}:PEPS-2026-000001", "ticket", {}, NOW)
            db.outbox.bury(row, reason, NOW)
    store.close()

    def outbox(*words: str) -> str:
        given = {"DATA_DIR": str(tmp_path), "COLUMNS": "80"}
        return CliRunner().invoke(app, words, env=given).output

    listed = outbox("list")
    assert listed.count("PEPS-2026-000001") == 3
    assert all(len(line) <= 80 for line in listed.splitlines())
    cells = [line.split("│") for line in listed.splitlines() if "│" in line]
    written = "".join(cell[3].strip() for cell in cells)
    assert all(reason in written for reason in reasons.values())
    assert "Envois relancés : 1" in outbox("retry", "--reason", "email.550")
    assert "Envois relancés : 2" in outbox("retry", "--all")
    assert "guichet outbox list" in outbox("retry")


def test_paths_of_the_catalogue_are_shown_to_be_copied() -> None:
    found = CliRunner().invoke(kb.app, ["paths", "Transfert fonds"])
    assert found.output.splitlines() == [
        "cotisations/versement/transfert-inter-fonds",
        "    Transfert inter-fonds",
    ]
    lines = CliRunner().invoke(kb.app, ["paths", "--json"]).output.splitlines()
    assert {"path": "cotisations", "labels": ["Cotisations et facturation"]} in map(
        json.loads, lines
    )
    nothing = CliRunner().invoke(kb.app, ["paths", "zzz"])
    assert nothing.exit_code == 1
    assert "guichet kb paths" in nothing.output
