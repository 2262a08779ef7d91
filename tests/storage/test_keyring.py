"""The keyring: made once, read by its owner only, never shown."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.storage.keys import FILE_NAME, KeyFileError, Keys, load_or_create_keys, make_key, save_keys


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_keys_are_made_on_the_first_start_and_found_on_the_next(tmp_path: Path) -> None:
    first = load_or_create_keys(tmp_path / "keys")

    assert load_or_create_keys(tmp_path / "keys") == first
    assert first.seals[0].secret != first.fingerprints[0].secret


def test_only_the_owner_can_read_them(tmp_path: Path) -> None:
    load_or_create_keys(tmp_path / "data" / "keys")

    assert mode_of(tmp_path / "data" / "keys") == 0o700
    assert mode_of(tmp_path / "data" / "keys" / FILE_NAME) == 0o600
    assert [path.name for path in (tmp_path / "data" / "keys").iterdir()] == [FILE_NAME]


@pytest.mark.parametrize(("name", "mode"), [(FILE_NAME, 0o640), (FILE_NAME, 0o604), (".", 0o750)])
def test_keys_that_others_can_read_stop_the_start(tmp_path: Path, name: str, mode: int) -> None:
    folder = tmp_path / "keys"
    load_or_create_keys(folder)
    (folder / name).chmod(mode)

    with pytest.raises(KeyFileError, match=r"chmod [67]00"):
        load_or_create_keys(folder)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"seals": [], "fingerprints": []}', '{"seals": [{"id": "a", "secret": "é"}]}'],
)
def test_a_damaged_file_is_not_replaced(tmp_path: Path, content: str) -> None:
    """New keys in its place would make everything sealed before unreadable."""
    folder = tmp_path / "keys"
    load_or_create_keys(folder)
    (folder / FILE_NAME).write_text(content)

    with pytest.raises(KeyFileError, match="sauvegarde"):
        load_or_create_keys(folder)

    assert (folder / FILE_NAME).read_text() == content


def test_a_key_of_the_wrong_length_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    load_or_create_keys(folder)
    path = folder / FILE_NAME
    path.write_text(path.read_text().replace('"secret": "', '"secret": "AAAA'))

    with pytest.raises(KeyFileError):
        load_or_create_keys(folder)


def test_what_a_crash_left_behind_is_in_nobodys_way(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    (folder / "keyring.tmp").write_text("half a f")

    keyring = load_or_create_keys(folder)

    assert load_or_create_keys(folder) == keyring


def test_processes_that_start_together_share_their_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keyrings = list(pool.map(load_or_create_keys, [tmp_path / "keys"] * 8))

    assert all(keyring == keyrings[0] for keyring in keyrings)


def test_several_keys_keep_their_order(tmp_path: Path) -> None:
    keyring = Keys(seals=(make_key(), make_key()), fingerprints=(make_key(),))
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)

    save_keys(folder / FILE_NAME, keyring)

    assert load_or_create_keys(folder) == keyring


def test_a_key_shows_nothing_of_itself() -> None:
    key = make_key()
    keyring = Keys(seals=(key,), fingerprints=(key,))

    for shown in (repr(key), str(keyring), f"{keyring!r}"):
        assert repr(key.secret) not in shown
        assert key.secret.hex() not in shown
