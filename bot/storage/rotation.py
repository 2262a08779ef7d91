"""A rotation: everything sealed anew, batch after batch, while the desk is at work."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.storage.sealed_columns import Key, ResealedBatch, SealedTable, sealed_tables
from bot.storage.store import Store

ROWS = 100
"""Rows a transaction: the time for which a turn waits for it on SQLite."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many rows were sealed anew, and how many of those there are do not open."""

    resealed: int
    unreadable: int


def rotate(
    store: Store, *, rows: int = ROWS, rest: Callable[[float], None] = time.sleep
) -> Rotated:
    """Seal all that is there with the newest keys; as often as there is something left."""
    resealed = 0
    while True:
        batches = list(_sweep(store, rows, rest))
        done = sum(batch.resealed for batch in batches) + _print_names(store, rows, rest)
        resealed += done
        if not done:
            return Rotated(resealed, sum(batch.unreadable for batch in batches))


def _sweep(store: Store, rows: int, rest: Callable[[float], None]) -> Iterator[ResealedBatch]:
    for sealed in sealed_tables():
        after: Key | None = None
        while True:
            began = time.monotonic()
            batch = _reseal(store, sealed, after, rows)
            yield batch
            if batch.last is None:
                break
            after = batch.last
            # SQLite wakes nobody who waits: without a rest as long, a turn might never get in.
            rest(time.monotonic() - began)


def _print_names(store: Store, rows: int, rest: Callable[[float], None]) -> int:
    """Fingerprints of names, carried on; how many."""
    total = 0
    while True:
        began = time.monotonic()
        with store.transaction() as db:
            printed = db.print_names(rows)
        total += printed
        if not printed:
            return total
        rest(time.monotonic() - began)


def _reseal(store: Store, sealed: SealedTable, after: Key | None, rows: int) -> ResealedBatch:
    with store.transaction() as db:
        return db.sealed_columns.reseal(sealed, after, rows)
