"""Re-sealing: what older keys sealed is sealed with the newest one, a few rows at a time.

A row that names an older key is still to do; no other mark is kept, so that whatever is killed,
the next run finds the rest. Rows are locked while they are read and written, and those in use are
passed over (on PostgreSQL) rather than waited for: who re-seals never holds up a turn for long,
and never waits for one. A value that does not open stays as it is.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Select, func, or_, select, tuple_
from sqlalchemy import update as change
from sqlmodel import col

from bot.storage.base import Base, Repository
from bot.storage.codec import answers_from_json
from bot.storage.encryption import SealError
from bot.storage.sealed_columns import SealedTable, sealed_tables
from bot.storage.tables_requests import TicketRow

AGENTS = "ticket_agent"
"""The one table whose fingerprints are of what is sealed beside them; those of names are carried on
(`bot.storage.names`)."""
FINGERPRINT_KEY = "fingerprint_key"
Key = tuple[Any, ...]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of some rows: the key of the last of them, None where the table has no more."""

    last: Key | None
    resealed: int = 0
    unreadable: int = 0


class Resealing(Repository):
    """Rows sealed anew."""

    def reseal(self, sealed: SealedTable, after: Key | None, limit: int) -> Batch:
        """Seals up to `limit` rows behind the key `after` with the newest key."""
        chosen = select(*self._columns(sealed)).where(self._is_stale(sealed))
        if after is not None:
            chosen = chosen.where(tuple_(*sealed.key) > tuple_(*after))
        ordered = chosen.order_by(*sealed.key).limit(limit).with_for_update(skip_locked=True)
        rows = [dict(row) for row in self._session.connection().execute(ordered).mappings()]
        if not rows:
            return Batch(None)
        resealed = sum(self._reseal_row(sealed, row) for row in rows)
        last = tuple(rows[-1][column.name] for column in sealed.key)
        return Batch(last, resealed, len(rows) - resealed)

    def rows_by_key(self) -> Counter[str]:
        """How many sealed values, and fingerprints, name each key."""
        found: Counter[str] = Counter()
        for sealed in sealed_tables():
            for column in sealed.columns:
                named = _key_in(column)
                counted = select(named, func.count()).where(column.is_not(None)).group_by(named)
                self._add(found, counted)
        for table in Base.metadata.sorted_tables:
            if FINGERPRINT_KEY in table.c:
                named = table.c[FINGERPRINT_KEY]
                counted = select(named, func.count()).where(func.coalesce(named, "") != "")
                self._add(found, counted.group_by(named))
        return found

    def _add(self, found: Counter[str], counted: Select[Any, int]) -> None:
        for name, number in self._session.connection().execute(counted):
            found[name.decode("ascii", "replace") if isinstance(name, bytes) else name] += number

    def _columns(self, sealed: SealedTable) -> list[ColumnElement[Any]]:
        columns: list[ColumnElement[Any]] = list(sealed.table.columns)
        if sealed.table.name != AGENTS:
            return columns
        # Each employer's fingerprints are its own.
        siret = select(col(TicketRow.siret)).where(col(TicketRow.id) == sealed.table.c.ticket_id)
        return [*columns, siret.scalar_subquery().label("siret")]

    def _is_stale(self, sealed: SealedTable) -> ColumnElement[bool]:
        newest = self._vault.seal_key.id.encode()
        stale: list[ColumnElement[bool]] = [_key_in(one) != newest for one in sealed.columns]
        if sealed.table.name == AGENTS:
            stale.append(sealed.table.c.fingerprint_key != self._vault.fingerprint_key)
        return or_(*stale)

    def _reseal_row(self, sealed: SealedTable, row: Row) -> bool:
        """Whether all of the row opened; else it stays as it is."""
        try:
            values = self._sealed_anew(sealed, row)
        except SealError:
            return False
        mine = [column == row[column.name] for column in sealed.key]
        self._session.connection().execute(change(sealed.table).where(*mine).values(**values))
        return True

    def _sealed_anew(self, sealed: SealedTable, row: Row) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for column in sealed.columns:
            if row[column.name] is not None:
                place = sealed.place(row, column.name)
                opened = self._vault.open(row[column.name], place)
                values[column.name] = self._vault.seal(opened, place)
                if sealed.table.name == AGENTS and row["fingerprint_key"] is not None:
                    values |= self._printed_anew(row, opened)
        return values

    def _printed_anew(self, row: Row, answers: str) -> dict[str, Any]:
        nirs = [one.value for one in answers_from_json(answers) if one.key == "nir" and one.value]
        print_ = self._vault.fingerprint(nirs[0], row["siret"]) if nirs else None
        return {
            "nir_fingerprint": print_,
            "fingerprint_key": self._vault.fingerprint_key if print_ else None,
        }


def _key_in(column: ColumnElement[Any]) -> ColumnElement[bytes]:
    """The id of the key, as it stands in a sealed value behind the version."""
    return func.substr(column, 2, 8, type_=LargeBinary)
