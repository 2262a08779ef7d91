"""The keyring: the desk's secret keys, in one file that only its owner reads.

The file is written whole or not at all (written aside, synced, renamed), under a lock on its
folder: two processes that start together on an empty folder end up with the same keys. A rotation
adds keys at the end; the older ones stay, for what they sealed and for the backups of their time.
"""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.clock import utc_now
from bot.domain.errors import StartError

KEY_LENGTH = 32  # bytes: AES-256, HMAC-SHA-256
ID_LENGTH = 8  # characters
FILE_NAME = "keyring.json"
_OTHERS = 0o077


class KeyringError(StartError):
    """The keys cannot be used; the message says, in French, what to do."""


@dataclass(frozen=True, slots=True)
class Key:
    """A secret, the name by which sealed values call it, and its day where that is known."""

    id: str
    secret: bytes = field(repr=False)
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Keyring:
    """All keys, oldest first; the last one of each kind is in use."""

    seals: tuple[Key, ...]
    fingerprints: tuple[Key, ...]

    @property
    def newest(self) -> str:
        """The id of the key that seals, by which its rotation is called."""
        return self.seals[-1].id


class KeyringFile:
    """The file of a folder, read again when it is another one than last time."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._seen = self._signature()

    def renewed(self) -> Keyring | None:
        """The keys, where the file changed since this was last asked.

        Raises:
            KeyringError: it changed into something unfit.
        """
        found = self._signature()
        if found == self._seen:
            return None
        keyring = load_keyring(self.path)
        self._seen = found
        return keyring

    def _signature(self) -> tuple[int, int, int]:
        try:
            found = self.path.stat()
        except OSError:
            return (0, 0, 0)
        return (found.st_ino, found.st_mtime_ns, found.st_size)


def load_or_create_keyring(folder: Path) -> Keyring:
    """The keys of this folder, made there on the first start; `KeyringError` when unfit."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_private(folder, "700")
    path = folder / FILE_NAME
    with _locked(folder):
        if not path.exists():
            save_keyring(path, Keyring(seals=(make_key(),), fingerprints=(make_key(),)))
    return load_keyring(path)


def load_keyring(path: Path) -> Keyring:
    _check_private(path, "600")
    try:
        held = json.loads(path.read_bytes())
        keyring = Keyring(_decode(held["seals"]), _decode(held["fingerprints"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        # The cause may quote the file: it stays here.
        raise KeyringError(_unreadable(path)) from None
    if not keyring.seals or not keyring.fingerprints:
        raise KeyringError(_unreadable(path))
    return keyring


def add_keys(folder: Path) -> Keyring:
    """A new key of each kind, in use from now on; the keys of before still open."""
    path = folder / FILE_NAME
    with _locked(folder):
        held = load_keyring(path)
        keyring = Keyring((*held.seals, make_key()), (*held.fingerprints, make_key()))
        save_keyring(path, keyring)
    return keyring


def copy_keyring(source: Path, target: Path) -> None:
    """Copies a file of keys, found fit, to where there is none.

    Raises:
        KeyringError: the source is unfit, or there is something at the target.
    """
    keyring = load_keyring(source)
    if target.exists():
        raise KeyringError(f"{target} existe déjà : indiquez un autre nom, rien n'a été écrit.")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    save_keyring(target, keyring)


def save_keyring(path: Path, keyring: Keyring) -> None:
    """Writes the file whole or not at all; the caller holds the folder."""
    aside = path.with_suffix(".tmp")
    aside.unlink(missing_ok=True)
    content = {"seals": _encode(keyring.seals), "fingerprints": _encode(keyring.fingerprints)}
    handle = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    aside.rename(path)
    _sync(path.parent)


def make_key() -> Key:
    return Key(
        id=secrets.token_hex(ID_LENGTH // 2),
        secret=secrets.token_bytes(KEY_LENGTH),
        made_at=utc_now().replace(microsecond=0),
    )


def _check_private(path: Path, wanted: str) -> None:
    try:
        mode = path.stat().st_mode
    except OSError:
        raise KeyringError(_unreadable(path)) from None
    if mode & _OTHERS:
        raise KeyringError(
            f"{path} contient les clés du guichet et peut être lu par d'autres comptes : "
            f"exécutez « chmod {wanted} {path} », puis relancez."
        )


def _unreadable(path: Path) -> str:
    return (
        f"Les clés du guichet ({path}) sont illisibles : remettez en place leur sauvegarde. "
        "Sans elles, les demandes déjà enregistrées ne peuvent plus être lues."
    )


def _encode(keys: tuple[Key, ...]) -> list[dict[str, str]]:
    return [_as_dict(key) for key in keys]


def _as_dict(key: Key) -> dict[str, str]:
    made = {"made_at": key.made_at.isoformat()} if key.made_at else {}
    return {"id": key.id, "secret": base64.b64encode(key.secret).decode(), **made}


def _decode(held: list[dict[str, str]]) -> tuple[Key, ...]:
    keys = tuple(_as_key(one) for one in held)
    if any(len(key.id) != ID_LENGTH or len(key.secret) != KEY_LENGTH for key in keys):
        raise ValueError("a key of the wrong length")
    return keys


def _as_key(one: Mapping[str, str]) -> Key:
    made = one.get("made_at")
    return Key(
        one["id"],
        base64.b64decode(one["secret"], validate=True),
        datetime.fromisoformat(made) if made else None,
    )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _sync(folder: Path) -> None:
    """A rename survives a power cut only once its folder is synced."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
