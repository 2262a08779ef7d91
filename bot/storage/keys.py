"""The desk's secret keys, in one file that only its owner reads.

The file is written whole or not at all (written aside, synced, renamed), under a lock on its
folder: two processes that start together on an empty folder end up with the same keys. A rotation
adds a key; the older ones stay, for what they sealed and for the backups of their time. The key of
fingerprints is made once and stays.
"""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from bot.clock import utc_now
from bot.domain.errors import StartError

KEY_LENGTH = 32  # bytes: AES-256, HMAC-SHA-256
ID_LENGTH = 8  # characters
FILE_NAME = "keyring.json"
ROTATE_AFTER: Final = timedelta(days=2 * 365)
"""Age at which `guichet doctor` and `/healthz` ask for new keys."""
_OTHERS, _WORLD = 0o077, 0o007
ROOT: Final = 0


class KeyFileError(StartError):
    """The keys cannot be used; the message says, in French, what to do."""


@dataclass(frozen=True, slots=True)
class Key:
    """A secret, the id by which sealed values name it, and its day where that is known."""

    id: str
    secret: bytes = field(repr=False)
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that seal, oldest first (the last one is in use), and the key of fingerprints."""

    seals: tuple[Key, ...]
    fingerprint: Key

    @property
    def newest(self) -> Key:
        """The key that seals, after which its rotation is called."""
        return self.seals[-1]

    def continues(self, before: "Keys") -> bool:
        """Whether these are the keys of before, perhaps with newer ones behind, or older ones
        retired."""
        return before.newest in self.seals and self.fingerprint == before.fingerprint


def load_or_create_keys(folder: Path) -> Keys:
    """The keys of this folder, made there on the first start.

    Raises:
        KeyFileError: they are unfit, or others can read them.
    """
    path = folder / FILE_NAME
    with _explained(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_private(folder, "700")
        with _locked(folder):
            if not path.exists():
                save_keys(path, make_keys())
    return load_keys(path)


def load_keys(path: Path) -> Keys:
    """The keys in a file; `KeyFileError` where it is missing, unfit, or others can read it."""
    _check_private(path, "600")
    try:
        content = path.read_bytes()
    except OSError:
        raise KeyFileError(_unreadable(path)) from None
    return read_keys(content, path)


def read_keys(content: bytes, path: Path) -> Keys:
    """The keys in the content of a file, which is called `path` where it is unfit."""
    try:
        held = json.loads(content)
        keys = Keys(tuple(_decode(one) for one in held["seals"]), _decode(held["fingerprint"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise KeyFileError(_unreadable(path)) from None  # the cause may quote the file
    if not keys.seals:
        raise KeyFileError(_unreadable(path))
    return keys


def add_seal_key(folder: Path) -> Keys:
    """Makes a new key that seals from now on; the keys of before still open.

    Raises:
        KeyFileError: the keys are unfit, or nothing can be written there.
    """
    path = folder / FILE_NAME
    with _explained(folder), _locked(folder):
        held = load_keys(path)
        keys = replace(held, seals=(*held.seals, make_key()))
        save_keys(path, keys)
    return keys


def remove_seal_key(folder: Path, key_id: str) -> Keys:
    """Takes an older key out of the file for good; whoever calls it knows that none names it.

    Raises:
        KeyFileError: it is the key in use, is not there, or nothing can be written there.
    """
    path = folder / FILE_NAME
    with _explained(folder), _locked(folder):
        held = load_keys(path)
        if key_id == held.newest.id:
            raise KeyFileError(
                f"La clé {key_id} est en usage : faites-en d'abord une autre (guichet keys rotate)."
            )
        kept = tuple(key for key in held.seals if key.id != key_id)
        if kept == held.seals:
            raise KeyFileError(
                f"Il n'y a pas de clé {key_id} parmi celles qui scellent : voyez guichet keys list."
            )
        keys = replace(held, seals=kept)
        save_keys(path, keys)
    return keys


def put_keys(target: Path, keys: Keys) -> None:
    """Puts keys in place; `KeyFileError` where there are some, or nothing can be written."""
    if target.exists():
        raise KeyFileError(f"{target} existe déjà : rien n'a été écrit.")
    with _explained(target.parent):
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        save_keys(target, keys)


def save_keys(path: Path, keys: Keys) -> None:
    """Writes the file whole or not at all; the caller holds the folder."""
    aside = path.with_suffix(".tmp")
    aside.unlink(missing_ok=True)
    seals = [_encode(key) for key in keys.seals]
    content = {"seals": seals, "fingerprint": _encode(keys.fingerprint)}
    handle = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    aside.rename(path)
    _sync(path.parent)


def make_keys() -> Keys:
    return Keys(seals=(make_key(),), fingerprint=make_key())


def make_key() -> Key:
    return Key(
        id=secrets.token_hex(ID_LENGTH // 2),
        secret=secrets.token_bytes(KEY_LENGTH),
        made_at=utc_now().replace(microsecond=0),
    )


def _check_private(path: Path, wanted: str) -> None:
    try:
        found = path.stat()
    except OSError:
        raise KeyFileError(_unreadable(path)) from None
    # What systemd hands over belongs to root, and the group's bits are the mask of its access list.
    is_handed_over = found.st_uid == ROOT != os.geteuid()
    if found.st_mode & (_WORLD if is_handed_over else _OTHERS):
        raise KeyFileError(
            f"{path} contient les clés du guichet et peut être lu par d'autres comptes : "
            f"exécutez « chmod {wanted} {path} », puis relancez."
        )


def _unreadable(path: Path) -> str:
    return (
        f"Les clés du guichet ({path}) sont illisibles : remettez en place leur sauvegarde. "
        "Sans elles, les demandes déjà enregistrées ne peuvent plus être lues."
    )


def _encode(key: Key) -> dict[str, str]:
    made = {"made_at": key.made_at.isoformat()} if key.made_at else {}
    return {"id": key.id, "secret": base64.b64encode(key.secret).decode(), **made}


def _decode(held: Mapping[str, str]) -> Key:
    made = held.get("made_at")
    key = Key(
        held["id"],
        base64.b64decode(held["secret"], validate=True),
        datetime.fromisoformat(made) if made else None,
    )
    if len(key.id) != ID_LENGTH or len(key.secret) != KEY_LENGTH:
        raise ValueError("a key of the wrong length")
    return key


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    """A folder that takes no key is the operator's to mend: systemd's credentials are read-only."""
    try:
        yield
    except OSError as error:
        raise KeyFileError(
            f"Aucune clé ne peut être écrite dans {folder} ({error.strerror}) : vérifiez "
            "KEYS_FOLDER et les droits de ce compte. Des clés confiées à systemd se changent "
            "guichet arrêté, comme le dit docs/operations.md."
        ) from None


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
