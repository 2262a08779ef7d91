"""`guichet keys`: the desk's secret keys, how much they were used, new ones, and their copy."""

import json
from pathlib import Path
from typing import Annotated

import typer

from bot.clock import utc_now
from bot.commands.common import load_settings, load_store
from bot.storage.key_rotation import RotationResult, rotate
from bot.storage.keys import FILE_NAME, Key, KeyFileError, Keys, add_seal_key, copy_keys, load_keys
from bot.storage.store import Store

app = typer.Typer(help="Les clés qui scellent les données.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Une ligne JSON par clé.")]
File = Annotated[Path, typer.Argument(metavar="FICHIER", help="Où écrire la copie.")]

WHO, ROTATED = "operator", "keys.rotated"
KINDS = {"seal": "sceau", "fingerprint": "empreinte"}


@app.command("list")
def list_keys(as_json: Json = False) -> None:
    """Les clés, sans leurs secrets : âge, usage, et ce qui est encore scellé par chacune."""
    store = load_store()
    keyring = load_keys(_file())
    with store.transaction() as db:
        seals, rows = db.key_use.seals(), db.sealed_columns.rows_by_key()
    for kind, keys in (("seal", keyring.seals), ("fingerprint", keyring.fingerprints)):
        for key in keys:
            line = _line(kind, key, is_used=key == keys[-1], rows=rows[key.id])
            if kind == "seal":
                line["seals"] = seals.get(key.id, 0)
            typer.echo(json.dumps(line) if as_json else _words(line))


@app.command("rotate")
def rotate_keys() -> None:
    """Fait de nouvelles clés et rescelle tout, guichet ouvert ou fermé ; se reprend si on l'arrête.

    Les anciennes clés restent dans le fichier : elles ouvrent les sauvegardes de leur temps.
    """
    store = load_store()
    if _is_begun(store, load_keys(_file())):
        typer.echo("Une rotation était commencée : elle reprend, avec les clés déjà faites.")
    else:
        new = add_seal_key(_file().parent).newest
        typer.echo(f"Nouvelles clés faites ({new}). Copiez-les ailleurs : guichet keys export.")
    done = rotate(store)
    with store.transaction() as db:
        new = load_keys(_file()).newest
        db.audit_log.add(WHO, ROTATED, new, f"rows={done.resealed}", utc_now())
    _tell(done)


def _is_begun(store: Store, keyring: Keys) -> bool:
    """Whether the newest keys were made by a rotation that did not come to its end."""
    with store.transaction() as db:
        done = {entry.what for entry in db.audit_log.entries(keyring.newest)}
    return len(keyring.seals) > 1 and ROTATED not in done


@app.command()
def export(target: File) -> None:
    """Copie les clés dans un fichier, à garder ailleurs que les sauvegardes."""
    load_store()
    copy_keys(_file(), target)
    typer.echo(
        f"Clés copiées dans {target}. Gardez-les à part des sauvegardes : qui a les deux lit tout, "
        "et sans les clés une sauvegarde ne s'ouvre plus."
    )


def _file() -> Path:
    return load_settings().data_dir / "keys" / FILE_NAME


def _tell(done: RotationResult) -> None:
    typer.echo(f"{done.resealed} lignes rescellées.")
    if done.unreadable:
        raise KeyFileError(
            f"{done.unreadable} lignes ne s'ouvrent avec aucune clé et sont restées telles quelles "
            ": elles ont été abîmées ou scellées ailleurs. Cherchez-les dans une sauvegarde."
        )


def _line(kind: str, key: Key, *, is_used: bool, rows: int) -> dict[str, str | int | bool | None]:
    made = key.made_at.isoformat() if key.made_at else None
    return {"kind": kind, "id": key.id, "made_at": made, "in_use": is_used, "rows": rows}


def _words(line: dict[str, str | int | bool | None]) -> str:
    made = str(line["made_at"] or "")[:10] or "date inconnue"
    use = "en usage" if line["in_use"] else "lecture seule"
    words = f"{line['id']}  {KINDS[str(line['kind'])]:<9}  {made}  {use}  {line['rows']} valeurs"
    return f"{words}, {line['seals']} scellements" if "seals" in line else words
