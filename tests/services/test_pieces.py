"""Pieces at terminals: joined by their path, listed and written out by `guichet desk`."""

from pathlib import Path

import pytest
from click.testing import Result
from services.conftest import Desk
from typer.testing import CliRunner

from bot.cli import app
from bot.clock import utc_now
from bot.commands.common import local_user
from bot.domain.attachment import FileType

JPEG = b"\xff\xd8\xff\xe0" + b"photo" * 50


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "carte.bin"
    path.write_bytes(JPEG)
    return path


def guichet(desk: Desk, *words: str) -> Result:
    env = {"DATA_DIR": str(desk.app.settings.data_dir)}
    return CliRunner().invoke(app, words, env=env)


def test_a_file_is_joined_by_its_path_and_written_out_for_a_reason(
    desk: Desk, photo: Path, tmp_path: Path
) -> None:
    reference = desk.file("anne")
    desk.type("anne", "/demandes", reference, "Ajouter un message")
    assert "pièce 1 : photo" in desk.type("anne", f"/joindre {photo}")
    assert "pièce 1 : photo, 1 ko" in guichet(desk, "desk", "pieces", reference).output
    out = tmp_path / "out.jpg"
    words = ("desk", "piece", reference, "1", "--to", str(out))
    assert guichet(desk, *words, "--reason", " ").exit_code == 1
    assert guichet(desk, *words, "--reason", "traitement").exit_code == 0
    assert out.read_bytes() == JPEG
    assert out.stat().st_mode & 0o077 == 0
    assert guichet(desk, *words, "--reason", "traitement").exit_code == 1
    with desk.app.store.transaction() as db:
        done = [one for one in db.audit_log.entries(reference) if one.what == "piece.revealed"]
    assert [(one.who, one.detail) for one in done] == [(local_user(), "pièce 1 : traitement")]


def test_an_answer_with_a_file_reaches_the_requesters_folder(desk: Desk, photo: Path) -> None:
    reference = desk.file("anne")
    refused = guichet(desk, "desk", "answer", reference, "--attach", str(photo))
    assert "porte une pièce" in refused.output
    sent = guichet(desk, "desk", "answer", reference, "Voici.", "--attach", str(photo), "--surely")
    assert sent.exit_code == 0, sent.output
    desk.now = max(desk.now, utc_now())  # the command reads the clock of the process
    shown = desk.look("anne")
    assert "« Voici. »" in shown
    (kept,) = (desk.app.settings.data_dir / "documents").iterdir()
    assert kept.read_bytes() == JPEG
    assert kept.suffix == ".jpg"


def test_a_file_for_a_request_that_is_being_written(desk: Desk, photo: Path) -> None:
    sous_motif = desk.app.knowledge.catalogue.sous_motif("cotisations/calcul/taux-cnracl")
    assert sous_motif is not None
    shown = desk.type("anne", f"/start m_{sous_motif.id}", "Continuer", "Continuer ma demande")
    while "Décrivez" not in shown:
        shown = desk.type("anne", desk._answer(shown))
    assert "C'est joint" in desk.type("anne", f"/joindre {photo}")
    shown = desk.type("anne", "Une description assez longue.")
    while "avant l'envoi" not in shown:
        shown = desk.type("anne", desk._answer(shown))
    assert "Joint : pièce 1" in shown
    assert "C'est joint" in desk.type("anne", f"/joindre {photo}")
    shown = desk.type("anne", "Envoyer")
    reference = next(word for word in shown.split() if word.startswith("PEPS-")).strip("*,.")
    pieces = desk.ticket(reference).pieces
    assert [(one.number, one.type, one.place) for one in pieces] == [
        (1, FileType.JPEG, None),
        (2, FileType.JPEG, None),
    ]


def test_a_late_file_begins_a_new_request_that_follows(desk: Desk, photo: Path) -> None:
    reference = desk.file("anne")
    desk.type("anne", "/demandes", reference, "Retirer la demande", "Oui, la retirer")
    desk.wait(days=60)
    desk.type("anne", "/demandes", reference)
    assert "nouvelle demande" in desk.type("anne", f"/joindre {photo}")
    with desk.app.store.read() as db:
        (newest,) = db.tickets.newest(limit=1)
    ticket = desk.ticket(newest.reference)
    assert ticket.follows == reference
    assert [one.place for one in ticket.pieces] == [None]


@pytest.mark.parametrize("line", ["/joindre", "/joindre /nulle/part.jpg"])
def test_what_cannot_be_joined_is_said(desk: Desk, line: str) -> None:
    desk.file("anne")
    assert "/joindre" in desk.type("anne", line) or "Pour joindre" in desk.type("anne", line)
