"""Sealed columns: which ones there are, and where in the vault each of their values stands.

The rule that every set of records keeps: a value of `content_sealed` in the table `ticket` stands
at table `ticket`, column `content`, and its row is the row's `seal_id`, or where it has none its
primary key, the parts joined by slashes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table

from bot.storage.base import Base
from bot.storage.encryption import Place

SUFFIX = "_sealed"
SEAL_ID = "seal_id"


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table with sealed columns."""

    table: Table
    columns: tuple[Column[Any], ...]

    @property
    def key(self) -> tuple[Column[Any], ...]:
        return tuple(self.table.primary_key.columns)

    def place(self, row: Mapping[str, Any], column: str) -> Place:
        """Where the value of a column of this row stands."""
        named = [row[SEAL_ID]] if SEAL_ID in self.table.c else [row[one.name] for one in self.key]
        name = "/".join(str(part) for part in named)
        return Place(self.table.name, name, column.removesuffix(SUFFIX))


def sealed_tables() -> tuple[SealedTable, ...]:
    """Every table with sealed columns, those that others refer to first."""
    found = (
        SealedTable(table, tuple(one for one in table.columns if one.name.endswith(SUFFIX)))
        for table in Base.metadata.sorted_tables
    )
    return tuple(one for one in found if one.columns)
