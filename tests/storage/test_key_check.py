"""The keys belong to the database: missing, damaged or another desk's keys stop the start."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from storage.full import fill
from storage.samples import NOW
from storage.together import run_together

from bot.app import open_store
from bot.monitoring.desk_checks import FindingLevel, check_register
from bot.settings import Settings
from bot.storage.database import migrate, open_database
from bot.storage.encryption import Encryption, Place
from bot.storage.key_check import check_keys
from bot.storage.keys import FILE_NAME, KeyFileError, load_keys, make_keys, save_keys


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A desk that somebody wrote to, closed."""
    monkeypatch.chdir(tmp_path)
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    store = open_store(settings)
    fill(store)
    store.close()
    return settings


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Another desk's key file."""
    folder = tmp_path / "elsewhere"
    open_store(Settings(_env_file=None, data_dir=folder)).close()
    return folder / "keys" / FILE_NAME


def key_file(settings: Settings) -> Path:
    return settings.keys_dir / FILE_NAME


def said_by_doctor(settings: Settings) -> str:
    """What is wrong; to look changes nothing in the folder of the keys."""
    before = sorted(settings.data_dir.rglob("keys*"))
    found = [one for one in check_register(settings, NOW) if one.level is FindingLevel.WRONG]
    assert sorted(settings.data_dir.rglob("keys*")) == before
    return "\n".join(one.words for one in found)


def refused(settings: Settings, words: str) -> None:
    """Neither a start nor the doctor finds it well, and no new keys are made."""
    before = {path: path.read_bytes() for path in settings.data_dir.rglob("keyring*")}
    with pytest.raises(KeyFileError, match=words):
        open_store(settings)
    assert words in said_by_doctor(settings)
    assert {path: path.read_bytes() for path in settings.data_dir.rglob("keyring*")} == before


def tickets(settings: Settings) -> int:
    store = open_store(settings)
    with store.read() as db:
        count = len([db.tickets.by_reference(one.reference) for one in db.tickets.newest()])
    store.close()
    return count


def test_a_desk_with_its_keys_is_well(settings: Settings) -> None:
    assert tickets(settings) == 3
    assert said_by_doctor(settings) == ""


def test_keys_whose_folder_is_gone_are_missed(settings: Settings) -> None:
    shutil.rmtree(settings.keys_dir)
    refused(settings, "clés manquent")
    assert not settings.keys_dir.exists()


def test_keys_whose_folder_was_emptied_are_missed(settings: Settings) -> None:
    key_file(settings).unlink()
    refused(settings, "clés manquent")


def test_half_a_key_file_is_not_replaced(settings: Settings) -> None:
    whole = key_file(settings).read_bytes()
    key_file(settings).write_bytes(whole[: len(whole) // 2])
    refused(settings, "illisibles")


def test_an_empty_key_file_is_not_replaced(settings: Settings) -> None:
    key_file(settings).write_bytes(b"")
    refused(settings, "illisibles")


def test_another_desks_keys_are_refused(settings: Settings, elsewhere: Path) -> None:
    key_file(settings).write_bytes(elsewhere.read_bytes())
    refused(settings, "ne sont pas celles de cette base")


def test_a_desk_that_was_only_started_refuses_another_desks_keys(
    tmp_path: Path, elsewhere: Path
) -> None:
    """Nothing was filed yet: the check value alone tells."""
    settings = Settings(_env_file=None, data_dir=tmp_path / "new")
    open_store(settings).close()
    key_file(settings).write_bytes(elsewhere.read_bytes())
    refused(settings, "ne sont pas celles de cette base")


def test_our_sealing_keys_with_another_key_of_fingerprints_are_refused(settings: Settings) -> None:
    keys = load_keys(key_file(settings))
    mixed = type(keys)(seals=keys.seals, fingerprint=make_keys().fingerprint)
    save_keys(key_file(settings), mixed)
    refused(settings, "ne sont pas celles de cette base")


def test_the_right_keys_put_back_open_everything(settings: Settings, elsewhere: Path) -> None:
    kept = key_file(settings).read_bytes()
    key_file(settings).write_bytes(elsewhere.read_bytes())
    with pytest.raises(KeyFileError):
        open_store(settings)

    key_file(settings).write_bytes(kept)

    assert tickets(settings) == 3
    assert said_by_doctor(settings) == ""


def test_processes_that_start_together_share_keys_and_check_value(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "new")

    run_together(*[lambda: open_store(settings).close()] * 4)

    assert said_by_doctor(settings) == ""


def test_new_keys_are_made_for_tables_that_hold_nothing_sealed(settings: Settings) -> None:
    """As a start leaves them that was killed after the tables and before the check value."""
    key_file(settings).unlink()
    database = settings.data_dir / "guichet.db"
    database.unlink()
    engine = open_database(settings.database)
    migrate(engine)
    engine.dispose()

    open_store(settings).close()

    assert said_by_doctor(settings) == ""


def forget_check(settings: Settings) -> None:
    with sqlite3.connect(settings.data_dir / "guichet.db") as connection:
        connection.execute("DELETE FROM key_check")
    connection.close()


def test_a_database_without_a_check_value_gets_one_from_keys_that_open_it(
    settings: Settings, elsewhere: Path
) -> None:
    forget_check(settings)
    open_store(settings).close()
    key_file(settings).write_bytes(elsewhere.read_bytes())

    refused(settings, "ne sont pas celles de cette base")


def test_a_database_without_a_check_value_refuses_keys_that_open_nothing_of_it(
    settings: Settings, elsewhere: Path
) -> None:
    forget_check(settings)
    key_file(settings).write_bytes(elsewhere.read_bytes())

    refused(settings, "ne sont pas celles de cette base")


def test_the_doctor_names_columns_that_do_not_open_and_keys_that_are_missing(
    settings: Settings,
) -> None:
    """As a desk that once ran with other keys has left it."""
    other = Encryption(make_keys())
    engine = open_database(settings.database)
    with engine.begin() as connection:
        sealed = other.seal("x", Place("ticket", "draft-0", "content"))
        connection.execute(text("UPDATE ticket SET content_sealed = :s"), {"s": sealed})
    engine.dispose()

    said = said_by_doctor(settings)

    assert "ticket.content_sealed" in said
    assert f"3 valeurs sont scellées par la clé {other.seal_key.id}" in said


def test_the_check_value_serves_on_both_databases(engine: Engine, encryption: Encryption) -> None:
    check_keys(engine, encryption)

    check_keys(engine, encryption)
    with pytest.raises(KeyFileError):
        check_keys(engine, Encryption(make_keys()))
