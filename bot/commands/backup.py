"""`guichet backup` and `guichet restore`: the whole desk into one sealed file, and back."""

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from bot.clock import utc_now
from bot.commands.common import load_settings, load_store
from bot.storage.backup import (
    MARK,
    BackupError,
    Contents,
    check_empty,
    restore_backup,
    verify_backup,
    write_backup,
)
from bot.storage.database import open_database
from bot.storage.encryption import Encryption
from bot.storage.keys import FILE_NAME, KeyFileError, copy_keys, load_keys
from bot.storage.store import Store

SUFFIX = ".backup"
VERIFY = "verify"

Words = Annotated[
    list[str],
    typer.Argument(metavar="[verify] FICHIER", help="Un fichier nouveau, ou un dossier."),
]
Keep = Annotated[
    int, typer.Option(min=0, help="Dans un dossier : ne garder que tant de sauvegardes (0 : tout).")
]
Keys = Annotated[
    Path | None, typer.Option(help="La copie des clés, si elles ne sont pas encore en place.")
]


def backup(words: Words, keep: Keep = 0) -> None:
    """Sauvegarde le guichet ouvert dans un fichier scellé, ou vérifie une sauvegarde (verify).

    Dans un dossier, le fichier porte le jour et l'heure. Les clés n'y sont pas, copiez-les à part :
    guichet keys export.
    """
    if words[0] == VERIFY and len(words) == 2:
        return _verify(Path(words[1]))
    if len(words) != 1:
        raise typer.BadParameter("indiquez un fichier, ou « verify » et un fichier")
    now, target = utc_now(), Path(words[0])
    if not target.is_dir():
        return _write(load_store(), target, now)
    _write(load_store(), target / f"guichet-{now:%Y%m%d-%H%M%S}{SUFFIX}", now)
    for old in sorted(target.glob(f"guichet-*{SUFFIX}"))[:-keep] if keep else ():
        old.unlink()
    return None


def restore(
    file: Annotated[Path, typer.Argument(metavar="FICHIER", help="La sauvegarde.")],
    keys: Keys = None,
) -> None:
    """Restaure une sauvegarde dans un guichet vide ; refuse s'il contient quelque chose."""
    settings = load_settings()
    held = settings.data_dir / "keys" / FILE_NAME
    engine = open_database(settings.database)
    check_empty(engine)
    if keys is not None and not held.exists():
        copy_keys(keys, held)
    if not held.exists():
        raise KeyFileError(
            f"Les clés manquent dans {held.parent} : sans elles la sauvegarde ne s'ouvre pas. "
            "Ajoutez --keys et leur copie."
        )
    with _reading(file) as content:
        contents = restore_backup(content, engine, Encryption(load_keys(held)))
    typer.echo(f"Restauré : {_words(contents)}. Vérifiez par guichet doctor, puis démarrez.")


def _verify(file: Path) -> None:
    held = load_settings().data_dir / "keys" / FILE_NAME
    with _reading(file) as content:
        contents = verify_backup(content, Encryption(load_keys(held)))
    typer.echo(f"La sauvegarde est bonne : {_words(contents)}, et toutes les valeurs s'ouvrent.")


def _write(store: Store, target: Path, now: datetime) -> None:
    """Aside first: a file of that name is a whole backup."""
    if target.exists():
        raise BackupError(f"{target} existe déjà : indiquez un autre nom, rien n'a été écrit.")
    aside = target.with_name(target.name + ".part")
    aside.unlink(missing_ok=True)
    try:
        handle = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise BackupError(
            f"{target} ne peut pas être écrit ({type(error).__name__}) : vérifiez le dossier."
        ) from None
    with os.fdopen(handle, "wb") as file:
        contents = write_backup(store.engine, store.vault, file, now)
        file.flush()
        os.fsync(file.fileno())
    aside.rename(target)
    detail = f"rows={contents.total} key={store.vault.seal_key.id}"
    with store.transaction() as db:
        db.audit_log.add("operator", "backup.made", MARK, detail, utc_now())
    typer.echo(f"Sauvegardé dans {target} : {_words(contents)}.")


def _reading(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError:
        raise BackupError(f"{file} ne peut pas être lu : vérifiez le nom et les droits.") from None


def _words(contents: Contents) -> str:
    tickets, made = contents.rows.get("ticket", 0), f"{contents.made_at:%d/%m/%Y %H:%M} UTC"
    return f"{contents.total} lignes, dont {tickets} demandes, au {made}"
