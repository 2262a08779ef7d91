"""An archive: a file of sealed frames, which opens whole and in order or not at all.

    GUICHET1 · key id (8) · salt (32) · frames of: length (4) · AES-256-GCM of compressed JSON

The key is derived from one of the keyring's and the salt, so that each file has its own. A frame's
nonce is its number and whether it is the last one: what is cut off, swapped, repeated or changed by
one bit does not open. The head is bound to every frame.
"""

import json
import secrets
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bot.domain.errors import StartError
from bot.storage.encryption import Encryption, SealError
from bot.storage.keys import ID_LENGTH

MAGIC = b"GUICHET1"
SALT = 32  # bytes
MOST = 1 << 28  # bytes: no frame of ours is as long
_HEAD = len(MAGIC) + ID_LENGTH + SALT
Document = dict[str, Any]


class BackupError(StartError):
    """A backup cannot be written, read or restored; the message says, in French, what to do."""


class ArchiveWriter:
    """Writes documents into a file, one frame each."""

    def __init__(self, file: BinaryIO, vault: Encryption) -> None:
        key_id, salt = vault.seal_key.id, secrets.token_bytes(SALT)
        self._file = file
        self._head = MAGIC + key_id.encode() + salt
        self._cipher = vault.file_cipher(key_id, salt)
        self._number = 0
        file.write(self._head)

    def write(self, document: Document, *, last: bool = False) -> None:
        said = json.dumps(document, default=_tag, separators=(",", ":"), ensure_ascii=False)
        packed = zlib.compress(said.encode("utf-8", "surrogatepass"), level=6)
        sealed = self._cipher.encrypt(_nonce(self._number, last=last), packed, self._head)
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


def read_archive(file: BinaryIO, vault: Encryption) -> Iterator[Document]:
    """The documents in order; the last one has been seen to be the last when this ends.

    Raises:
        BackupError: it is no archive of ours, its key is not held, or it is damaged.
    """
    head = file.read(_HEAD)
    if len(head) < _HEAD or not head.startswith(MAGIC):
        raise BackupError("Ce fichier n'est pas une sauvegarde du guichet : indiquez-en une autre.")
    cipher = _cipher_of(head, vault)
    number, last = 0, False
    while not last:
        sealed = file.read(int.from_bytes(_whole(file.read(4), 4), "big") % MOST)
        packed, last = _open(cipher, sealed, number, head)
        yield json.loads(
            zlib.decompress(packed).decode("utf-8", "surrogatepass"), object_hook=_untag
        )
        number += 1
    if file.read(1):
        raise _damaged()


def _cipher_of(head: bytes, vault: Encryption) -> AESGCM:
    key_id = head[len(MAGIC) : len(MAGIC) + ID_LENGTH].decode("ascii", "replace")
    try:
        return vault.file_cipher(key_id, head[-SALT:])
    except SealError:
        raise BackupError(
            f"La sauvegarde est scellée par la clé {key_id}, que ce guichet n'a pas : remettez en "
            "place le fichier de clés de son temps (guichet restore FICHIER --keys CLÉS)."
        ) from None


def _open(cipher: AESGCM, sealed: bytes, number: int, head: bytes) -> tuple[bytes, bool]:
    for last in (False, True):
        try:
            return cipher.decrypt(_nonce(number, last=last), sealed, head), last
        except (InvalidTag, ValueError):
            continue
    raise _damaged()


def _whole(read: bytes, length: int) -> bytes:
    if len(read) < length:
        raise _damaged()
    return read


def _damaged() -> BackupError:
    return BackupError("La sauvegarde est abîmée ou incomplète : prenez-en une autre.")


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _tag(value: object) -> dict[str, str]:
    """What JSON does not have, each kind under a name of its own."""
    match value:
        case bytes():
            return {"bytes": b64encode(value).decode()}
        case datetime():
            return {"moment": value.astimezone(UTC).isoformat()}
        case date():
            return {"date": value.isoformat()}
        case _:
            raise TypeError(type(value).__name__)


def _untag(held: Document) -> Any:
    match held:
        case {"bytes": str(text)}:
            return b64decode(text)
        case {"moment": str(text)}:
            return datetime.fromisoformat(text)
        case {"date": str(text)}:
            return date.fromisoformat(text)
        case _:
            return held
