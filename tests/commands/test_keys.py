"""Keys as an operator keeps them: a copy under a passphrase, put back, and retired keys."""

from pathlib import Path

import pytest
from storage.full import fill
from support.commandline import Done, guichet

from bot.app import open_store
from bot.settings import Settings
from bot.storage.keys import FILE_NAME, load_keys

PASSPHRASE = "cinq mots pris au hasard"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A desk that somebody wrote to."""
    folder = tmp_path / "data"
    store = open_store(Settings(_env_file=None, data_dir=folder))
    fill(store, people=1)
    store.close()
    return folder


def run(data: Path, *words: str, typed: str = PASSPHRASE) -> Done:
    secret = ("--passphrase-file", "-") if words[1] in ("export", "import") else ()
    return guichet(*words, *secret, data=data, typed=typed)


def key_file(data: Path) -> Path:
    return data / "keys" / FILE_NAME


def audited(data: Path) -> str:
    return guichet("audit", "list", data=data, COLUMNS="200").stdout


def test_a_copy_shows_nothing_without_its_passphrase_and_comes_back_with_it(
    data: Path, tmp_path: Path
) -> None:
    copy, before = tmp_path / "safe" / "keys", key_file(data).read_bytes()
    exported = run(data, "keys", "export", str(copy))
    assert exported.returncode == 0, exported.stderr
    for key in load_keys(key_file(data)).seals:
        assert key.id.encode() not in copy.read_bytes()
    assert copy.stat().st_mode & 0o777 == 0o600
    key_file(data).unlink()

    wrong = run(data, "keys", "import", str(copy), typed="une autre phrase")
    assert (wrong.returncode, "phrase secrète" in wrong.stderr) == (1, True)
    assert not key_file(data).exists()
    right = run(data, "keys", "import", str(copy))
    assert right.returncode == 0, right.stderr
    assert load_keys(key_file(data)).newest.id.encode() in before
    assert "clés exportées" in audited(data)
    assert "clés importées" in audited(data)
    again = run(data, "keys", "import", str(copy))
    assert (again.returncode, "déjà en place" in again.stderr) == (1, True)


def test_another_desks_copy_is_not_put_in_place(data: Path, tmp_path: Path) -> None:
    other, copy = tmp_path / "other", tmp_path / "copy"
    run(other, "keys", "export", str(copy))
    key_file(data).unlink()

    done = run(data, "keys", "import", str(copy))

    assert (done.returncode, "ne sont pas celles de cette base" in done.stderr) == (1, True)
    assert not key_file(data).exists()


@pytest.mark.parametrize(("typed", "words"), [("court", "12 caractères"), ("", "12 caractères")])
def test_a_passphrase_that_can_be_guessed_is_refused(
    data: Path, tmp_path: Path, typed: str, words: str
) -> None:
    done = run(data, "keys", "export", str(tmp_path / "copy"), typed=typed)

    assert (done.returncode, words in done.stderr) == (1, True)
    assert not (tmp_path / "copy").exists()


def test_without_a_terminal_the_passphrase_is_given_in_a_file(data: Path, tmp_path: Path) -> None:
    done = guichet("keys", "export", str(tmp_path / "copy"), data=data)

    assert (done.returncode, "--passphrase-file" in done.stderr) == (1, True)


def test_a_copy_that_was_changed_does_not_open(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    run(data, "keys", "export", str(copy))
    copy.write_text(copy.read_text().replace('"sealed": "', '"sealed": "AAAA'))
    key_file(data).unlink()

    assert "ne s'ouvre pas" in run(data, "keys", "import", str(copy)).stderr


def test_a_key_is_retired_once_neither_rows_nor_backups_name_it(data: Path, tmp_path: Path) -> None:
    backups, old = tmp_path / "kept", load_keys(key_file(data)).newest.id
    backups.mkdir()
    words = ("keys", "retire", old, "--backups", str(backups))
    guichet("backup", str(backups / "one.backup"), data=data)
    assert "est en usage" in run(data, *words).stderr
    guichet("keys", "rotate", data=data)
    kept = run(data, *words)
    assert (kept.returncode, "one.backup" in kept.stderr) == (1, True)
    (backups / "one.backup").unlink()

    done = run(data, *words)

    assert done.returncode == 0, done.stderr
    assert old not in [key.id for key in load_keys(key_file(data)).seals]
    assert "clé retirée" in audited(data)
    assert "Base et clés ouvertes" in guichet("doctor", data=data).stdout
    assert "pas de clé" in run(data, *words).stderr


def test_a_desk_at_work_goes_on_after_a_key_was_retired(data: Path, tmp_path: Path) -> None:
    store = open_store(Settings(_env_file=None, data_dir=data))
    old = store.encryption.seal_key.id
    guichet("keys", "rotate", data=data)
    with store.transaction() as db:
        assert db.tickets.newest()
    retired = run(data, "keys", "retire", old, "--backups", str(tmp_path))

    with store.transaction() as db:
        assert db.tickets.newest()
    assert retired.returncode == 0, retired.stderr
    assert old not in store.encryption.key_ids
    store.close()
