"""What every set of records works with: one transaction, the vault, and what is held back.

Most turns read and write the same few rows. What they write is held back and said to the database
in one statement for many turns (`_later`); what they read is read for many turns at once
(`bot.storage.acquaintances`). Nobody can tell the difference: who reads some tables finds all that
was written there (`_reading`); whoever asks for the session itself finds everything said, and
nothing read ahead is believed after that, for anything may have changed. A savepoint costs nothing
either until somebody writes through the session inside it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from sqlalchemy import Connection, Insert, Table, insert, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from bot.domain.delivery import OutboxMessage
from bot.storage.base import Base
from bot.storage.database import LostTurnError
from bot.storage.dispatch import Dispatch
from bot.storage.encryption import Encryption, Place

READ_AHEAD = ("person", "person_employer", "conversation", "seat", "account", "employer")
"""The tables of which something is read ahead; see `bot.storage.acquaintances`."""

Upsert = postgresql.Insert | sqlite.Insert
Row = Mapping[str, Any]
Write = Callable[[list[Row]], None]


@dataclass(frozen=True, slots=True)
class Held:
    """A row that is still to be said to a table, and how."""

    table: str
    write: Write
    row: Row

    def is_of(self, table: str, key: Row) -> bool:
        return self.table == table and all(self.row[one] == it for one, it in key.items())


@dataclass(slots=True)
class Level:
    """The transaction, or a savepoint in it: what was written there and not said yet.

    `handed` are rows for the senders of this process, who get them once all is committed.
    """

    written: list[Held] = field(default_factory=list)
    handed: list[tuple[Dispatch, OutboxMessage]] = field(default_factory=list)
    stack: ExitStack = field(default_factory=ExitStack)
    is_open: bool = False


class Desk:
    """An open transaction. Nothing is committed here: `Store.transaction` does."""

    def __init__(
        self, session: Session, vault: Encryption, dispatches: Sequence[Dispatch] = ()
    ) -> None:
        self._orm = session
        self._vault = vault
        self._dispatches = dispatches
        self._levels = [Level(is_open=True)]
        self._saying = self._levels[0]
        self._spoken: Connection | None = None

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is done inside rolls back alone when it fails, and the error goes on."""
        level = Level()
        self._levels.append(level)
        try:
            with level.stack:
                yield
        except BaseException:
            level.written.clear()
            level.handed.clear()
            self._forget()
            raise
        finally:
            self._levels.pop()
            self._levels[-1].written += level.written
            self._levels[-1].handed += level.handed

    def settle(self) -> None:
        """Says to the database all that was held back."""
        for level in self._levels:
            if not level.is_open:
                level.stack.enter_context(self._orm.begin_nested())
                self._orm.connection()  # only now is the savepoint there
                level.is_open = True
            self._say(level)

    @property
    def _session(self) -> Session:
        """The session, which finds all that was written; what was read ahead counts no more."""
        self.settle()
        self._forget()
        return self._orm

    @property
    def _elsewhere(self) -> Session:
        """The session, for tables of which nothing is read ahead."""
        self.settle()
        return self._orm

    def _reading(self, *tables: type[Base]) -> Connection:
        """The connection, for reading these tables alone: it finds all that was written there."""
        about = frozenset().union(*(resting_on(name_of(table)) for table in tables))
        if any(held.table in about for level in self._levels[1:] for held in level.written):
            self.settle()
        else:
            self._say(self._levels[0], about)
        return self._connection

    def _writing(self, table: type[Base]) -> Connection:
        """The connection, for writing to this table at once; what was read ahead stays believed.

        Inside a savepoint the write is part of it.
        """
        if len(self._levels) > 1:
            self.settle()
        return self._reading(table)

    def _reading_of(self, table: type[Base], **key: object) -> Connection:
        """The same for the rows that have these values: what was written of others may wait."""
        name = name_of(table)
        if any(held.is_of(name, key) for level in self._levels for held in level.written):
            return self._reading(table)
        return self._connection

    @property
    def _connection(self) -> Connection:
        """What the session talks through, for those who know that what they want was said.

        Not a `cached_property`: before Python 3.12 it has one lock for all desks of a process, and
        the first use waits for the database, which another desk may have.
        """
        if self._spoken is None:
            self._spoken = self._orm.connection()
        return self._spoken

    @cached_property
    def _on_postgresql(self) -> bool:
        return self._orm.get_bind().dialect.name == "postgresql"

    def _forget(self) -> None:
        """What was read ahead may have changed."""

    def _later(self, table: type[Base], write: Write, row: Row) -> None:
        """Writes a row with others of its kind, at the latest with the commit."""
        self._levels[-1].written.append(Held(name_of(table), write, row))

    def _say(self, level: Level, about: Collection[str] | None = None) -> None:
        """Says what was written there, or of it what concerns these tables."""
        said = [one for one in level.written if about is None or one.table in about]
        if not said:
            return
        level.written = [one for one in level.written if about and one.table not in about]
        by_write: dict[Write, list[Row]] = {}
        for held in sorted(said, key=_place_of):
            by_write.setdefault(held.write, []).append(held.row)
        self._saying = level
        try:
            for write, rows in by_write.items():
                write(rows)
        except Exception as error:
            if level is self._levels[-1]:
                raise
            raise LostTurnError from error  # it is not the fault of the turn at hand

    def _insert(self, table: type[Base], values: Mapping[str, Any]) -> Upsert:
        insert = postgresql.insert if self._on_postgresql else sqlite.insert
        return insert(table_of(table)).values(**values)

    def _insert_new(self, table: type[Base], **values: Any) -> bool:
        """Inserts a row unless its key is taken; whether it did. Waits for who is inserting it."""
        statement = self._insert(table, values).on_conflict_do_nothing().returning(literal(1))
        return self._for(table).exec(statement).first() is not None

    def _put(self, table: type[Base], *key: str, **values: Any) -> None:
        """Inserts a row, or changes the one that has the same `key` already."""
        rest = {name: value for name, value in values.items() if name not in key}
        statement = self._insert(table, values)
        self._for(table).exec(statement.on_conflict_do_update(index_elements=key, set_=rest))

    def _for(self, table: type[Base]) -> Session:
        """The session for a table: what is read ahead counts no more when it may be of it."""
        return self._session if table.__tablename__ in READ_AHEAD else self._elsewhere

    def _add_all(self, table: type[Base], rows: list[Row]) -> None:
        """New rows of one shape, held back until now."""
        self._connection.execute(inserting(table_of(table)), rows)

    def _put_all(self, table: type[Base], rows: list[Row]) -> None:
        """The same for rows that may be there, by the primary key; of equal ones the last."""
        made = table_of(table)
        key = [column.name for column in made.primary_key]
        latest = {tuple(row[name] for name in key): row for row in rows}
        statement = upserting(made, self._on_postgresql)
        self._connection.execute(statement, list(latest.values()))

    def _seal(self, text: str, table: str, row: str, column: str) -> bytes:
        return self._vault.seal(text, Place(table, row, column))

    def _open(self, sealed: bytes, table: str, row: str, column: str) -> str:
        return self._vault.open(sealed, Place(table, row, column))


def name_of(table: type[Base]) -> str:
    return str(table.__tablename__)


def table_of(table: type[Base]) -> Table:
    return Base.metadata.tables[name_of(table)]


@cache
def resting_on(name: str) -> frozenset[str]:
    """A table and all to which it refers: their rows have to be there before its own."""
    keys = Base.metadata.tables[name].foreign_keys
    return frozenset({name}).union(*(resting_on(one.column.table.name) for one in keys))


@cache
def _places() -> Mapping[str, int]:
    """Tables in the order in which they refer to one another."""
    return {table.name: place for place, table in enumerate(Base.metadata.sorted_tables)}


def _place_of(held: Held) -> int:
    return _places()[held.table]


@cache
def inserting(table: Table) -> Insert:
    """A whole row inserted; made once, for it is made slowly."""
    return insert(table)


@cache
def upserting(table: Table, on_postgresql: bool) -> Upsert:
    """A whole row inserted, or all of it changed."""
    insert = (postgresql.insert if on_postgresql else sqlite.insert)(table)
    key = [column.name for column in table.primary_key]
    rest = {one.name: insert.excluded[one.name] for one in table.columns if one.name not in key}
    return insert.on_conflict_do_update(index_elements=key, set_=rest)
