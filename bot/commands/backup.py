"""`guichet backup`, `guichet restore` and `guichet migrate`: the whole desk copied elsewhere."""

import os
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import Annotated

import typer

from bot.clock import utc_now
from bot.commands.common import load_settings, load_store, local_user, say
from bot.commands.keys import Passphrase, read_key_copy
from bot.commands.person import replay_erasures
from bot.storage.backup import (
    BackupContents,
    BackupError,
    read_backup,
    restore_backup,
    verify_backup,
    write_backup,
)
from bot.storage.database import check_version, open_database, read_version
from bot.storage.database_faults import DatabaseFault, fault_of
from bot.storage.desk_copy import (
    CopyError,
    CopyProgress,
    check_empty,
    holders_at_work,
    migrate_desk,
)
from bot.storage.encryption import Encryption
from bot.storage.erasures import FILE_NAME as ERASURES
from bot.storage.erasures import read_list
from bot.storage.key_check import check_keys
from bot.storage.keys import FILE_NAME, KeyFileError, load_keys, put_keys
from bot.storage.leases import is_gone
from bot.storage.statistics import BACKUP
from bot.storage.store import Store

SUFFIX = ".backup"
VERIFY = "verify"
SCHEME, SQLITE = "://", "sqlite:///"
STEP = 10_000  # rows between two lines that say how far a table is


def backup(
    words: Annotated[
        list[str],
        typer.Argument(metavar="[verify] FICHIER", help="Un fichier nouveau, ou un dossier."),
    ],
    keep: Annotated[
        int,
        typer.Option(min=0, help="Dans un dossier : ne garder que tant de sauvegardes (0 : tout)."),
    ] = 0,
) -> None:
    """Sauvegarde le guichet ouvert dans un fichier, ou vérifie une sauvegarde (verify).

    Dans un dossier (fait au besoin avec --keep), le fichier porte le jour et l'heure. Les données
    personnelles y restent scellées ; les clés n'y sont pas, copiez-les à part : guichet keys
    export.
    """
    if words[0] == VERIFY and len(words) == 2:
        _verify(Path(words[1]))
        return
    if len(words) != 1:
        raise typer.BadParameter("indiquez un fichier, ou « verify » et un fichier")
    now, target = utc_now(), Path(words[0])
    if not keep and not target.is_dir():
        _write(load_store(), target, now)
        return
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BackupError(
            f"{target} doit être un dossier et ne peut pas l'être ({type(error).__name__}) : "
            "indiquez-en un autre."
        ) from None
    name = f"guichet-{now:%Y%m%d-%H%M%S}"
    names = chain([name], (f"{name}-{number}" for number in count(2)))  # two in one second
    free = next(one for one in names if not (target / f"{one}{SUFFIX}").exists())
    _write(load_store(), target / f"{free}{SUFFIX}", now)
    for old in sorted(target.glob(f"guichet-*{SUFFIX}"))[:-keep] if keep else ():
        old.unlink()


def restore(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="La sauvegarde.")],
    keys: Annotated[
        Path | None, typer.Option(help="La copie des clés, si elles ne sont pas encore en place.")
    ] = None,
    erasures: Annotated[
        Path | None, typer.Option(help="La liste d'effacements, si elle n'est pas dans DATA_DIR.")
    ] = None,
    passphrase_file: Passphrase = None,
) -> None:
    """Restaure une sauvegarde dans un guichet vide ; refuse s'il contient quelque chose.

    Les personnes effacées depuis cette sauvegarde le sont de nouveau, par la liste d'effacements.
    """
    settings = load_settings()
    held = settings.keys_dir / FILE_NAME
    if not held.exists() and keys is None:
        raise KeyFileError(
            f"Les clés manquent dans {held.parent} : sans elles la sauvegarde ne s'ouvre pas. "
            "Ajoutez --keys et leur copie."
        )
    copied = None if held.exists() or keys is None else read_key_copy(keys, passphrase_file)
    encryption = Encryption(copied or load_keys(held))
    _check_readable(file)
    read_backup(file, encryption)  # keys that do not open it are not put in place
    erased = erasures or settings.data_dir / ERASURES
    if erased.exists():
        read_list(erased, encryption)  # one that cannot be believed stops the restore
    engine = open_database(settings.database)
    check_empty(engine)
    if copied is not None:
        put_keys(held, copied)
    contents = restore_backup(file, engine, encryption)
    check_keys(engine, encryption)
    store = Store(engine, encryption)
    with store.transaction() as db:
        detail = f"rows={contents.rows} made_at={contents.made_at:%Y-%m-%dT%H:%M}"
        db.audit_log.add(local_user(), "backup.restored", "desk", detail, utc_now())
    say(f"Restauré : {_contents(contents)}.")
    say(replay_erasures(store, erased))
    store.close()
    say("Vérifiez par guichet doctor, puis démarrez.")


def migrate(
    source: Annotated[
        str, typer.Argument(metavar="DÉPART", help="Un fichier SQLite ou une adresse.")
    ],
    target: Annotated[str, typer.Argument(metavar="ARRIVÉE", help="Une base vide, de même.")],
) -> None:
    """Copie un guichet arrêté d'une base à une autre, SQLite ou PostgreSQL : tout ou rien.

    Les clés restent les mêmes : gardez-les. L'ancienne base n'est pas touchée.
    """
    old, new = _address(source), _address(target)
    if old == new:
        raise CopyError("Le départ et l'arrivée sont la même base : indiquez-en deux.")
    leaving, arriving = open_database(old), open_database(new)
    version = read_version(leaving)
    if version is None:
        raise CopyError(
            f"Il n'y a pas de base de guichet à {old.removeprefix(SQLITE)} : vérifiez le chemin de "
            "départ."
        )
    check_version(version)
    if not all(is_gone(holder) for holder in holders_at_work(leaving, utc_now())):
        raise CopyError(
            "Un guichet travaille encore sur la base de départ : arrêtez-le, attendez deux "
            "minutes, puis relancez la même commande."
        )
    try:
        copied = migrate_desk(leaving, arriving, _tell)
    except KeyboardInterrupt:
        say("Interrompu : rien n'a été gardé à l'arrivée. Relancez la même commande.")
        raise typer.Exit(130) from None
    finally:
        leaving.dispose()
        arriving.dispose()
    rows = sum(table.rows for table in copied.values())
    say(
        f"Terminé : {rows} lignes, comptes et empreintes égaux.\n"
        "Écrivez la nouvelle adresse dans DATABASE_URL, gardez les mêmes clés, puis relancez le "
        "guichet. Gardez l'ancienne base jusqu'à ce que tout aille bien."
    )


def _verify(file: Path) -> None:
    _check_readable(file)
    encryption = Encryption(load_keys(load_settings().keys_dir / FILE_NAME))
    contents = verify_backup(file, encryption)
    say(f"La sauvegarde est bonne : {_contents(contents)}, et toutes les valeurs s'ouvrent.")


def _write(store: Store, target: Path, now: datetime) -> None:
    """Writes beside the name first: a file of that name is a whole backup."""
    if target.exists():
        raise BackupError(f"{target} existe déjà : indiquez un autre nom, rien n'a été écrit.")
    aside = target.with_name(target.name + ".part")
    try:
        aside.unlink(missing_ok=True)
        os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise BackupError(
            f"{target} ne peut pas être écrit, rien n'a été sauvegardé : {_cause(error)}."
        ) from None
    try:
        contents = write_backup(store.engine, store.encryption, aside, now)
        read_backup(aside, store.encryption)  # what cannot be restored does not get its name
        aside.rename(target)
    finally:
        aside.unlink(missing_ok=True)
    detail = f"rows={contents.rows} key={store.encryption.seal_key.id}"
    with store.transaction() as db:
        db.audit_log.add(local_user(), "backup.made", BACKUP, detail, utc_now())
    say(f"Sauvegardé dans {target} : {_contents(contents)}.")


def _cause(error: OSError) -> str:
    if fault_of(error) is DatabaseFault.FULL:
        return "son disque n'a plus de place, ou plus de fichiers (df -h, df -i)"
    known = {
        FileNotFoundError: "son dossier n'existe pas, créez-le",
        NotADirectoryError: "son dossier est un fichier, indiquez-en un autre",
        PermissionError: "ce compte n'a pas le droit d'écrire dans son dossier",
    }
    return known.get(type(error), f"vérifiez son dossier ({type(error).__name__})")


def _check_readable(file: Path) -> None:
    try:
        file.open("rb").close()
    except OSError:
        raise BackupError(f"{file} ne peut pas être lu : vérifiez le nom et les droits.") from None


def _contents(contents: BackupContents) -> str:
    tickets, made = contents.tables["ticket"].rows, f"{contents.made_at:%d/%m/%Y %H:%M} UTC"
    return f"{contents.rows} lignes, dont {tickets} demandes, au {made}"


def _address(given: str) -> str:
    """A path is a SQLite file."""
    return given if SCHEME in given else f"{SQLITE}{Path(given).resolve()}"


def _tell(done: CopyProgress) -> None:
    """Prints a line at the end of each table, and now and then within a long one."""
    if done.rows == done.total or done.rows % STEP == 0:
        say(f"{done.table} : {done.rows} / {done.total}")
