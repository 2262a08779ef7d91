"""Moving: a whole desk from one database to another, SQLite to PostgreSQL or back.

Rows go over as they are, in the order of their keys; sealed values stay bound to the same table,
row and column, and open with the same keys. What has arrived is counted, and a move that was cut
off goes on behind it. Nothing is believed: what is there already has to agree with the beginning of
what is to come, before a row is written; at the end counts and digests have to agree. A digest is
the sum of the hashes of all rows, for two databases do not sort texts alike.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Table, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from bot.domain.errors import StartError
from bot.storage import store
from bot.storage.base import Base
from bot.storage.rows import stream
from bot.storage.sequences import carry_sequence
from bot.storage.tables_operations import LeaseRow

CHUNK = 1000  # rows that share a commit
MODULO = 2**256
APART = {LeaseRow.__tablename__, "alembic_version"}
"""Leases are of the processes at work: there are none."""

assert store  # imported so that `Base` knows every table


class MoveError(StartError):
    """The move cannot begin or go on; the message says, in French, what to do."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows, and the sum of their hashes."""

    rows: int = 0
    digest: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """How far one table is: `rows` of `total` have arrived."""

    table: str
    rows: int
    total: int


Told = Callable[[Moved], None]


def move(source: Engine, target: Engine, told: Told = lambda _: None) -> Tally:
    """Move everything; what was moved in all.

    Raises:
        MoveError: the two do not agree, or one of them failed.
    """
    tables = movable_tables(source)
    with _held(source) as old:
        with target.connect() as new:
            arrived = {table.name: _check_beginning(old, new, table) for table in tables}
        total = Tally()
        for table in tables:
            _copy(old, target, table, arrived[table.name], told)
            with target.begin() as new:
                carry_sequence(old, new, table)
                moved = _compare(old, new, table)
            total = Tally(total.rows + moved.rows, (total.digest + moved.digest) % MODULO)
    return total


def movable_tables(source: Engine) -> list[Table]:
    """All tables of the desk, those that others refer to first."""
    tables = [one for one in Base.metadata.sorted_tables if one.name not in APART]
    unknown = {*inspect(source).get_table_names()} - {one.name for one in tables} - APART
    if unknown:
        raise MoveError(
            f"La base de départ a des tables inconnues ({', '.join(sorted(unknown))}) : elle n'est "
            "pas celle d'un guichet seul. Rien n'a été déménagé."
        )
    return tables


def leases_held(engine: Engine, now: datetime) -> list[str]:
    """Which processes are at work there."""
    running = select(col(LeaseRow.holder)).where(col(LeaseRow.held_until) > now)
    with engine.connect() as connection:
        return sorted({*connection.scalars(running)})


@contextmanager
def _held(source: Engine) -> Iterator[Connection]:
    """One view of the source for the whole move; on SQLite nobody else can write meanwhile."""
    apart = {"isolation_level": "REPEATABLE READ"} if _on_postgresql(source) else {}
    with source.connect().execution_options(**apart) as connection:
        yield connection


def _on_postgresql(engine: Engine) -> bool:
    return engine.dialect.name == "postgresql"


def _check_beginning(old: Connection, new: Connection, table: Table) -> int:
    """How many rows have arrived; they have to be the first ones of the source."""
    arrived = _tally(stream(new, table))
    if arrived.rows and arrived != _tally(islice(stream(old, table), arrived.rows)):
        raise MoveError(
            f"La base d'arrivée contient déjà autre chose dans la table « {table.name} » : "
            "choisissez une base vide. Rien n'a été écrit."
        )
    return arrived.rows


def _copy(old: Connection, target: Engine, table: Table, arrived: int, told: Told) -> None:
    total = _count(old, table)
    rows = islice(stream(old, table), arrived, None)
    while chunk := list(islice(rows, CHUNK)):
        try:
            with target.begin() as new:
                new.execute(table.insert(), [dict(row) for row in chunk])
        except SQLAlchemyError as error:
            # Its text quotes the row.
            raise MoveError(
                f"La table « {table.name} » ne passe pas ({_kind(error)}), ligne {arrived + 1} ou "
                "une des suivantes. Ce qui précède est arrivé : relancez la même commande une fois "
                "la cause levée."
            ) from None
        arrived += len(chunk)
        told(Moved(table.name, arrived, total))


def _compare(old: Connection, new: Connection, table: Table) -> Tally:
    there, here = _tally(stream(old, table)), _tally(stream(new, table))
    if there != here:
        raise MoveError(
            f"La table « {table.name} » n'est pas la même des deux côtés ({there.rows} lignes au "
            f"départ, {here.rows} à l'arrivée) : l'une des bases a changé pendant le déménagement. "
            "Arrêtez tous les guichets, videz la base d'arrivée, et recommencez."
        )
    return here


def _tally(rows: Iterator[RowMapping]) -> Tally:
    count, digest = 0, 0
    for row in rows:
        count += 1
        digest += int.from_bytes(_hash(row))
    return Tally(count, digest % MODULO)


def _hash(row: RowMapping) -> bytes:
    """The same for the same values, whichever database they come from."""
    parts = [_written(value) for value in row.values()]
    return hashlib.sha256(b"".join(len(one).to_bytes(8) + one for one in parts)).digest()


def _written(value: Any) -> bytes:
    if isinstance(value, bytes | memoryview):
        return b"b" + bytes(value)
    if isinstance(value, bool):
        return b"t" if value else b"f"
    if isinstance(value, datetime | date):
        return b"d" + value.isoformat().encode()
    return repr(value).encode("utf-8", "surrogatepass")


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _kind(error: SQLAlchemyError) -> str:
    return type(getattr(error, "orig", None) or error).__name__
