"""What `guichet doctor` finds in the register: database, keys, audit log, deliveries, reminders.

Everything is read in snapshots: the doctor writes nothing, makes nothing and holds up nobody.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import Engine, text

from bot.connectors.factory import remedy_of
from bot.domain.dates import day_in_paris
from bot.domain.errors import StartError
from bot.monitoring.health import STUCK, overlooked_reminders
from bot.settings import Settings
from bot.storage.audit_log import PARTLY_KEPT, AuditEntry
from bot.storage.database import check_version, explained, open_database, read_version, snapshot
from bot.storage.encryption import Encryption, SealError
from bot.storage.key_check import is_checked, refuse_missing_keys
from bot.storage.keys import FILE_NAME, ROTATE_AFTER, load_keys
from bot.storage.migrations import HEAD
from bot.storage.sealed_columns import count_by_key, open_samples
from bot.storage.statistics import Condition
from bot.storage.store import Store

BACKUP_AGE: Final = timedelta(days=2)
LATELY: Final = timedelta(days=30)
PARTS: Final = {
    "title": "le titre",
    "category": "la catégorie",
    "requester_email": "l'adresse du demandeur",
    "status": "l'état",
}
"""What another system may drop, in French."""


class FindingLevel(StrEnum):
    """How a part is found."""

    GOOD = "good"
    ADVICE = "advice"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found, in one French sentence."""

    level: FindingLevel
    words: str


def check_register(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Database and keys first; what is in the register only where both are well."""
    engine = open_database(settings.database)
    try:
        encryption = yield from _check_opening(engine, settings)
        if encryption is None:
            return
        yield from _check_sealed_values(engine, encryption)
        yield from _check_content(Store(engine, encryption), settings, now)
    except StartError as error:
        yield Finding(FindingLevel.WRONG, str(error))
    finally:
        engine.dispose()


def _check_opening(
    engine: Engine, settings: Settings
) -> Generator[Finding, None, Encryption | None]:
    """Whether database and keys are there, whole, and belong together; the keys where they do."""
    version = read_version(engine)
    check_version(version)
    refuse_missing_keys(engine, settings.keys_dir)
    if version is None:
        words = (
            "Il n'y a pas encore de base : le premier démarrage la fait, avec ses clés (guichet "
            "chat ou guichet telegram)."
        )
        yield Finding(FindingLevel.ADVICE, words)
        return None
    if version != HEAD:
        words = (
            f"La base est à la version {version}, ce guichet à la {HEAD} : le prochain démarrage "
            "la met à jour. Sauvegardez d'abord (guichet backup)."
        )
        yield Finding(FindingLevel.ADVICE, words)
        return None
    integrity = _check_integrity(engine)
    yield from integrity
    if any(finding.level is FindingLevel.WRONG for finding in integrity):
        return None  # whatever is read of a damaged file may fail or lie
    encryption = Encryption(load_keys(settings.keys_dir / FILE_NAME))
    with explained(engine), snapshot(engine) as connection:
        is_checked(connection, encryption)
    yield Finding(FindingLevel.GOOD, f"Base et clés ouvertes dans {settings.data_dir.resolve()}.")
    return encryption


def _check_integrity(engine: Engine) -> tuple[Finding, ...]:
    if engine.dialect.name != "sqlite":
        return ()
    with explained(engine), snapshot(engine) as connection:
        said = connection.scalar(text("PRAGMA quick_check(1)"))
    if said != "ok":
        words = "Le fichier de la base est abîmé : arrêtez le guichet, restaurez une sauvegarde."
        return (Finding(FindingLevel.WRONG, words),)
    return (Finding(FindingLevel.GOOD, f"Base SQLite intègre, version {HEAD}."),)


def _check_sealed_values(engine: Engine, encryption: Encryption) -> Iterator[Finding]:
    """One value of every sealed column is opened, and every value names a key that is held."""
    with explained(engine), snapshot(engine) as connection:
        samples = open_samples(connection, encryption)
        shut = [column for column, opens in samples.items() if not opens]
        values = count_by_key(connection)
    if shut:
        words = (
            f"Des valeurs ne s'ouvrent pas ({', '.join(shut)}) : leurs clés manquent, ou elles ont "
            "été changées dans la base. Restaurez une sauvegarde d'avant (guichet restore)."
        )
        yield Finding(FindingLevel.WRONG, words)
    unknown = {key_id: values[key_id] for key_id in values if key_id not in encryption.key_ids}
    for key_id, number in sorted(unknown.items()):
        words = (
            f"{number} valeurs sont scellées par la clé {key_id}, qui n'est pas dans {FILE_NAME} : "
            "vérifiez vos copies de clés (guichet keys export), sans elle ces valeurs sont perdues."
        )
        yield Finding(FindingLevel.WRONG, words)


def _check_content(store: Store, settings: Settings, now: datetime) -> Iterator[Finding]:
    with explained(store.engine), store.read() as db:
        broken = db.audit_log.verify()
        found = db.condition.read(now)
        partly = db.audit_log.entries(what=PARTLY_KEPT, since=now - LATELY)
    if broken is not None:
        words = (
            f"Le journal d'audit est rompu à la ligne {broken} : quelqu'un a écrit dans la base. "
            "Gardez-en une copie, puis restaurez une sauvegarde d'avant (guichet restore)."
        )
        yield Finding(FindingLevel.WRONG, words)
    yield from _check_counts(found)
    yield from _check_waiting(found, now)
    yield from _check_backup(found, now)
    yield from _check_key_age(store.encryption, now)
    yield from _check_reminders(store, settings, found, now)
    yield from _check_partly_kept(partly)


def _check_counts(found: Condition) -> Iterator[Finding]:
    if found.kept_aside:
        words = (
            f"{found.kept_aside} messages en erreur mis de côté : guichet failed list les montre."
        )
        yield Finding(FindingLevel.ADVICE, words)
    if found.buried:
        words = (
            f"{found.buried} envois sont abandonnés : guichet outbox list --state buried les "
            "montre, guichet outbox retry leur redonne une chance."
        )
        yield Finding(FindingLevel.ADVICE, words)
    if found.unreachable_administrators:
        words = (
            f"{found.unreachable_administrators} administrateurs ne sont plus joignables dans la "
            "conversation : guichet reminders --why-not dit lesquels de leurs rappels attendent."
        )
        yield Finding(FindingLevel.ADVICE, words)


def _check_waiting(found: Condition, now: datetime) -> Iterator[Finding]:
    """What could have left long ago: nobody sends, or nobody takes it."""
    if found.oldest is not None and now - found.oldest >= STUCK:
        words = (
            f"{found.waiting} envois attendent, le plus ancien depuis le "
            f"{found.oldest:%d/%m/%Y %H:%M} UTC : vérifiez que guichet telegram ou guichet bridge "
            "tourne, puis guichet outbox list."
        )
        yield Finding(FindingLevel.WRONG, words)


def _check_backup(found: Condition, now: datetime) -> Iterator[Finding]:
    if found.last_backup is None:
        words = "Aucune sauvegarde connue : guichet backup FICHIER, et guichet keys export."
        yield Finding(FindingLevel.ADVICE, words)
        return
    age = now - found.last_backup
    if age > BACKUP_AGE:
        words = f"La dernière sauvegarde a {age.days} jours : guichet backup (voyez deploy/)."
        yield Finding(FindingLevel.ADVICE, words)
    else:
        words = f"Dernière sauvegarde le {found.last_backup:%d/%m/%Y %H:%M} UTC."
        yield Finding(FindingLevel.GOOD, words)


def _check_key_age(encryption: Encryption, now: datetime) -> Iterator[Finding]:
    made = encryption.seal_key.made_at
    age = now - made if made else timedelta(0)
    words = f"La clé en usage a {age.days} jours"
    if age >= ROTATE_AFTER:
        words = f"{words} : guichet keys rotate, puis guichet keys export."
        yield Finding(FindingLevel.ADVICE, words)
    else:
        yield Finding(FindingLevel.GOOD, f"{words}.")


def _check_reminders(
    store: Store, settings: Settings, found: Condition, now: datetime
) -> Iterator[Finding]:
    try:
        with store.read() as db:
            missed = overlooked_reminders(db, settings, now)
    except SealError:
        return  # said above
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


def _check_partly_kept(entries: tuple[AuditEntry, ...]) -> Iterator[Finding]:
    """A category that is gone over there, a right that is missing: somebody can put it in order."""
    if not entries:
        return
    system = entries[0].who.removeprefix("connector:")
    parts = sorted({part for one in entries for part in one.detail.split(", ")})
    missing = ", ".join(PARTS.get(part, part) for part in parts)
    words = (
        f"{len(entries)} envois incomplets ces {LATELY.days} derniers jours, dont "
        f"{entries[0].subject} : {system} n'a pas gardé {missing}. "
        f"{remedy_of(system)}"
    )
    yield Finding(FindingLevel.ADVICE, words)
