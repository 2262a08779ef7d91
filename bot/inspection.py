"""The inspection: the machine under the desk, and the desk's own condition, looked at once."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, text

from bot.domain.dates import day_in_paris
from bot.monitoring.desk_checks import Finding, FindingLevel
from bot.monitoring.health import STUCK, overlooked_reminders
from bot.settings import Settings
from bot.storage.audit_log import PARTLY_KEPT, AuditEntry
from bot.storage.condition import Condition
from bot.storage.database import open_database, read_version, snapshot
from bot.storage.encryption import Encryption
from bot.storage.keys import ROTATE_AFTER
from bot.storage.keyuse import ROTATE_AT
from bot.storage.migrations import HEAD
from bot.storage.store import Store

SKEW: Final = timedelta(minutes=1)
BACKUP_AGE: Final = timedelta(days=2)
LITTLE, TOO_LITTLE = 1_000_000_000, 100_000_000  # bytes
_OTHERS = 0o077
LATELY: Final = timedelta(days=30)
PARTS: Final = {
    "title": "le titre",
    "category": "la catégorie",
    "requester_email": "l'adresse du demandeur",
    "status": "l'état",
}
"""What another system may drop, in French."""


def inspect_machine(settings: Settings) -> Iterator[Finding]:
    """Files that others could read, and room on the disk."""
    for path in (settings.data_dir, settings.data_dir / "guichet.db", Path(".env")):
        if path.exists() and path.stat().st_mode & _OTHERS:
            mode = "700" if path.is_dir() else "600"
            words = f"{path} peut être lu par d'autres comptes : exécutez « chmod {mode} {path} »."
            yield Finding(FindingLevel.WRONG, words)
    if settings.data_dir.exists():
        free = shutil.disk_usage(settings.data_dir).free
        yield _room(free, settings.data_dir)


def _room(free: int, folder: Path) -> Finding:
    size = f"{free // 1_000_000} Mo libres sur le disque de {folder}"
    if free < TOO_LITTLE:
        return Finding(
            FindingLevel.WRONG, f"{size} : libérez de la place, sinon plus rien ne s'enregistre."
        )
    if free < LITTLE:
        return Finding(FindingLevel.ADVICE, f"{size} : libérez de la place bientôt.")
    return Finding(FindingLevel.GOOD, f"{size}.")


def inspect_version(settings: Settings) -> Iterator[Finding]:
    """Before anything is opened, for that would bring the tables up to date."""
    version = read_version(open_database(settings.database))
    if version is not None and version < HEAD:
        words = (
            f"La base est à la version {version}, ce guichet à la {HEAD} : elle est mise à jour "
            "maintenant. La prochaine fois, sauvegardez d'abord (guichet backup)."
        )
        yield Finding(FindingLevel.ADVICE, words)


def inspect_store(store: Store, settings: Settings, now: datetime) -> Iterator[Finding]:
    """What is in the register, without changing it."""
    integrity = _integrity(store.engine)
    yield from integrity
    if any(finding.level is FindingLevel.WRONG for finding in integrity):
        return  # whatever is read of a damaged file may fail or lie
    with store.read() as db:
        found = db.condition.read(now, store.vault.seal_key.id)
        missed = overlooked_reminders(db, settings, now)
        partly = db.audit_log.since(PARTLY_KEPT, now - LATELY)
    yield from _waiting(found, now)
    yield from _backup(found, now)
    yield from _keys(found, store.vault, now)
    yield from _reminders(found, missed, now)
    yield from _partly_kept(partly)
    if found.buried:
        words = (
            f"{found.buried} envois sont abandonnés : guichet outbox list --state buried les "
            "montre, guichet outbox retry leur redonne une chance."
        )
        yield Finding(FindingLevel.ADVICE, words)


def _integrity(engine: Engine) -> tuple[Finding, ...]:
    if engine.dialect.name != "sqlite":
        return ()
    with snapshot(engine) as connection:
        said = connection.scalar(text("PRAGMA quick_check(1)"))
    if said != "ok":
        words = "Le fichier de la base est abîmé : arrêtez le guichet, restaurez une sauvegarde."
        return (Finding(FindingLevel.WRONG, words),)
    return (Finding(FindingLevel.GOOD, f"Base SQLite intègre, version {HEAD}."),)


def _waiting(found: Condition, now: datetime) -> Iterator[Finding]:
    """What could have left long ago: nobody sends, or nobody takes it."""
    if found.oldest is not None and now - found.oldest >= STUCK:
        words = (
            f"{found.waiting} envois attendent, le plus ancien depuis le "
            f"{found.oldest:%d/%m/%Y %H:%M} UTC : vérifiez que guichet telegram ou guichet bridge "
            "tourne, puis guichet outbox list."
        )
        yield Finding(FindingLevel.WRONG, words)


def _backup(found: Condition, now: datetime) -> Iterator[Finding]:
    if found.last_backup is None:
        words = "Aucune sauvegarde connue : guichet backup FICHIER, et guichet keys export."
        yield Finding(FindingLevel.ADVICE, words)
        return
    age = now - found.last_backup
    if age > BACKUP_AGE:
        words = f"La dernière sauvegarde a {age.days} jours : guichet backup (voyez deploy/)."
        yield Finding(FindingLevel.ADVICE, words)
    else:
        yield Finding(
            FindingLevel.GOOD, f"Dernière sauvegarde le {found.last_backup:%d/%m/%Y %H:%M} UTC."
        )


def _keys(found: Condition, vault: Encryption, now: datetime) -> Iterator[Finding]:
    made = vault.seal_key.made_at
    age = now - made if made else timedelta(0)
    if found.seals >= ROTATE_AT or age >= ROTATE_AFTER:
        words = f"La clé en usage a {age.days} jours et {found.seals} scellements"
        yield Finding(
            FindingLevel.ADVICE, f"{words} : guichet keys rotate, puis guichet keys export."
        )
    else:
        yield Finding(
            FindingLevel.GOOD, f"Clé en usage : {found.seals} scellements, {age.days} jours."
        )


def _partly_kept(entries: tuple[AuditEntry, ...]) -> Iterator[Finding]:
    """A category that is gone over there, a right that is missing: somebody can put it in order."""
    if not entries:
        return
    system = entries[0].who.removeprefix("connector:")
    parts = sorted({part for one in entries for part in one.detail.split(", ")})
    missing = ", ".join(PARTS.get(part, part) for part in parts)
    words = (
        f"{len(entries)} envois incomplets ces {LATELY.days} derniers jours, dont "
        f"{entries[0].subject} : {system} n'a pas gardé {missing}. Vérifiez GLPI_CATEGORIES et "
        "les droits de l'utilisateur d'API, puis complétez ces demandes là-bas."
    )
    yield Finding(FindingLevel.ADVICE, words)


def _reminders(found: Condition, missed: int, now: datetime) -> Iterator[Finding]:
    if missed:
        last = f"{found.last_reminders:%d/%m/%Y %H:%M} UTC" if found.last_reminders else "jamais"
        words = (
            f"{missed} rappels dus hier n'ont pas été envoyés (dernier passage : {last}) : "
            "vérifiez que guichet telegram tourne ; guichet reminders --send les envoie."
        )
        yield Finding(FindingLevel.WRONG, words)
    elif found.last_reminders and day_in_paris(found.last_reminders) < day_in_paris(now):
        words = f"Dernier passage des rappels le {found.last_reminders:%d/%m/%Y %H:%M} UTC."
        yield Finding(FindingLevel.GOOD, words)


def inspect_clock(told: str | None, now: datetime) -> Iterator[Finding]:
    """Our clock beside the one of whoever answered (the `Date` of HTTP)."""
    try:
        theirs = parsedate_to_datetime(told or "")
    except ValueError:
        return
    skew = abs(now - theirs.astimezone(UTC))
    if skew > SKEW:
        words = f"L'horloge de cette machine est décalée de {int(skew.total_seconds())} s"
        yield Finding(FindingLevel.WRONG, f"{words} : réglez-la (timedatectl set-ntp true).")
