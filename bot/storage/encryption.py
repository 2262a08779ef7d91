"""Encrypts and decrypts personal data, and makes fingerprints of names that are only compared.

A sealed value is AES-256-GCM: version, key id, a random 96-bit nonce, ciphertext with its tag.
Bound to it (associated data) are table, row, column and key id: a value that was moved to
another place, or changed by one bit, does not open. Several keys may be held: the newest seals,
all open, which is what lets keys change while the desk is at work.

With random nonces a key must seal far less than 2^32 values (NIST SP 800-38D, 8.3). A desk of
60,000 employers seals about 60 million a year; `guichet doctor` asks for new keys after two years.
"""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.domain.errors import StartError
from bot.storage.keys import FILE_NAME, ID_LENGTH, Key, KeyFileError, Keys, load_keys

log = logging.getLogger(__name__)

VERSION = b"\x01"
NONCE_LENGTH = 12  # bytes, what GCM is made for
FINGERPRINT_LENGTH = 32  # hex digits
_HEAD = len(VERSION) + ID_LENGTH


class SealError(StartError):
    """A sealed value does not open: wrong place, changed, or sealed with a key not held."""

    def __init__(self, place: "Place") -> None:
        # Neither the value nor the cause may travel on: they say nothing that helps.
        super().__init__(
            f"Une valeur scellée de la base ne s'ouvre pas ({place.table}.{place.column}) : elle a "
            "été changée hors du guichet, ou sa clé manque. Lancez guichet doctor."
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value stands; it opens nowhere else."""

    table: str
    row: str
    column: str

    def bound_to(self, key_id: str) -> bytes:
        """Returns the associated data: each part behind its length, so no two places read alike."""
        parts = [part.encode() for part in (self.table, self.row, self.column, key_id)]
        return VERSION + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


class KeyFile:
    """The key file of a folder, read again only when it has changed."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._seen = self._signature()

    def read_if_changed(self) -> Keys | None:
        """Returns the keys where the file has changed since the last call, else None; raises what
        `load_keys` raises."""
        found = self._signature()
        if found == self._seen:
            return None
        keys = load_keys(self.path)
        self._seen = found
        return keys

    def _signature(self) -> tuple[int, int, int]:
        try:
            found = self.path.stat()
        except OSError:
            return (0, 0, 0)
        return (found.st_ino, found.st_mtime_ns, found.st_size)


class Encryption:
    """Seals and opens values with the desk's keys; shows none of them.

    `bot.app.open_store` builds one a process; every repository uses it, from any thread. Only
    `refresh` changes it, and replaces its keys as a whole.
    """

    __slots__ = ("_ciphers", "_file", "_keys")

    def __init__(self, keys: Keys, file: KeyFile | None = None) -> None:
        self._keys = keys
        self._file = file
        self._ciphers = {key.id: AESGCM(key.secret) for key in keys.seals}

    def refresh(self) -> None:
        """Reads the keys that a rotation has added; `Store` calls it before every transaction."""
        if self._file is None:
            return
        try:
            renewed = self._file.read_if_changed()
        except KeyFileError:
            words = "le fichier des clés est illisible : celles déjà chargées servent encore"
            log.error(words)  # noqa: TRY400 -- its message may quote the file
            return
        if renewed is None:
            return
        if not renewed.continues(self._keys):
            log.error("le fichier contient d'autres clés : celles déjà chargées servent encore")
            return
        # Ciphers first: whoever seals in another thread finds the cipher of its key.
        self._ciphers = {key.id: AESGCM(key.secret) for key in renewed.seals}
        self._keys = renewed

    def seal(self, text: str, place: Place) -> bytes:
        """Encrypts a text with the newest key, for one place."""
        key_id = self.seal_key.id
        nonce = secrets.token_bytes(NONCE_LENGTH)
        # A lone surrogate (half an emoji) is no reason to lose the rest of a text.
        clear = text.encode("utf-8", "surrogatepass")
        sealed = self._ciphers[key_id].encrypt(nonce, clear, place.bound_to(key_id))
        return VERSION + key_id.encode() + nonce + sealed

    def open(self, sealed: bytes, place: Place) -> str:
        """Decrypts what was sealed for this place.

        Raises:
            SealError: it was sealed elsewhere, changed, or its key is not held.
        """
        key_id = key_of(sealed)
        if key_id not in self._ciphers:
            self.refresh()  # sealed by a rotation that began a moment ago
        cipher = self._ciphers.get(key_id)
        if not sealed.startswith(VERSION) or cipher is None:
            raise SealError(place)
        nonce, rest = sealed[_HEAD : _HEAD + NONCE_LENGTH], sealed[_HEAD + NONCE_LENGTH :]
        try:
            clear = cipher.decrypt(nonce, rest, place.bound_to(key_id))
        except (InvalidTag, ValueError):
            raise SealError(place) from None
        return clear.decode("utf-8", "surrogatepass")

    @property
    def seal_key(self) -> Key:
        """The key that seals at present."""
        return self._keys.seals[-1]

    @property
    def key_ids(self) -> Collection[str]:
        """The ids of all keys that open."""
        return self._ciphers.keys()

    def fingerprint(self, *parts: str) -> str:
        """32 hex digits by which the same text is known again, and nothing else.

        The first of several parts is the purpose: fingerprints of two purposes never agree. Their
        key is never changed: what is kept as a fingerprint could not be made anew.
        """
        said = "\0".join(parts).encode("utf-8", "surrogatepass")
        made = hmac.new(self._keys.fingerprint.secret, said, hashlib.sha256)
        return made.hexdigest()[:FINGERPRINT_LENGTH]

    def authenticate(self, purpose: str, text: str) -> str:
        """The HMAC-SHA-256 of a text, as 64 hex digits: who has only the database cannot make it.

        Each purpose has a key of its own, derived from the one that is never changed.
        """
        secret = self._keys.fingerprint.secret
        key = hmac.digest(secret, b"key of " + purpose.encode(), hashlib.sha256)
        return hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def key_of(sealed: bytes) -> str:
    """The id of the key that a sealed value names."""
    return sealed[len(VERSION) : _HEAD].decode("ascii", "replace")
