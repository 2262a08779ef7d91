"""A copy of the key file under a passphrase, for the safe: `guichet keys export` and `import`.

The key that seals it is made from the passphrase by scrypt, with the cost that RFC 7914 and OWASP
give for stored secrets (128 MiB a try); it is AES-256-GCM, with the head as associated data. The
copy holds the bytes of the key file, whatever stands in them.
"""

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from bot.storage.keys import KEY_LENGTH, KeyFileError

KIND: Final = "guichet-keys-1"
COST, BLOCKS, PARALLEL = 2**17, 8, 1
SALT_LENGTH, NONCE_LENGTH = 16, 12  # bytes
SHORTEST_PASSPHRASE: Final = 12  # characters


def write_copy(content: bytes, target: Path, passphrase: str) -> None:
    """Seals the content of a key file into a new file that only its owner reads.

    Raises:
        KeyFileError: the passphrase is too short, or the file is there or cannot be written.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise KeyFileError(
            f"La phrase secrète doit avoir {SHORTEST_PASSPHRASE} caractères au moins : choisissez "
            "cinq ou six mots au hasard. Rien n'a été écrit."
        )
    salt, nonce = secrets.token_bytes(SALT_LENGTH), secrets.token_bytes(NONCE_LENGTH)
    sealed = AESGCM(_key_from(passphrase, salt)).encrypt(nonce, content, KIND.encode())
    parts = {"salt": salt, "nonce": nonce, "sealed": sealed}
    held = {"kind": KIND} | {name: base64.b64encode(one).decode() for name, one in parts.items()}
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise KeyFileError(
            f"{target} existe déjà : indiquez un autre nom, rien n'a été écrit."
        ) from None
    except OSError as error:
        raise KeyFileError(
            f"{target} ne peut pas être écrit ({error.strerror}) : vérifiez le dossier et les "
            "droits de ce compte."
        ) from None
    with os.fdopen(handle, "w") as file:
        json.dump(held, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def is_copy(path: Path) -> bool:
    """Whether a file is a copy under a passphrase; a plain key file is none."""
    return _read(path).get("kind") == KIND


def open_copy(path: Path, passphrase: str) -> bytes:
    """The content of the key file that a copy holds.

    Raises:
        KeyFileError: the passphrase is another one, or the copy was changed or cut off.
    """
    held = _read(path)
    try:
        salt, nonce, sealed = (
            base64.b64decode(held[name], validate=True) for name in ("salt", "nonce", "sealed")
        )
        return AESGCM(_key_from(passphrase, salt)).decrypt(nonce, sealed, KIND.encode())
    except (KeyError, TypeError, ValueError, InvalidTag):
        raise KeyFileError(
            f"La copie des clés {path} ne s'ouvre pas : vérifiez la phrase secrète, ou prenez une "
            "autre copie si celle-ci est abîmée."
        ) from None


def _read(path: Path) -> dict[str, str]:
    try:
        held = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return held if isinstance(held, dict) else {}


def _key_from(passphrase: str, salt: bytes) -> bytes:
    kdf = Scrypt(salt=salt, length=KEY_LENGTH, n=COST, r=BLOCKS, p=PARALLEL)
    return kdf.derive(passphrase.encode("utf-8", "surrogatepass"))
