"""`guichet keys`: the desk's secret keys, what is sealed by each, new ones, and their copy."""

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.clock import utc_now
from bot.commands.common import load_settings, load_store
from bot.storage.database import snapshot
from bot.storage.keys import (
    FILE_NAME,
    Key,
    KeyFileError,
    Keys,
    add_seal_key,
    copy_keys,
    load_keys,
)
from bot.storage.sealed_columns import RotationResult, count_by_key, rotate
from bot.storage.store import Store

app = typer.Typer(help="Les clés qui scellent les données.", no_args_is_help=True)

_Json = Annotated[bool, typer.Option("--json", help="Une ligne JSON par clé.")]
_File = Annotated[Path, typer.Argument(metavar="FICHIER", help="Où écrire la copie.")]

WHO, ROTATED = "operator", "keys.rotated"
SEAL, FINGERPRINT = "seal", "fingerprint"
KINDS = {SEAL: "sceau", FINGERPRINT: "empreinte"}


@app.command("list")
def list_keys(as_json: _Json = False) -> None:
    """Les clés, sans leurs secrets : leur âge, et combien de valeurs chacune scelle encore."""
    store = load_store()
    keys = load_keys(_file())
    with snapshot(store.engine) as connection:
        sealed = count_by_key(connection)
    lines = [_line(SEAL, key, in_use=key == keys.newest) for key in keys.seals]
    for line in lines:
        line["rows"] = sealed[str(line["id"])]
    lines.append(_line(FINGERPRINT, keys.fingerprint, in_use=True))
    for line in lines:
        typer.echo(json.dumps(line) if as_json else _words(line))


@app.command("rotate")
def rotate_keys() -> None:
    """Fait une nouvelle clé et rescelle tout, guichet ouvert ou fermé ; se reprend si on l'arrête.

    Les anciennes clés restent dans le fichier : elles ouvrent les sauvegardes de leur temps. La clé
    des empreintes reste la même.
    """
    store = load_store()
    if _is_begun(store, load_keys(_file())):
        typer.echo("Une rotation était commencée : elle reprend, avec la clé déjà faite.")
    else:
        new = add_seal_key(_file().parent).newest.id
        typer.echo(f"Nouvelle clé faite ({new}). Copiez le fichier ailleurs : guichet keys export.")
    done = rotate(store.engine, store.encryption)
    with store.transaction() as db:
        new = load_keys(_file()).newest.id
        db.audit_log.add(WHO, ROTATED, new, f"rows={done.resealed}", utc_now())
    _tell(done)


def _is_begun(store: Store, keys: Keys) -> bool:
    """Whether the newest key was made by a rotation that did not come to its end."""
    with store.read() as db:
        done = {entry.what for entry in db.audit_log.entries(keys.newest.id)}
    return len(keys.seals) > 1 and ROTATED not in done


@app.command()
def export(target: _File) -> None:
    """Copie les clés dans un fichier, à garder ailleurs que les sauvegardes."""
    load_store()
    copy_keys(_file(), target)
    typer.echo(
        f"Clés copiées dans {target}. Gardez-les à part des sauvegardes : qui a les deux lit tout, "
        "et sans les clés une sauvegarde ne s'ouvre plus."
    )


def _file() -> Path:
    return load_settings().keys_dir / FILE_NAME


def _tell(done: RotationResult) -> None:
    typer.echo(f"{done.resealed} lignes rescellées.")
    if done.unreadable:
        raise KeyFileError(
            f"{done.unreadable} lignes ne s'ouvrent avec aucune clé et sont restées telles quelles "
            ": elles ont été abîmées ou scellées ailleurs. Cherchez-les dans une sauvegarde."
        )


def _line(kind: str, key: Key, *, in_use: bool) -> dict[str, str | int | bool | None]:
    made = key.made_at.isoformat() if key.made_at else None
    return {"kind": kind, "id": key.id, "made_at": made, "in_use": in_use}


def _words(line: dict[str, str | int | bool | None]) -> str:
    made = str(line["made_at"] or "")[:10] or "date inconnue"
    use = "en usage" if line["in_use"] else "lecture seule"
    words = f"{line['id']}  {KINDS[str(line['kind'])]:<9}  {made}  {use}"
    return f"{words}  {line['rows']} valeurs" if "rows" in line else words
