"""Sealed columns: which ones there are, whether they open, and how all are sealed anew.

Every repository keeps one rule: a value of `content_sealed` in the table `ticket` stands at table
`ticket`, column `content`; its row is the row's `seal_id`, else its primary key, the parts joined
by slashes. A rotation of keys goes through them batch after batch, while the desk is at work.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    LargeBinary,
    Table,
    func,
    or_,
    select,
    tuple_,
    update,
)

from bot.storage.database import all_tables
from bot.storage.encryption import Encryption, Place, SealError
from bot.storage.row_mac import is_signed, signed

SUFFIX = "_sealed"
SEAL_ID = "seal_id"
ROWS = 100
"""Rows a transaction of a rotation: the time for which a turn waits for it on SQLite."""
RowKey = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table with sealed columns."""

    table: Table
    columns: tuple[Column[Any], ...]

    @property
    def key(self) -> tuple[Column[Any], ...]:
        return tuple(self.table.primary_key.columns)

    def place(self, row: Mapping[Any, Any], column: str) -> Place:
        """Where the value of a column of this row stands."""
        named = [row[SEAL_ID]] if SEAL_ID in self.table.c else [row[one.name] for one in self.key]
        name = "/".join(str(part) for part in named)
        return Place(self.table.name, name, column.removesuffix(SUFFIX))

    def opens(self, row: Mapping[Any, Any], column: str, encryption: Encryption) -> bool:
        """Whether the value of a column of this row opens, if there is one."""
        try:
            if row[column] is not None:
                encryption.open(row[column], self.place(row, column))
        except SealError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class ResealedBatch:
    """How many rows were sealed anew, and how many do not open or were changed outside the desk;
    `last` is the key of the last of them, None where the table has no more."""

    last: RowKey | None
    resealed: int = 0
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class RotationResult:
    """How many rows were sealed anew, and how many stay as they are: they do not open, or were
    changed outside the desk."""

    resealed: int
    unreadable: int


def sealed_tables() -> tuple[SealedTable, ...]:
    """Every table with sealed columns, those that others refer to first."""
    found = (
        SealedTable(table, tuple(one for one in table.columns if one.name.endswith(SUFFIX)))
        for table in all_tables()
    )
    return tuple(one for one in found if one.columns)


def holds_sealed_values(connection: Connection) -> bool:
    """Whether any sealed column has a value."""
    return any(
        connection.execute(select(1).where(column.is_not(None)).limit(1)).first()
        for sealed in sealed_tables()
        for column in sealed.columns
    )


def count_by_key(connection: Connection) -> Counter[str]:
    """How many sealed values name each key, by its id; none is opened."""
    found: Counter[str] = Counter()
    for sealed in sealed_tables():
        for column in sealed.columns:
            named = key_id_in(column)
            counted = select(named, func.count()).where(column.is_not(None)).group_by(named)
            for key_id, number in connection.execute(counted):
                found[bytes(key_id).decode("ascii", "replace")] += number
    return found


def open_samples(connection: Connection, encryption: Encryption) -> dict[str, bool]:
    """Opens one value of every sealed column that has one; tells by the name of the column
    (`ticket.content_sealed`) whether it does."""
    found = {}
    for sealed in sealed_tables():
        for column in sealed.columns:
            chosen = select(sealed.table).where(column.is_not(None)).limit(1)
            row = connection.execute(chosen).mappings().first()
            if row is not None:
                found[f"{column}"] = sealed.opens(row, column.name, encryption)
    return found


def reseal_rows(
    connection: Connection,
    encryption: Encryption,
    sealed: SealedTable,
    *,
    after: RowKey | None,
    limit: int,
) -> ResealedBatch:
    """Seals up to `limit` rows behind the key `after` with the newest key."""
    newest = encryption.seal_key.id.encode()
    stale = or_(*(key_id_in(column) != newest for column in sealed.columns))
    chosen = select(sealed.table).where(stale)
    if after is not None:
        chosen = chosen.where(tuple_(*sealed.key) > tuple_(*after))
    ordered = chosen.order_by(*sealed.key).limit(limit).with_for_update(skip_locked=True)
    rows = connection.execute(ordered).mappings().all()
    if not rows:
        return ResealedBatch(None)
    resealed = sum(_reseal_row(connection, encryption, sealed, row) for row in rows)
    last = tuple(rows[-1][column.name] for column in sealed.key)
    return ResealedBatch(last, resealed, len(rows) - resealed)


def _reseal_row(
    connection: Connection, encryption: Encryption, sealed: SealedTable, row: Mapping[Any, Any]
) -> bool:
    """Whether all of the row opened and nobody had changed it; else it stays as it is."""
    if not is_signed(encryption, sealed.table, row):
        return False
    values: dict[str, Any] = {}
    for column in sealed.columns:
        if row[column.name] is not None:
            place = sealed.place(row, column.name)
            try:
                values[column.name] = encryption.seal(
                    encryption.open(row[column.name], place), place
                )
            except SealError:
                return False
    mine = [column == row[column.name] for column in sealed.key]
    anew = signed(encryption, sealed.table, {**row, **values})  # the MAC covers sealed values
    connection.execute(update(sealed.table).where(*mine).values(anew))
    return True


def key_id_in(column: ColumnElement[Any]) -> ColumnElement[bytes]:
    """The id of the key, as it stands in a sealed value behind the version."""
    return func.substr(column, 2, 8, type_=LargeBinary)


def rotate(
    engine: Engine,
    encryption: Encryption,
    *,
    rows: int = ROWS,
    rest: Callable[[float], None] = time.sleep,
) -> RotationResult:
    """Seals everything with the newest key; goes through all tables until nothing is left to do.

    `guichet keys rotate` calls it after it has added a key. Each batch is a transaction of its own.
    """
    total = 0
    while True:
        resealed = unreadable = 0
        for sealed in sealed_tables():
            after: RowKey | None = None
            while True:
                began = time.monotonic()
                encryption.refresh()
                with engine.begin() as connection:
                    batch = reseal_rows(connection, encryption, sealed, after=after, limit=rows)
                if batch.last is None:
                    break
                after = batch.last
                resealed, unreadable = resealed + batch.resealed, unreadable + batch.unreadable
                # SQLite wakes nobody who waits: without a rest as long, a turn might never get in.
                rest(time.monotonic() - began)
        total += resealed
        if not resealed:
            return RotationResult(total, unreadable)
