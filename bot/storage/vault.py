"""The vault: seals and opens personal data, and makes fingerprints of NIRs.

A sealed value is AES-256-GCM: version, key id, a random 96-bit nonce, ciphertext with its tag.
Bound to it (associated data) are table, row, column and key id: a value that was moved to
another place, or changed by one bit, does not open. Several keys may be held: the newest seals,
all open, which is what lets keys change while the desk is at work.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.storage.keyring import ID_LENGTH, Keyring

VERSION = b"\x01"
NONCE_LENGTH = 12  # bytes, what GCM is made for
_HEAD = len(VERSION) + ID_LENGTH
_NIR_WITHOUT_KEY = 13


class SealError(Exception):
    """A sealed value does not open: wrong place, changed, or sealed with a key not held."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value stands; it opens nowhere else."""

    table: str
    row: str
    column: str

    def bound_to(self, key_id: str) -> bytes:
        """The associated data; lengths stand in front, so that no two places read alike."""
        parts = [part.encode() for part in (self.table, self.row, self.column, key_id)]
        return VERSION + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


class Vault:
    """Seals and opens with the keys of a keyring; shows none of them."""

    __slots__ = ("_ciphers", "_keyring")

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._ciphers = {key.id: AESGCM(key.secret) for key in keyring.seals}

    def seal(self, text: str, place: Place) -> bytes:
        key_id = self._keyring.seals[-1].id
        nonce = secrets.token_bytes(NONCE_LENGTH)
        # A lone surrogate (half an emoji) is no reason to lose the rest of a text.
        clear = text.encode("utf-8", "surrogatepass")
        sealed = self._ciphers[key_id].encrypt(nonce, clear, place.bound_to(key_id))
        return VERSION + key_id.encode() + nonce + sealed

    def open(self, sealed: bytes, place: Place) -> str:
        """What was sealed at this place; `SealError` for anything else."""
        key_id = sealed[len(VERSION) : _HEAD].decode("ascii", "replace")
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

    @property
    def fingerprint_key(self) -> str:
        """The id of the key that makes fingerprints at present."""
        return self._keyring.fingerprints[-1].id

    def fingerprint(self, nir: str, siret: str) -> str:
        """32 hex digits by which one employer's same NIR is found again, and nothing else.

        With and without its key a NIR has the same fingerprint; two employers' never agree.
        """
        canonical = "".join(char for char in nir.upper() if char.isalnum())[:_NIR_WITHOUT_KEY]
        return self._keyed(siret, canonical)

    def print_of(self, purpose: str, *parts: str) -> str:
        """32 hex digits of anything else; those of two purposes never agree."""
        return self._keyed("", purpose, *parts)

    def _keyed(self, *parts: str) -> str:
        secret = self._keyring.fingerprints[-1].secret
        said = "\0".join(parts).encode()
        return hmac.new(secret, said, hashlib.sha256).hexdigest()[:32]
