"""What an operator can look at: the audit log, failed turns, what a requester thought."""

import json
import os
import pwd
import sqlite3
from contextlib import closing
from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest
from services.conftest import Desk as House
from services.conftest import desk as house
from sqlalchemy import text
from support.commandline import Done, guichet

from bot.commands.admin import REMOVED
from bot.domain.ticket import TicketStatus
from bot.storage.retention import Removed

__all__ = ["house"]


def run(house: House, *words: str) -> Done:
    return guichet(*words, data=house.app.settings.data_dir)


def failed(house: House, reference: str = "AB12CD34") -> str:
    with house.app.store.transaction() as db:
        event = "Typed(text='Bonjour, Zoé Petit')"
        db.failed_updates.add(reference, "terminal:anne", event, "KeyError", house.now)
    return reference


def test_a_failed_turn_is_listed_shown_with_a_reason_and_forgotten(house: House) -> None:
    reference = failed(house)
    listed = run(house, "failed", "list").stdout
    assert reference in listed
    assert "KeyError" in listed
    assert "Zoé" not in listed
    assert "Zoé" not in run(house, "failed", "list", "--json").stdout
    assert run(house, "failed", "show", reference, "--reason", " ").returncode == 1
    shown = run(house, "failed", "show", reference.lower(), "--reason", "Faute signalée")
    assert "Zoé Petit" in shown.stdout
    assert not run(house, "failed", "forget", reference).returncode
    assert "Aucun tour échoué" in run(house, "failed", "list").stdout
    assert run(house, "failed", "forget", reference).returncode == 1
    assert run(house, "failed", "show", reference, "--reason", "Encore").returncode == 1
    entries = [json.loads(row) for row in run(house, "audit", "list", "--json").stdout.splitlines()]
    assert [(one["what"], one["subject"], one["detail"]) for one in entries[:2]] == [
        ("failed.forgotten", reference, ""),
        ("failed.shown", reference, "Faute signalée"),
    ]


def test_more_failed_turns_than_are_listed_are_counted(house: House) -> None:
    for number in range(3):
        failed(house, f"AB12CD3{number}")
    assert "3 tours échoués, dont 2 montrés" in run(house, "failed", "list", "--limit", "2").stdout


def test_the_audit_log_is_read_page_after_page(house: House) -> None:
    with house.app.store.transaction() as db:
        for number in range(5):
            at = house.now + timedelta(days=number)
            db.audit_log.add("local:anne", "staff.added", f"local:{number}", "advisor", at)
    page = run(house, "audit", "list", "--limit", "2").stdout
    assert ("local:4" in page, "local:3" in page, "local:2" in page) == (True, True, False)
    assert "--before 4" in page
    rest = run(house, "audit", "list", "--before", "4").stdout
    assert ("local:3" in rest, "local:2" in rest, "local:0" in rest) == (False, True, True)
    since = run(house, "audit", "list", "--since", "2026-11-26").stdout
    assert ("local:3" in since, "local:2" in since) == (True, False)


def test_the_reason_for_a_score_is_shown_to_advisors(house: House) -> None:
    reference = house.file("anne")
    house.do("luc", lambda tickets: tickets.set_status(reference, TicketStatus.CLOSED))
    house.look("anne")
    house.type("anne", "2", "Trop long.")
    for words in (("tickets", "show"), ("desk", "open")):
        shown = run(house, *words, reference).stdout
        assert "Note du demandeur : 2 sur 5 (« Trop long. »)" in shown
    told = json.loads(run(house, "tickets", "show", reference, "--json").stdout)
    assert (told["score"], told["score_words"]) == (2, "Trop long.")


def test_a_log_that_was_cut_is_found_by_the_head_that_was_kept(
    house: House, tmp_path: Path
) -> None:
    with house.app.store.transaction() as db:
        for number in range(3):
            db.audit_log.add("local:anne", "staff.added", f"local:{number}", "", house.now)
    head = run(house, "audit", "head").stdout.strip()
    assert head.startswith("3:")
    assert "3 lignes vérifiées" in run(house, "audit", "verify", "--against", head).stdout
    kept = tmp_path / "heads"
    kept.write_text(f"1:{'0' * 64} x\n{head} 2026-11-23T09:00:00+00:00\n\n")
    assert not run(house, "audit", "verify", "--against", str(kept)).returncode
    with house.app.store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_no_delete"))
        connection.execute(text("DELETE FROM audit WHERE seq = 3"))

    assert "jusqu'à la ligne 3" in run(house, "audit", "verify").stderr
    found = run(house, "audit", "verify", "--against", str(kept))

    assert found.returncode == 1
    assert "il manque des lignes jusqu'à la ligne 3" in found.stderr
    assert run(house, "audit", "verify", "--against", "n'importe quoi").returncode == 1


def test_who_reads_and_takes_out_is_in_the_log_under_their_own_account(house: House) -> None:
    reference = house.file("anne")
    data, me = house.app.settings.data_dir, os.getuid()
    guichet("tickets", "show", reference, data=data, LOGNAME="directrice", USER="directrice")
    guichet("desk", "open", reference, data=data, SUDO_UID=str(me))
    secret = ("--passphrase-file", "-")
    words = "une longue phrase secrète"
    guichet("keys", "export", str(data / "copy"), *secret, data=data, typed=words)
    guichet("retention", data=data)
    with house.app.store.read() as db:
        entries = db.audit_log.entries()[:4]

    account = f"local:{pwd.getpwuid(me).pw_name}"
    assert [one.what for one in reversed(entries)] == [
        "ticket.read",
        "ticket.read",
        "keys.exported",
        "retention.applied",
    ]
    assert {one.who for one in entries} == {account}
    listed = run(house, "audit", "list", "--subject", reference, "--who", account, "--json").stdout
    assert len(listed.splitlines()) == 2


@pytest.mark.parametrize("odd", ["x'00ff'", "CAST(x'ff' AS TEXT)"])
@pytest.mark.parametrize("column", ["at", "what", "detail", "hash"])
def test_a_log_with_anything_in_it_ends_no_command_with_a_trace(
    tmp_path: Path, column: str, odd: str
) -> None:
    guichet("rights", "open", "acces", "--from", "Zoé", data=tmp_path)
    with closing(sqlite3.connect(tmp_path / "guichet.db")) as base, base:
        base.execute("DROP TRIGGER audit_no_update")
        base.execute(f"UPDATE audit SET {column} = {odd} WHERE seq = 1")
    verified = guichet("audit", "verify", data=tmp_path)
    assert (verified.returncode, "la ligne 1" in verified.stderr) == (1, True), verified.stderr
    for words in (("audit", "list"), ("doctor",)):
        done = guichet(*words, data=tmp_path)
        assert done.returncode in {0, 1}, done.stderr
        assert "Traceback" not in done.stderr


def test_whatever_retention_removes_has_french_words() -> None:
    counted = {one.name for one in fields(Removed)} | {"audit", "warned", "closed"}
    assert counted == set(REMOVED)
