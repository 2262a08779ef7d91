"""What is wrong with a database that fails: the cause of an error, and what the operator does.

A code names the cause in `/healthz` and in the log, a French sentence says it to the operator;
neither quotes the error, whose text may hold a statement with what somebody typed.
"""

import errno
import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DataError


class DatabaseFault(StrEnum):
    """Why the database cannot be used."""

    DAMAGED = "damaged"
    FULL = "full"
    DISK = "disk"
    LOCKED = "locked"
    NO_RIGHT = "no_right"
    AWAY = "away"
    SILENT = "silent"  # it was asked, and has not answered in time
    OTHER = "other"


_BY_SQLITE: Final[Mapping[str, DatabaseFault]] = {
    "SQLITE_CORRUPT": DatabaseFault.DAMAGED,
    "SQLITE_NOTADB": DatabaseFault.DAMAGED,
    "SQLITE_FULL": DatabaseFault.FULL,
    "SQLITE_IOERR": DatabaseFault.DISK,
    "SQLITE_BUSY": DatabaseFault.LOCKED,
    "SQLITE_LOCKED": DatabaseFault.LOCKED,
    "SQLITE_READONLY": DatabaseFault.NO_RIGHT,
    "SQLITE_PERM": DatabaseFault.NO_RIGHT,
    "SQLITE_CANTOPEN": DatabaseFault.NO_RIGHT,
}
_BY_SYSTEM: Final[Mapping[int | None, DatabaseFault]] = {
    errno.ENOSPC: DatabaseFault.FULL,
    errno.EDQUOT: DatabaseFault.FULL,
    errno.EIO: DatabaseFault.DISK,
    errno.EFBIG: DatabaseFault.DISK,
    errno.EACCES: DatabaseFault.NO_RIGHT,
    errno.EPERM: DatabaseFault.NO_RIGHT,
    errno.EROFS: DatabaseFault.NO_RIGHT,
}
_BY_POSTGRESQL: Final[Mapping[str, DatabaseFault]] = {
    "53100": DatabaseFault.FULL,
    "55P03": DatabaseFault.LOCKED,
    "42501": DatabaseFault.NO_RIGHT,
    "25006": DatabaseFault.NO_RIGHT,
    "58030": DatabaseFault.DISK,
    "XX001": DatabaseFault.DAMAGED,
    "XX002": DatabaseFault.DAMAGED,
}
"""SQLSTATE codes, from appendix A of the manual of PostgreSQL."""


def fault_of(error: BaseException) -> DatabaseFault:
    """The cause of an error of the database, or of the operating system below it."""
    if isinstance(error, DataError):  # a value that the driver cannot take: it has no code either
        return DatabaseFault.OTHER
    cause = getattr(error, "orig", None) or error
    if name := getattr(cause, "sqlite_errorname", ""):
        found = (fault for start, fault in _BY_SQLITE.items() if name.startswith(start))
        return next(found, DatabaseFault.OTHER)
    if isinstance(cause, OSError):
        return _BY_SYSTEM.get(cause.errno, DatabaseFault.OTHER)
    if hasattr(cause, "sqlstate"):  # psycopg's; without a code there was no connection
        if cause.sqlstate is None or cause.sqlstate[:2] in ("08", "57"):
            return DatabaseFault.AWAY
        return _BY_POSTGRESQL.get(cause.sqlstate, DatabaseFault.OTHER)
    return DatabaseFault.OTHER


def remedy_for(  # noqa: PLR0911 -- one sentence a cause
    fault: DatabaseFault, path: Path | None, kind: str
) -> str:
    """The sentence for the operator; `path` is None on PostgreSQL, `kind` names the error."""
    where = f"La base {path}" if path else "La base"
    disk = f"Le disque de {path}" if path else "Le disque du serveur PostgreSQL"
    match fault:
        case DatabaseFault.DAMAGED if path:
            return (
                f"Le fichier de la base est abîmé ({path}) : arrêtez le guichet, mettez ce fichier "
                "de côté, puis restaurez une sauvegarde (guichet restore)."
            )
        case DatabaseFault.DAMAGED:
            return "La base PostgreSQL est abîmée : arrêtez le guichet, restaurez une sauvegarde."
        case DatabaseFault.FULL:
            return f"{disk} est plein : libérez de la place, puis vérifiez par guichet doctor."
        case DatabaseFault.DISK:
            return (
                f"{disk} refuse une lecture ou une écriture ({kind}) : vérifiez sa place, ses "
                "limites et son état (df, dmesg)."
            )
        case DatabaseFault.LOCKED:
            return (
                f"{where} est tenue par un autre programme : attendez qu'il ait fini, ou "
                f"arrêtez-le{f' (fuser {path} le nomme)' if path else ''}."
            )
        case DatabaseFault.NO_RIGHT if path and (said := _trouble_of_disk(path.parent)):
            return said
        case DatabaseFault.NO_RIGHT:
            missing = path and missing_right(path)
            words = missing or f"{where} ne peut pas être ouverte ou écrite par ce compte ({kind})"
            return f"{words} : donnez ce droit (chown, chmod), puis relancez."
        case DatabaseFault.SILENT:
            return f"{where} ne répond pas à temps : vérifiez par guichet doctor, et la machine."
        case _ if path is None:
            return (
                f"La base ne répond pas ({kind}) : vérifiez DATABASE_URL, le compte et son mot de "
                "passe, et que le serveur tourne."
            )
        case _:
            return f"{where} ne peut pas être utilisée ({kind}) : vérifiez par guichet doctor."


def _trouble_of_disk(folder: Path) -> str:
    """Why nothing is written there, whoever asks; empty where it is a matter of rights."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return ""
    if disk.f_flag & os.ST_RDONLY:
        return (
            f"Le disque de {folder} est en lecture seule, comme le devient un disque malade : "
            "voyez dmesg, remontez-le en écriture, puis relancez."
        )
    if disk.f_files and not disk.f_favail:
        return f"Le disque de {folder} n'a plus de fichiers libres (df -i) : effacez-en, relancez."
    return ""


def missing_right(path: Path) -> str:
    """What this account may not do with the file or its folder; empty when it may do all."""
    if not _may(path.parent, os.R_OK | os.W_OK | os.X_OK):
        return f"Ce compte n'a pas le droit d'écrire dans le dossier {path.parent}"
    if path.is_dir():
        return f"La base doit être un fichier, {path} est un dossier"
    if path.exists() and not _may(path, os.R_OK | os.W_OK):
        return f"Ce compte n'a pas le droit de lire et d'écrire le fichier {path}"
    return ""


def _may(path: Path, rights: int) -> bool:
    return os.access(path, rights, effective_ids=os.access in os.supports_effective_ids)
