"""The vault: seals and opens personal data, and makes fingerprints of NIRs.

A sealed value is AES-256-GCM: version, key id, a random 96-bit nonce, ciphertext with its tag.
Bound to it (associated data) are table, row, column and key id: a value that was moved to
another place, or changed by one bit, does not open. Several keys may be held: the newest seals,
all open, which is what lets keys change while the desk is at work: `refresh` takes new ones up.

With random nonces a key must seal far less than 2^32 times: `tally` counts.
"""

import hashlib
import hmac
import logging
import secrets
from collections import Counter
from dataclasses import dataclass
from functools import cache
from threading import Lock

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.storage.keys import ID_LENGTH, KEY_LENGTH, Key, KeyFile, KeyFileError, Keys

log = logging.getLogger(__name__)

VERSION = b"\x01"
NONCE_LENGTH = 12  # bytes, what GCM is made for
_HEAD = len(VERSION) + ID_LENGTH
_NIR_WITHOUT_KEY = 13


class SealError(Exception):
    """A sealed value does not open: wrong place, changed, or sealed with a key not held."""


@cache
def _measured(part: str) -> bytes:
    """A part with its length before it; of tables, columns and keys there are few."""
    encoded = part.encode()
    return len(encoded).to_bytes(4, "big") + encoded


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value stands; it opens nowhere else."""

    table: str
    row: str
    column: str

    def bound_to(self, key_id: str) -> bytes:
        """The associated data; lengths stand in front, so that no two places read alike."""
        where, column = _measured(self.table), _measured(self.column)
        row = self.row.encode()
        return VERSION + where + len(row).to_bytes(4, "big") + row + column + _measured(key_id)


@dataclass(frozen=True, slots=True)
class Print:
    """A fingerprint, and the id of the key that it was last made with."""

    key: str
    value: str


class Tally:
    """How often each key sealed since this was last taken."""

    __slots__ = ("_counted", "_lock")

    def __init__(self) -> None:
        self._counted: Counter[str] = Counter()
        self._lock = Lock()

    def add(self, key_id: str) -> None:
        with self._lock:
            self._counted[key_id] += 1

    def take(self, at_least: int = 1) -> Counter[str]:
        """What was counted, counted no more; nothing while it is less than `at_least`."""
        with self._lock:
            if self._counted.total() < at_least:
                return Counter()
            taken, self._counted = self._counted, Counter()
            return taken


class Vault:
    """Seals and opens with the keys of a keyring; shows none of them."""

    __slots__ = ("_ciphers", "_file", "_keyring", "tally")

    def __init__(self, keyring: Keys, file: KeyFile | None = None) -> None:
        self._keyring = keyring
        self._file = file
        self._ciphers = {key.id: AESGCM(key.secret) for key in keyring.seals}
        self.tally = Tally()

    def refresh(self) -> None:
        """Takes up the keys that a rotation has added since; with those at hand if it cannot."""
        if self._file is None:
            return
        try:
            renewed = self._file.renewed()
        except KeyFileError:
            log.error("the keyring cannot be read, going on with the keys at hand")  # noqa: TRY400
            return
        if renewed is not None:
            # Ciphers first: whoever seals in another thread finds the cipher of its key.
            self._ciphers = {key.id: AESGCM(key.secret) for key in renewed.seals}
            self._keyring = renewed

    def seal(self, text: str, place: Place) -> bytes:
        key_id = self.seal_key.id
        nonce = secrets.token_bytes(NONCE_LENGTH)
        # A lone surrogate (half an emoji) is no reason to lose the rest of a text.
        clear = text.encode("utf-8", "surrogatepass")
        sealed = self._ciphers[key_id].encrypt(nonce, clear, place.bound_to(key_id))
        self.tally.add(key_id)
        return VERSION + key_id.encode() + nonce + sealed

    def open(self, sealed: bytes, place: Place) -> str:
        """What was sealed at this place; `SealError` for anything else."""
        key_id = key_of(sealed)
        if key_id not in self._ciphers:
            self.refresh()  # sealed by a rotation that began a moment ago
        cipher = self._ciphers.get(key_id)
        if not sealed.startswith(VERSION) or cipher is None:
            raise SealError(f"no key for {place.table}.{place.column}")
        nonce, rest = sealed[_HEAD : _HEAD + NONCE_LENGTH], sealed[_HEAD + NONCE_LENGTH :]
        try:
            clear = cipher.decrypt(nonce, rest, place.bound_to(key_id))
        except (InvalidTag, ValueError):
            # Neither the value nor the cause may travel on: it says nothing that helps.
            raise SealError(f"{place.table}.{place.column} does not open") from None
        return clear.decode("utf-8", "surrogatepass")

    def file_cipher(self, key_id: str, salt: bytes) -> AESGCM:
        """A cipher for one file: of a key derived from one of ours, which it does not wear out.

        Raises:
            SealError: no such key is held.
        """
        secret = next((one.secret for one in self._keyring.seals if one.id == key_id), None)
        if secret is None:
            raise SealError(f"no key {key_id}")
        info = VERSION + b"file" + key_id.encode()
        return AESGCM(HKDF(SHA256(), KEY_LENGTH, salt, info).derive(secret))

    @property
    def seal_key(self) -> Key:
        """The key that seals at present."""
        return self._keyring.seals[-1]

    @property
    def fingerprint_key(self) -> str:
        """The id of the key that makes fingerprints at present."""
        return self._keyring.fingerprints[-1].id

    def fingerprint(self, nir: str, siret: str) -> str:
        """32 hex digits by which one employer's same NIR is found again, and nothing else.

        With and without its key a NIR has the same fingerprint; two employers' never agree.
        """
        return _fingerprint(self._keyring.fingerprints[-1], nir, siret)

    def fingerprints(self, nir: str, siret: str) -> tuple[str, ...]:
        """The same by every key: a rotation that is not at its end has left some of before."""
        return tuple(_fingerprint(key, nir, siret) for key in self._keyring.fingerprints)

    @property
    def older_prints(self) -> tuple[str, ...]:
        """The ids of the keys that made fingerprints before."""
        return tuple(key.id for key in self._keyring.fingerprints[:-1])

    def prints_of(self, purpose: str, *parts: str) -> tuple[Print, ...]:
        """What a name is known by under each key, the newest last: made with the oldest, and
        carried on with every later one."""
        first, *later = self._keyring.fingerprints
        prints = [Print(first.id, _keyed(first, "", purpose, *parts))]
        for key in later:
            prints.append(_carried(key, prints[-1]))
        return tuple(prints)

    def carried_on(self, made: Print) -> Print:
        """The same under the newest key, where the name is not known any more."""
        places = [key.id for key in self._keyring.fingerprints]
        for key in self._keyring.fingerprints[places.index(made.key) + 1 :]:
            made = _carried(key, made)
        return made

    def fingerprint(self, purpose: str, *parts: str) -> str:
        """32 hex digits of anything else; those of two purposes never agree."""
        return _keyed(self._keyring.fingerprints[-1], "", purpose, *parts)


def key_of(sealed: bytes) -> str:
    """The id of the key that a sealed value names."""
    return sealed[len(VERSION) : _HEAD].decode("ascii", "replace")


def _fingerprint(key: Key, nir: str, siret: str) -> str:
    canonical = "".join(char for char in nir.upper() if char.isalnum())[:_NIR_WITHOUT_KEY]
    return _keyed(key, siret, canonical)


def _carried(key: Key, made: Print) -> Print:
    return Print(key.id, _keyed(key, "", "carried", made.value))


def _keyed(key: Key, *parts: str) -> str:
    return hmac.new(key.secret, "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:32]
