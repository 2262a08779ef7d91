"""What a breach touches: by the key that sealed it, and what was shown since a day."""

import json
from pathlib import Path

import pytest
from storage.full import fill
from support.commandline import Done, guichet

from bot.app import open_store
from bot.settings import Settings


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A desk with three people, each with a ticket that names two agents."""
    store = open_store(Settings(_env_file=None, data_dir=tmp_path))
    fill(store)
    store.close()
    return tmp_path


def key_in_use(data: Path) -> str:
    lines = guichet("keys", "list", "--json", data=data).stdout.splitlines()
    return next(one["id"] for one in map(json.loads, lines) if one["in_use"])


def report(data: Path, key: str, *more: str) -> Done:
    return guichet("breach", "report", "--key", key, "--since", "2026-11-01", *more, data=data)


def test_persons_tickets_and_what_was_shown_are_counted(data: Path) -> None:
    key = key_in_use(data)
    guichet("tickets", "reveal", "PEPS-2026-000001", "--reason", "traitement", data=data)
    found = json.loads(report(data, key, "--json").stdout)
    assert (found["persons"], found["agents"]) == (3, 6)
    assert found["tickets"] == [f"PEPS-2026-00000{n}" for n in (1, 2, 3)]
    assert found["values"]["ticket_agent.answers_sealed"] == 6
    assert [one["what"] for one in found["shown"]] == ["ticket.revealed"]
    words = report(data, key).stdout
    for said in ("Demandeurs concernés        : 3", "72 heures", "PEPS-2026-000003"):
        assert said in words
    entries = guichet("audit", "list", "--json", data=data).stdout
    assert "breach.reported" in entries


def test_a_key_that_seals_nothing_any_more_touches_nobody(data: Path) -> None:
    old = key_in_use(data)
    guichet("keys", "rotate", data=data)
    found = json.loads(report(data, old, "--json").stdout)
    assert (found["persons"], found["tickets"], found["values"]) == (0, [], {})
    assert json.loads(report(data, key_in_use(data), "--json").stdout)["persons"] == 3


def test_an_unknown_key_is_named(data: Path) -> None:
    done = report(data, "ffffffff")
    assert done.returncode == 1
    assert "guichet keys list" in done.stderr
