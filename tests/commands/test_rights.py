"""The register of requests of persons: when each is due, what the doctor says, what is kept."""

import json
from datetime import date
from pathlib import Path

import pytest
from services.conftest import Desk
from services.conftest import desk as house
from support.commandline import Done, guichet

from bot.domain.rights import due_date
from bot.monitoring.desk_checks import FindingLevel, check_rights_requests

__all__ = ["house"]


def run(data: Path, *words: str) -> Done:
    return guichet(*words, data=data)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        (date(2026, 11, 23), date(2026, 12, 23)),
        (date(2026, 12, 31), date(2027, 1, 31)),
        (date(2027, 1, 31), date(2027, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
    ],
)
def test_an_answer_is_due_within_one_month(received: date, due: date) -> None:
    assert due_date(received) == due


def test_a_request_is_opened_listed_and_closed_and_the_audit_log_names_nobody(
    tmp_path: Path,
) -> None:
    opened = run(
        tmp_path, "rights", "open", "acces", "--from", "Zoé Petit", "--received", "2026-01-31"
    )
    assert "n° 1 (accès)" in opened.stdout
    assert "28/02/2026" in opened.stdout
    listed = json.loads(run(tmp_path, "rights", "list", "--json").stdout)
    assert (listed["from"], listed["due_on"]) == ("Zoé Petit", "2026-02-28")
    assert "en retard" in " ".join(run(tmp_path, "rights", "list").stdout.split())
    refused = run(tmp_path, "rights", "close", "1", "--outcome", "refuse")
    assert refused.returncode == 1
    assert "pourquoi" in refused.stderr
    closed = run(tmp_path, "rights", "close", "1", "--outcome", "fait", "--words", "Copie remise")
    assert "faite" in closed.stdout
    assert run(tmp_path, "rights", "close", "1", "--outcome", "fait").returncode == 1
    assert "Aucune demande de droits" in run(tmp_path, "rights", "list").stdout
    everything = json.loads(run(tmp_path, "rights", "list", "--all", "--json").stdout)
    assert (everything["outcome"], everything["words"]) == ("fait", "Copie remise")
    entries = run(tmp_path, "audit", "list", "--json").stdout
    assert {"rights.opened", "rights.closed", "rights.listed"} <= {
        json.loads(line)["what"] for line in entries.splitlines()
    }
    assert "Zoé" not in entries
    disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert "Zoé Petit".encode() not in disk


def test_a_request_from_the_future_or_with_a_nir_is_refused(tmp_path: Path) -> None:
    later = run(tmp_path, "rights", "open", "acces", "--from", "Zoé", "--received", "01/01/2099")
    assert "après aujourd'hui" in later.stderr
    # Commune 999 of a department does not exist: nobody's number.
    with_nir = run(tmp_path, "rights", "open", "acces", "--from", "2 85 06 75 999 080 34")
    assert with_nir.returncode == 1
    assert "sans ce numéro" in with_nir.stderr
    assert "Aucune demande" in run(tmp_path, "rights", "list", "--all").stdout


def test_the_doctor_warns_a_week_before_the_date_and_after_it(tmp_path: Path) -> None:
    due = {1: date(2026, 12, 1), 2: date(2026, 12, 8), 3: date(2026, 12, 9)}
    found = list(check_rights_requests(due, date(2026, 12, 2)))
    assert [one.level for one in found] == [
        FindingLevel.WRONG,
        FindingLevel.ADVICE,
        FindingLevel.ADVICE,
    ]
    assert list(check_rights_requests(due, date(2026, 11, 20))) == []
    run(tmp_path, "rights", "open", "effacement", "--from", "Zoé", "--received", "2026-01-31")
    assert "devait recevoir une réponse le 28/02/2026" in run(tmp_path, "doctor").stdout


def open_requests(data: Path) -> dict[int, dict[str, str]]:
    lines = run(data, "rights", "list", "--all", "--json").stdout.splitlines()
    return {one["number"]: one for one in map(json.loads, lines)}


def test_a_request_is_extended_once_by_two_months_with_the_reason(tmp_path: Path) -> None:
    run(tmp_path, "rights", "open", "acces", "--from", "Zoé Petit")
    today = date.fromisoformat(open_requests(tmp_path)[1]["received_on"])
    extend = ("rights", "extend", "1", "--words")
    assert run(tmp_path, *extend, "").returncode == 1

    done = run(tmp_path, *extend, "Quarante dossiers à relire")
    until = due_date(today, extended=True)
    assert (done.returncode, f"{until:%d/%m/%Y}" in done.stdout) == (0, True), done.stderr
    assert f"avant le {due_date(today):%d/%m/%Y}, avec la raison" in done.stdout
    assert open_requests(tmp_path)[1]["due_on"] == until.isoformat()
    assert "prolongée" in run(tmp_path, "rights", "list").stdout
    assert "déjà été prolongée" in run(tmp_path, *extend, "Encore").stderr

    run(tmp_path, "rights", "close", "1", "--outcome", "fait", "--words", "Remise")
    assert open_requests(tmp_path)[1]["words"] == "Quarante dossiers à relire · Remise"
    assert "n'est pas ouverte" in run(tmp_path, *extend, "Encore").stderr
    assert "rights.extended" in run(tmp_path, "audit", "list", "--json").stdout


def test_a_request_that_is_late_is_answered_and_not_extended(tmp_path: Path) -> None:
    run(tmp_path, "rights", "open", "acces", "--from", "Zoé", "--received", "2026-01-31")
    late = run(tmp_path, "rights", "extend", "1", "--words", "Beaucoup")
    assert (late.returncode, "Trop tard" in late.stderr) == (1, True)


def test_an_erasure_or_a_copy_ends_the_requests_that_asked_for_it(
    house: Desk, tmp_path: Path
) -> None:
    data, anne = house.app.settings.data_dir, "terminal:anne"
    house.type("anne", "/effacer_mes_donnees")
    run(data, "rights", "open", "acces", "--from", anne)
    run(data, "rights", "open", "effacement", "--from", "terminal:zoe")

    copied = run(data, "person", "export", anne, "--to", str(tmp_path / "copie"))
    assert "n° 2 close" in copied.stdout
    assert {key for key, one in open_requests(data).items() if one["outcome"]} == {2}
    erased = run(data, "person", "erase", anne, "--reason", "demande", "--yes")
    assert "n° 1 close" in erased.stdout, erased.stderr
    left = open_requests(data)
    assert {key for key, one in left.items() if one["outcome"] == "fait"} == {1, 2}
    assert anne not in str(left)  # nor does the register keep whom it was about
