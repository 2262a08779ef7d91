"""`guichet migrate`: a whole desk from one database to another."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from bot.clock import utc_now
from bot.storage.database import migrate as bring_up_to_date
from bot.storage.database import open_database, read_version
from bot.storage.desk_copy import CopyError, CopyProgress, holders_at_work, migrate_desk
from bot.storage.leases import is_gone

From = Annotated[str, typer.Argument(metavar="DÉPART", help="Un fichier SQLite ou une adresse.")]
To = Annotated[str, typer.Argument(metavar="ARRIVÉE", help="Une base vide, de même.")]

SCHEME, SQLITE = "://", "sqlite:///"
STEP = 10_000  # rows between two lines that say how far a table is


def migrate(source: From, target: To) -> None:
    """Déménage un guichet arrêté d'une base à une autre, SQLite ou PostgreSQL ; se reprend.

    Les clés (DATA_DIR/keys) restent les mêmes : gardez-les. L'ancienne base n'est pas touchée.
    """
    old, new = _address(source), _address(target)
    if old == new:
        raise CopyError("Le départ et l'arrivée sont la même base : indiquez-en deux.")
    leaving = _open_source(old)
    arriving = open_database(new)
    bring_up_to_date(arriving)
    for engine, place in ((leaving, "de départ"), (arriving, "d'arrivée")):
        _refuse_where_at_work(engine, place)
    try:
        total = migrate_desk(leaving, arriving, _teller())
    except KeyboardInterrupt:
        typer.echo("Interrompu. Relancez la même commande : elle reprendra où elle était.")
        raise typer.Exit(130) from None
    finally:
        leaving.dispose()
        arriving.dispose()
    typer.echo(
        f"Terminé : {total.rows} lignes, comptes et empreintes égaux ({total.digest:064x}).\n"
        "Écrivez la nouvelle adresse dans DATABASE_URL, gardez les mêmes clés, puis relancez le "
        "guichet. Gardez l'ancienne base jusqu'à ce que tout aille bien."
    )


def _address(given: str) -> str:
    """A path is a SQLite file."""
    return given if SCHEME in given else f"{SQLITE}{Path(given).resolve()}"


def _open_source(address: str) -> Engine:
    path = address.removeprefix(SQLITE)
    if path != address and not Path(path).exists():
        raise CopyError(f"Il n'y a pas de base à {path} : vérifiez le chemin de départ.")
    engine = open_database(address)
    if read_version(engine) is None:
        raise CopyError("La base de départ n'est pas celle d'un guichet : elle n'a pas de tables.")
    bring_up_to_date(engine)
    return engine


def _refuse_where_at_work(engine: Engine, place: str) -> None:
    holders = [one for one in holders_at_work(engine, utc_now()) if not is_gone(one)]
    if holders:
        raise CopyError(
            f"Un guichet travaille encore sur la base {place} : arrêtez-le, attendez deux minutes, "
            "puis relancez la même commande."
        )


def _teller() -> Callable[[CopyProgress], None]:
    """One line at the end of each table, and now and then within a long one."""

    def tell(moved: CopyProgress) -> None:
        if moved.rows == moved.total or moved.rows % STEP == 0:
            typer.echo(f"{moved.table} : {moved.rows} / {moved.total}")

    return tell
