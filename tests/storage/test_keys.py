"""The key file: made once, read by its owner only, never shown."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.storage.encryption import Encryption, KeyFile
from bot.storage.keys import (
    FILE_NAME,
    KeyFileError,
    Keys,
    load_or_create_keys,
    make_key,
    make_keys,
    save_keys,
)


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_keys_are_made_on_the_first_start_and_found_on_the_next(tmp_path: Path) -> None:
    first = load_or_create_keys(tmp_path / "keys")

    assert load_or_create_keys(tmp_path / "keys") == first
    assert first.newest.secret != first.fingerprint.secret


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
    ["", "{", "[]", '{"seals": [], "fingerprint": {}}', '{"seals": [{"id": "a", "secret": "é"}]}'],
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

    keys = load_or_create_keys(folder)

    assert load_or_create_keys(folder) == keys


def test_processes_that_start_together_share_their_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        all_keys = list(pool.map(load_or_create_keys, [tmp_path / "keys"] * 8))

    assert all(keys == all_keys[0] for keys in all_keys)


def test_several_keys_keep_their_order(tmp_path: Path) -> None:
    keys = Keys(seals=(make_key(), make_key()), fingerprint=make_key())
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)

    save_keys(folder / FILE_NAME, keys)

    assert load_or_create_keys(folder) == keys


def test_a_key_shows_nothing_of_itself() -> None:
    key = make_key()
    keys = Keys(seals=(key,), fingerprint=key)

    for shown in (repr(key), str(keys), f"{keys!r}"):
        assert repr(key.secret) not in shown
        assert key.secret.hex() not in shown


def test_keys_that_are_not_those_of_before_are_not_taken_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever puts another desk's file in place under a desk at work does not change its keys."""
    folder = tmp_path / "keys"
    file = KeyFile(folder)
    encryption = Encryption(load_or_create_keys(folder), file)
    before = encryption.seal_key
    save_keys(folder / FILE_NAME, make_keys())

    encryption.refresh()

    assert encryption.seal_key == before
    assert "d'autres clés" in caplog.text


def test_a_key_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    """A file stands where the folder would be: root is refused that too."""
    (tmp_path / "keys").write_text("")

    with pytest.raises(KeyFileError, match="KEYS_FOLDER"):
        load_or_create_keys(tmp_path / "keys")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to root")
@pytest.mark.parametrize(("mode", "is_read"), [(0o440, True), (0o444, False)])
def test_what_root_hands_over_may_show_the_mask_of_its_access_list(
    mode: int, is_read: bool
) -> None:
    """systemd's credentials are `-r--r-----+ root root`, and read by the account of the service."""
    with TemporaryDirectory() as name:  # one that another account reaches
        folder = Path(name)
        folder.chmod(0o750)
        save_keys(folder / FILE_NAME, make_keys())
        (folder / FILE_NAME).chmod(mode)
        os.seteuid(65534)  # nobody; the group stays root's, as the access list would let it in
        try:
            if is_read:
                assert load_or_create_keys(folder).newest
            else:
                with pytest.raises(KeyFileError, match="chmod 600"):
                    load_or_create_keys(folder)
        finally:
            os.seteuid(0)
