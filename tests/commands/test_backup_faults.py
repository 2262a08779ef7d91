"""`guichet backup` where something is wrong: one sentence names what, and no half file is left."""

import sqlite3
import subprocess
from contextlib import closing, suppress
from pathlib import Path

import pytest
from support.commandline import Done, guichet
from support.disk import no_more_bytes, small_disk


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A desk with a hundred requests of persons in it."""
    folder = tmp_path / "data"
    guichet("rights", "open", "acces", "--from", "Zoé", data=folder)
    with closing(sqlite3.connect(folder / "guichet.db")) as base, base:
        numbers = "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
        columns = "kind, asker_sealed, received_on, due_on, mac"
        base.execute(
            f"{numbers} INSERT INTO rights_request (number, {columns}) "
            f"SELECT i, {columns} FROM n, rights_request WHERE number = 1"
        )
    return folder


def backup(data: Path, target: Path, *words: str) -> Done:
    done = guichet("backup", str(target), *words, data=data)
    assert "Traceback" not in done.stderr
    return done


def failed(data: Path, target: Path, *words: str) -> str:
    """The one sentence of a backup that could not be made; beside its name nothing is left."""
    done = backup(data, target, *words)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    if target.parent.is_dir():
        assert not list(target.parent.glob(f"{target.name}.part*"))
    return done.stderr


def test_a_folder_that_is_missing_is_made_where_backups_are_kept(
    data: Path, tmp_path: Path
) -> None:
    assert backup(data, tmp_path / "none" / "deep", "--keep", "3").returncode == 0
    (made,) = (tmp_path / "none" / "deep").iterdir()
    assert backup(data, made.parent, "--keep", "3").returncode == 0


def test_a_place_that_cannot_be_written_is_named_with_its_cause(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "n'existe pas, créez-le" in failed(data, tmp_path / "none" / "x.backup")
    assert "est un fichier" in failed(data, tmp_path / "file" / "x.backup")
    assert "doit être un dossier" in failed(data, tmp_path / "file", "--keep", "3")


def test_keys_of_another_desk_are_named(data: Path, tmp_path: Path) -> None:
    guichet("keys", "list", data=tmp_path / "other")
    (tmp_path / "other" / "keys" / "keyring.json").replace(data / "keys" / "keyring.json")
    assert "ne sont pas celles de cette base" in failed(data, tmp_path / "x.backup")


def test_a_damaged_base_is_named_and_not_the_backup(data: Path, tmp_path: Path) -> None:
    path = data / "guichet.db"
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        asked = "SELECT rootpage FROM sqlite_master WHERE name = 'rights_request'"
        (page,) = base.execute(asked).fetchone()
        (size,) = base.execute("PRAGMA page_size").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\7" * size
    path.write_bytes(content)
    assert f"abîmé ({path})" in failed(data, tmp_path / "x.backup")


def test_a_disk_that_takes_no_byte_is_the_one_of_the_backup(data: Path, tmp_path: Path) -> None:
    with no_more_bytes():
        said = failed(data, tmp_path / "x.backup")
    assert (f"{tmp_path}/x.backup" in said, "guichet.db" in said) == (True, False), said


def test_a_full_disk_is_the_one_of_the_backup(data: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", "size=200k") as folder:
        said = failed(data, folder / "x.backup")
    assert (f"Le disque de {folder}/x.backup" in said, "est plein" in said) == (True, True), said


def test_a_disk_without_inodes_is_the_one_of_the_backup(data: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", "nr_inodes=2") as folder:
        (folder / "last").touch()
        assert "plus de fichiers (df -h, df -i)" in failed(data, folder / "x.backup")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [("read-only", "en lecture seule"), ("full", "n'a plus de fichiers libres")],
)
def test_a_desk_whose_disk_fails_under_it_says_so_once(
    tmp_path: Path, trouble: str, said: str
) -> None:
    with small_disk(tmp_path / "disk", "size=30m,nr_inodes=8") as disk:
        guichet("rights", "open", "acces", "--from", "Zoé", data=disk / "data")
        if trouble == "read-only":
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        else:
            with suppress(OSError):
                for number in range(8):
                    (disk / f"{number}").touch()
        done = guichet("rights", "list", data=disk / "data")
        assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
        assert said in done.stderr
