"""The check values: sealed values by which a database knows its keys and its audit log.

The first holds the fingerprint of a fixed word: it opens with the desk's sealing keys only, and
agrees with the desk's key of fingerprints only. Without it, a start with another desk's keys would
seal new tickets that nobody can read once the right keys are back. The second is the head of the
audit log (`bot.storage.audit_log`); only a new desk is given one, which begins at no entry.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import IntegrityError

from bot.storage.audit_log import HEAD_PLACE, HEAD_ROW, NO_ENTRY
from bot.storage.base import Base
from bot.storage.database import check_version, explained, read_version, snapshot
from bot.storage.encryption import Encryption, Place, SealError
from bot.storage.keys import FILE_NAME, KeyFileError
from bot.storage.migrations import HEAD
from bot.storage.sealed_columns import holds_sealed_values, open_samples

KEY_CHECK: Final = "key_check"
_ROW: Final = 1
_PLACE: Final = Place(KEY_CHECK, str(_ROW), "value")
_WORD: Final = "guichet"
_TABLE: Final = Base.metadata.tables[KEY_CHECK]


def refuse_missing_keys(engine: Engine, folder: Path) -> None:
    """Lets new keys be made only for a database that holds nothing sealed.

    Raises:
        KeyFileError: the key file is missing beside a database that was sealed with it.
        DatabaseError: the database does not answer, or is of another version.
    """
    keys = folder / FILE_NAME
    if keys.exists():
        return
    version = read_version(engine)
    check_version(version)
    if version is None:
        return
    with explained(engine), snapshot(engine) as connection:
        if version == HEAD and not holds_sealed_values(connection):
            return
    if keys.exists():
        return  # another process that starts at the same time has made both
    raise KeyFileError(
        f"La base existe, mais ses clés manquent dans {folder.resolve()} : remettez-y la copie de "
        f"{FILE_NAME} (celle de « guichet keys export »). Pour repartir de zéro, déplacez aussi la "
        "base."
    )


def check_keys(engine: Engine, encryption: Encryption) -> None:
    """Opens the check value, or adds it to a database that has none and whose values open.

    Called once at the start, after the tables were brought up to date.

    Raises:
        KeyFileError: these are not the keys of this database.
    """
    with explained(engine), snapshot(engine) as connection:
        if is_checked(connection, encryption):
            return
        is_new = not holds_sealed_values(connection)
    sealed = encryption.seal(encryption.fingerprint(KEY_CHECK, _WORD), _PLACE)
    values = [{"id": _ROW, "value_sealed": sealed}]
    if is_new:
        values.append({"id": HEAD_ROW, "value_sealed": encryption.seal(f"{NO_ENTRY}", HEAD_PLACE)})
    try:
        with engine.begin() as connection:
            connection.execute(insert(_TABLE), values)
    except IntegrityError:
        pass  # another process that starts at the same time has added it
    with explained(engine), snapshot(engine) as connection:
        is_checked(connection, encryption)


def is_checked(connection: Connection, encryption: Encryption) -> bool:
    """Whether the database has a check value, and it opens; False where it has none yet.

    Raises:
        KeyFileError: these are not the keys of this database.
    """
    sealed = connection.scalar(select(_TABLE.c.value_sealed).where(_TABLE.c.id == _ROW))
    if sealed is None:
        samples = open_samples(connection, encryption).values()
        agrees = any(samples) or not samples
    else:
        try:
            agrees = encryption.open(sealed, _PLACE) == encryption.fingerprint(KEY_CHECK, _WORD)
        except SealError:
            agrees = False
    if agrees:
        return sealed is not None
    raise KeyFileError(
        f"Les clés en place ({encryption.seal_key.id}) ne sont pas celles de cette base, rien n'y "
        "est écrit : remettez les clés de cette base (« guichet keys export » les avait copiées), "
        "ou vérifiez DATA_DIR et DATABASE_URL."
    )
