"""`guichet keys export`, `import` and `retire`: copies of the keys, and keys that have served."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from bot.clock import utc_now
from bot.commands.admin import keys as app
from bot.commands.common import fail, load_settings, load_store, local_user, say
from bot.storage.backup import BackupError
from bot.storage.database import explained, open_backup_file, open_database, read_version, snapshot
from bot.storage.encryption import Encryption
from bot.storage.key_check import is_checked
from bot.storage.key_copy import is_copy, open_copy, write_copy
from bot.storage.keys import (
    FILE_NAME,
    KeyFileError,
    Keys,
    load_keys,
    put_keys,
    read_keys,
    remove_seal_key,
)
from bot.storage.migrations import HEAD
from bot.storage.sealed_columns import count_by_key

__all__ = ["app"]

EXPORTED, IMPORTED, RETIRED = "keys.exported", "keys.imported", "keys.retired"
STDIN = "-"
BACKUPS = "*.backup"

Passphrase = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        metavar="FICHIER",
        help="Où lire la phrase secrète (sa première ligne) ; - est l'entrée standard.",
    ),
]


@app.command()
def export(
    target: Annotated[Path, typer.Argument(metavar="FICHIER", help="Où écrire la copie.")],
    passphrase_file: Passphrase = None,
) -> None:
    """Copie les clés sous une phrase secrète, à garder ailleurs que les sauvegardes."""
    store, path = load_store(), load_settings().keys_dir / FILE_NAME
    held = load_keys(path)
    if target.exists():
        fail(f"{target} existe déjà : indiquez un autre nom, rien n'a été écrit.")
    write_copy(path.read_bytes(), target, read_passphrase(passphrase_file, is_new=True))
    with store.transaction() as db:
        db.audit_log.add(local_user(), EXPORTED, held.newest.id, "", utc_now())
    say(
        f"Clés copiées dans {target}. Gardez la copie à part des sauvegardes, et la phrase secrète "
        "à part de la copie : sans l'une et l'autre, une sauvegarde ne s'ouvre plus."
    )


@app.command("import")
def import_keys(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="La copie des clés.")],
    passphrase_file: Passphrase = None,
) -> None:
    """Remet en place la copie des clés de cette base ; refuse celles d'une autre."""
    settings = load_settings()
    path = settings.keys_dir / FILE_NAME
    if path.exists():
        fail(f"Des clés sont déjà en place ({path}) : rien n'a été changé.")
    found = read_key_copy(file, passphrase_file)
    engine = open_database(settings.database)
    has_base = read_version(engine) == HEAD
    if has_base:
        with explained(engine), snapshot(engine) as connection:
            is_checked(connection, Encryption(found))
    engine.dispose()
    put_keys(path, found)
    if has_base:
        with load_store().transaction() as db:
            db.audit_log.add(local_user(), IMPORTED, found.newest.id, "", utc_now())
    say(f"Clés remises dans {path}. Vérifiez par guichet doctor.")


@app.command()
def retire(
    key_id: Annotated[str, typer.Argument(metavar="CLÉ", help="Voyez guichet keys list.")],
    backups: Annotated[
        list[Path],
        typer.Option(
            "--backups", metavar="DOSSIER", help="Chaque dossier où des sauvegardes sont gardées."
        ),
    ],
) -> None:
    """Retire pour toujours une ancienne clé, que ni la base ni les sauvegardes ne nomment plus."""
    store, folder = load_store(), load_settings().keys_dir
    with snapshot(store.engine) as connection:
        rows = count_by_key(connection)[key_id]
    if key_id == load_keys(folder / FILE_NAME).newest.id:
        fail(
            f"La clé {key_id} est en usage : faites-en d'abord une autre (guichet keys rotate). "
            "Rien n'a été changé."
        )
    if rows:
        fail(
            f"{rows} valeurs de la base sont scellées par la clé {key_id} : faites d'abord guichet "
            "keys rotate. Rien n'a été changé."
        )
    for place in backups:
        if not place.is_dir():
            fail(f"{place} n'est pas un dossier : indiquez celui des sauvegardes.")
        for file in sorted(place.glob(BACKUPS)):
            if _names(file, key_id):
                fail(
                    f"La sauvegarde {file} ne s'ouvre qu'avec la clé {key_id} : gardez la clé tant "
                    "que vous la gardez. Rien n'a été changé."
                )
    remove_seal_key(folder, key_id)
    with store.transaction() as db:
        db.audit_log.add(local_user(), RETIRED, key_id, "", utc_now())
    say(
        f"La clé {key_id} est retirée du fichier. Faites une nouvelle copie (guichet keys export), "
        "et détruisez les anciennes : elles la contiennent encore."
    )


def read_key_copy(file: Path, passphrase_file: Path | None) -> Keys:
    """The keys in a copy, whether it is under a passphrase or a plain key file."""
    if not is_copy(file):
        return load_keys(file)
    return read_keys(open_copy(file, read_passphrase(passphrase_file, is_new=False)), file)


def read_passphrase(file: Path | None, *, is_new: bool) -> str:
    """The passphrase, from a file or asked for without echo; a new one is asked for twice."""
    if file is not None:
        try:
            given = sys.stdin.readline() if str(file) == STDIN else file.read_text("utf-8-sig")
        except (OSError, ValueError):
            raise KeyFileError(f"{file} ne peut pas être lu : vérifiez le nom.") from None
        return given.partition("\n")[0].rstrip("\r")
    if not sys.stdin.isatty():
        fail("Donnez la phrase secrète par --passphrase-file FICHIER, ou - pour l'entrée standard.")
    asked: str = typer.prompt("Phrase secrète", hide_input=True)
    if is_new and typer.prompt("La même encore une fois", hide_input=True) != asked:
        fail("Les deux phrases diffèrent : recommencez, rien n'a été écrit.")
    return asked


def _names(file: Path, key_id: str) -> bool:
    """Whether a value in a backup is sealed by this key."""
    engine = open_backup_file(file, read_only=True)
    try:
        with engine.connect() as connection:
            return count_by_key(connection)[key_id] > 0
    except SQLAlchemyError:
        raise BackupError(
            f"La sauvegarde {file} ne peut pas être lue : vérifiez-la (guichet backup verify) ou "
            "écartez-la. Rien n'a été changé."
        ) from None
    finally:
        engine.dispose()
