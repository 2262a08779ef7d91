"""What `guichet doctor` finds in the database: its keys, audit log, deliveries, reminders.

Everything is read in snapshots: the doctor writes nothing, makes nothing and holds up nobody.
"""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from sqlalchemy import Engine, text

from bot.connectors.email import EMAIL
from bot.connectors.factory import remedy_of
from bot.domain.dates import day_in_paris
from bot.domain.errors import StartError
from bot.domain.people import Colleague
from bot.domain.rights import SOON
from bot.monitoring.health import BACKUP_AGE, STUCK, overlooked_reminders
from bot.services.inbound_emails import EmailOutcome
from bot.settings import Settings
from bot.storage.audit_log import PARTLY_KEPT, AuditEntry
from bot.storage.base import Base
from bot.storage.database import check_version, explained, open_database, read_version, snapshot
from bot.storage.encryption import Encryption, SealError
from bot.storage.key_check import is_checked, refuse_missing_keys
from bot.storage.keys import FILE_NAME, ROTATE_AFTER, load_keys
from bot.storage.migrations import HEAD
from bot.storage.row_mac import ChangedRowError, changed_rows
from bot.storage.sealed_columns import count_by_key, open_samples
from bot.storage.statistics import Condition
from bot.storage.store import Store

LATELY: Final = timedelta(days=30)
PARTS: Final = {
    "title": "le titre",
    "category": "la catégorie",
    "requester_email": "l'adresse du demandeur",
    "status": "l'état",
}
"""What another system may drop, in French."""


class FindingLevel(StrEnum):
    """How a part is found, in the operator's words."""

    GOOD = "bien"
    ADVICE = "conseil"
    WRONG = "à corriger"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found, in one French sentence."""

    level: FindingLevel
    words: str


good = partial(Finding, FindingLevel.GOOD)
advice = partial(Finding, FindingLevel.ADVICE)
wrong = partial(Finding, FindingLevel.WRONG)


def check_register(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Database and keys first; what the database holds only where both are well."""
    engine = open_database(settings.database)
    try:
        encryption = yield from _check_opening(engine, settings)
        if encryption is None:
            return
        yield from _check_sealed_values(engine, encryption)
        yield from _check_rows(engine, encryption)
        store = Store(engine, encryption)
        with explained(engine), store.read() as db:
            broken = db.audit_log.verify()
            found = db.condition.read(now)
            partly = db.audit_log.entries(what=PARTLY_KEPT, since=now - LATELY)
            asked = db.rights_requests.due_dates()
            moves = db.ticket_links.group_moves()
            emails = db.report.counted_by_subject(EMAIL, now - LATELY, now)
        if broken is not None:
            yield wrong(
                f"Le journal d'audit est rompu à la ligne {broken} : quelqu'un a écrit dans la "
                "base. Gardez-en une copie, puis restaurez une sauvegarde d'avant (guichet "
                "restore)."
            )
        yield from _check_outbox(found, now)
        yield from _check_backup_and_key(found, encryption, now)
        yield from _check_reminders(store, settings, found, now)
        yield from _check_partly_kept(partly)
        if emails:
            taken = sum(count for one, count in emails.items() if EmailOutcome(one).is_taken)
            yield good(
                f"Courriels reçus ces {LATELY.days} derniers jours : {taken} pris, "
                f"{sum(emails.values()) - taken} laissés de côté."
            )
        yield from check_rights_requests(asked, day_in_paris(now))
        for before in moves.keys() & set(settings.staff_chats):
            yield advice(
                f"Le groupe de conseillers {before} est devenu {moves[before]} chez Telegram ; il "
                "est suivi. Remplacez ce numéro dans .env (STAFF_CHAT_ID ou STAFF_QUEUES)."
            )
    except StartError as error:
        yield wrong(str(error))
    finally:
        engine.dispose()


def read_staff(settings: Settings) -> tuple[Colleague, ...]:
    """The people of the desk; nobody where the database does not open, which is said elsewhere."""
    engine = open_database(settings.database)
    try:
        if read_version(engine) != HEAD:
            return ()
        store = Store(engine, Encryption(load_keys(settings.keys_dir / FILE_NAME)))
        with explained(engine), store.read() as db:
            return db.staff.all()
    except StartError:
        return ()
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
        yield advice(
            "Il n'y a pas encore de base : le premier démarrage la fait, avec ses clés (guichet "
            "chat ou guichet telegram)."
        )
        return None
    if version != HEAD:
        yield advice(
            f"La base est à la version {version}, ce guichet à la {HEAD} : le prochain démarrage "
            "la met à jour. Sauvegardez d'abord (guichet backup)."
        )
        return None
    if engine.dialect.name == "sqlite":
        with explained(engine), snapshot(engine) as connection:
            is_whole = connection.scalar(text("PRAGMA quick_check(1)")) == "ok"
        if not is_whole:  # whatever is read of a damaged file may fail or lie
            yield wrong(
                "Le fichier de la base est abîmé : arrêtez le guichet, restaurez une sauvegarde."
            )
            return None
        yield good(f"Base SQLite intègre, version {HEAD}.")
    encryption = Encryption(load_keys(settings.keys_dir / FILE_NAME))
    with explained(engine), snapshot(engine) as connection:
        is_checked(connection, encryption)
    yield good(f"Base et clés ouvertes dans {settings.data_dir.resolve()}.")
    return encryption


def _check_sealed_values(engine: Engine, encryption: Encryption) -> Iterator[Finding]:
    """One value of every sealed column is opened, and every value names a key that is held."""
    with explained(engine), snapshot(engine) as connection:
        samples = open_samples(connection, encryption)
        shut = [column for column, opens in samples.items() if not opens]
        values = count_by_key(connection)
    if shut:
        yield wrong(
            f"Des valeurs ne s'ouvrent pas ({', '.join(shut)}) : leurs clés manquent, ou elles ont "
            "été changées dans la base. Restaurez une sauvegarde d'avant (guichet restore)."
        )
    for key_id in sorted(key_id for key_id in values if key_id not in encryption.key_ids):
        yield wrong(
            f"{values[key_id]} valeurs sont scellées par la clé {key_id}, qui n'est pas dans "
            f"{FILE_NAME} : vérifiez vos copies de clés (guichet keys export), sans elle ces "
            "valeurs sont perdues."
        )


def _check_rows(engine: Engine, encryption: Encryption) -> Iterator[Finding]:
    """Every row that says who somebody is, or whose something is, is as the desk wrote it."""
    with explained(engine), snapshot(engine) as connection:
        names = sorted({*changed_rows(connection, encryption, Base.metadata.tables)})
    if names:
        yield wrong(
            f"Changé hors du guichet, qui ne s'en sert plus : {' ; '.join(names)}. Quelqu'un a "
            "écrit dans la base : gardez-en une copie, voyez qui y a accès, puis remettez ces "
            "lignes comme elles étaient ou restaurez une sauvegarde d'avant (guichet restore)."
        )


def _check_outbox(found: Condition, now: datetime) -> Iterator[Finding]:
    """What failed, was given up, cannot be sent, or could have left long ago."""
    if found.kept_aside:
        yield advice(
            f"{found.kept_aside} messages en erreur mis de côté : guichet failed list les montre."
        )
    if found.buried:
        yield advice(
            f"{found.buried} envois sont abandonnés : guichet outbox list --state buried les "
            "montre, guichet outbox retry leur redonne une chance."
        )
    if found.unreachable_administrators:
        yield advice(
            f"{found.unreachable_administrators} administrateurs ne sont plus joignables dans la "
            "conversation : guichet reminders --why-not dit lesquels de leurs rappels attendent."
        )
    if found.oldest is not None and now - found.oldest >= STUCK:
        yield wrong(
            f"{found.waiting} envois attendent, le plus ancien depuis le "
            f"{found.oldest:%d/%m/%Y %H:%M} UTC : vérifiez que guichet telegram ou guichet bridge "
            "tourne, puis guichet outbox list."
        )


def _check_backup_and_key(
    found: Condition, encryption: Encryption, now: datetime
) -> Iterator[Finding]:
    last, made = found.last_backup, encryption.seal_key.made_at
    if last is None:
        yield advice("Aucune sauvegarde connue : guichet backup FICHIER, et guichet keys export.")
    elif now - last > BACKUP_AGE:
        days = (now - last).days
        yield advice(f"La dernière sauvegarde a {days} jours : guichet backup (voyez deploy/).")
    else:
        yield good(f"Dernière sauvegarde le {last:%d/%m/%Y %H:%M} UTC.")
    age = now - made if made else timedelta(0)
    words = f"La clé en usage a {age.days} jours"
    if age >= ROTATE_AFTER:
        yield advice(f"{words} : guichet keys rotate, puis guichet keys export.")
    else:
        yield good(f"{words}.")


def _check_reminders(
    store: Store, settings: Settings, found: Condition, now: datetime
) -> Iterator[Finding]:
    try:
        with store.read() as db:
            missed = overlooked_reminders(db, settings, now)
    except (SealError, ChangedRowError):
        return  # said above
    last = f"{found.last_reminders:%d/%m/%Y %H:%M} UTC" if found.last_reminders else "jamais"
    if missed:
        yield wrong(
            f"{missed} rappels dus hier n'ont pas été envoyés (dernier passage : {last}) : "
            "vérifiez que guichet telegram tourne ; guichet reminders --send les envoie."
        )
    elif found.last_reminders and day_in_paris(found.last_reminders) < day_in_paris(now):
        yield good(f"Dernier passage des rappels le {last}.")


def check_rights_requests(due: Mapping[int, date], today: date) -> Iterator[Finding]:
    """Requests of persons that are late, or due within seven days (GDPR article 12.3)."""
    for number, day in due.items():
        if today > day:
            yield wrong(
                f"La demande de droits n° {number} devait recevoir une réponse le {day:%d/%m/%Y} "
                "(RGPD art. 12.3) : répondez aujourd'hui, puis guichet rights close."
            )
        elif day <= today + SOON:
            yield advice(
                f"La demande de droits n° {number} attend une réponse avant le {day:%d/%m/%Y} : "
                "guichet rights list."
            )


def _check_partly_kept(entries: tuple[AuditEntry, ...]) -> Iterator[Finding]:
    """A category that is gone over there, a right that is missing: somebody can put it in order."""
    if not entries:
        return
    system = entries[0].who.removeprefix("connector:")
    parts = sorted({part for one in entries for part in one.detail.split(", ")})
    missing = ", ".join(PARTS.get(part, part) for part in parts)
    yield advice(
        f"{len(entries)} envois incomplets ces {LATELY.days} derniers jours, dont "
        f"{entries[0].subject} : {system} n'a pas gardé {missing}. {remedy_of(system)}"
    )
