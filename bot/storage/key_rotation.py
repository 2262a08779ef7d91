"""A rotation of keys: everything sealed anew, batch after batch, while the desk is at work."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Engine

from bot.storage.encryption import Encryption
from bot.storage.sealed_columns import (
    ResealedBatch,
    RowKey,
    SealedTable,
    reseal_rows,
    sealed_tables,
)

ROWS = 100
"""Rows a transaction: the time for which a turn waits for it on SQLite."""


@dataclass(frozen=True, slots=True)
class RotationResult:
    """How many rows were sealed anew, and how many of those there are do not open."""

    resealed: int
    unreadable: int


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
    resealed = 0
    while True:
        batches = [
            batch
            for sealed in sealed_tables()
            for batch in _reseal_table(engine, encryption, sealed, rows, rest)
        ]
        done = sum(batch.resealed for batch in batches)
        resealed += done
        if not done:
            return RotationResult(resealed, sum(batch.unreadable for batch in batches))


def _reseal_table(
    engine: Engine,
    encryption: Encryption,
    sealed: SealedTable,
    rows: int,
    rest: Callable[[float], None],
) -> Iterator[ResealedBatch]:
    after: RowKey | None = None
    while True:
        began = time.monotonic()
        encryption.refresh()
        with engine.begin() as connection:
            batch = reseal_rows(connection, encryption, sealed, after=after, limit=rows)
        yield batch
        if batch.last is None:
            return
        after = batch.last
        # SQLite wakes nobody who waits: without a rest as long, a turn might never get in.
        rest(time.monotonic() - began)
