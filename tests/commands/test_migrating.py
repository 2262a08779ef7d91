"""`guichet migrate`, as an operator uses it: what it says when all is well, and when it is not."""

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.app import open_store
from bot.clock import utc_now
from bot.commands.backup import migrate
from bot.domain.errors import StartError
from bot.settings import Settings

NOW = utc_now()


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A desk that somebody wrote to."""
    store = open_store(Settings(_env_file=None, data_dir=tmp_path / "data"))
    with store.transaction() as db:
        db.outbox.add("telegram:1", "text", {"text": "Bonjour"}, NOW)
    store.close()
    return tmp_path / "data" / "guichet.db"


def run(source: object, target: object) -> str:
    import typer

    app = typer.Typer()
    app.command()(migrate)
    done = CliRunner().invoke(app, [str(source), str(target)])
    if isinstance(done.exception, StartError):
        return str(done.exception)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_desk_moves_from_file_to_file(desk: Path, tmp_path: Path) -> None:
    said = run(desk, tmp_path / "new.db")

    assert "outbox : 1 / 1" in said
    assert "Terminé" in said
    assert "DATABASE_URL" in said


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("missing.db", "new.db", "Il n'y a pas de base"),
        ("empty.db", "new.db", "n'a pas de tables"),
        ("data/guichet.db", "data/guichet.db", "la même base"),
        ("data/guichet.db", "nowhere://", "DATABASE_URL"),
        ("data/guichet.db", "postgresql+psycopg://a@127.0.0.1:1/b", "ne répond pas"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    desk: Path, tmp_path: Path, source: str, target: str, words: str
) -> None:
    (tmp_path / "empty.db").touch()
    there = target if "://" in target else tmp_path / target

    assert words in run(tmp_path / source, there)
    assert not (tmp_path / "missing.db").exists()


def test_a_desk_at_work_is_not_moved(desk: Path, tmp_path: Path) -> None:
    store = open_store(Settings(_env_file=None, data_dir=desk.parent))
    with store.transaction() as db:
        until = utc_now() + timedelta(hours=1)
        db.leases.hold(["present:telegram:x"], "elsewhere/1/x", NOW, until)
    store.close()

    assert "travaille encore" in run(desk, tmp_path / "new.db")
