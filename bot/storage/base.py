"""What every table and every repository is built on: column types, the session, sealed values.

SQLite gives aware datetimes back naive, and PostgreSQL in the zone of its connection:
`UtcDateTime` makes both give what was put in, and refuses a naive datetime on the way in.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, ClassVar, TypeVar

from sqlalchemy import (
    BigInteger,
    Date,
    DateTime,
    Dialect,
    Executable,
    Integer,
    MetaData,
    Table,
    event,
    literal,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, Session, SQLModel

from bot.storage.encryption import Encryption, Place
from bot.storage.row_mac import (
    MAC,
    NO_DAY,
    NO_MOMENT,
    ChangedRowError,
    has_fit_values,
    name_row,
    signed,
)

# Constraints carry names, or SQLite cannot alter them in a later migration.
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(SQLModel):
    """What every table is made from."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)


def _or(read: Callable[[Any], Any] | None, nothing: Any) -> Callable[[Any], Any]:
    """Reads a value of the database, or gives `nothing`: SQLite takes any value into any column."""

    def reading(value: Any) -> Any:
        try:
            return value if read is None else read(value)
        except (TypeError, ValueError):
            return nothing

    return reading


class Day(TypeDecorator[date]):
    """A day; `NO_DAY` where the column holds none."""

    impl = Date
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        return _or(super().result_processor(dialect, coltype), NO_DAY)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware on the way in, in UTC on the way out; `NO_MOMENT` where it holds none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        return _or(super().result_processor(dialect, coltype), NO_MOMENT)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite counts up only in a column that is exactly INTEGER.
Counter = BigInteger().with_variant(Integer(), "sqlite")

Upsert = postgresql.Insert | sqlite.Insert
Row = TypeVar("Row", bound=Base)


def moment(**options: Any) -> Any:
    """A column that holds a moment."""
    return Field(sa_type=UtcDateTime, **options)


def day(**options: Any) -> Any:
    """A column that holds a day."""
    return Field(sa_type=Day, **options)


def table_of(row_class: type[Base]) -> Table:
    return Base.metadata.tables[str(row_class.__tablename__)]


@event.listens_for(Base, "load", propagate=True)
def _refuse_odd_values(row: Base, _context: Any) -> None:
    """A row without a MAC has a value that no column of its kind takes: somebody else wrote it."""
    table = table_of(type(row))
    if MAC not in table.c and not has_fit_values(table, vars(row)):
        raise ChangedRowError(name_row(table.name, vars(row)))


class Repository:
    """Reads and writes the rows of one subject; every repository of a transaction shares its
    session.

    `Database` makes one of each for a transaction, and only the thread that opened the transaction
    calls it. Nothing is committed here: `Store.transaction` does. New rows are added to the
    session and changed by their attributes; SQLAlchemy writes them before the next query, at the
    end of a savepoint, and before the commit.
    """

    def __init__(self, session: Session, encryption: Encryption) -> None:
        self._session = session
        self._encryption = encryption

    @property
    def _on_postgresql(self) -> bool:
        return self._session.get_bind().dialect.name == "postgresql"

    def _insert(self, row_class: type[Base]) -> Upsert:
        """An insert that may say what to do where the key is taken."""
        insert = postgresql.insert if self._on_postgresql else sqlite.insert
        return insert(table_of(row_class))

    def _insert_new(self, row_class: type[Base], **values: Any) -> bool:
        """Inserts a row unless its key is taken, and tells whether it did.

        On PostgreSQL it waits for another process that is inserting the same key.
        """
        statement = self._insert(row_class).values(self._signed(row_class, values))
        statement = statement.on_conflict_do_nothing()
        return self._run(statement.returning(literal(1))).first() is not None

    def _upsert(self, row_class: type[Base], **values: Any) -> None:
        """Inserts a row, or changes the one that has the same primary key."""
        key = [column.name for column in table_of(row_class).primary_key]
        whole = self._signed(row_class, values)
        rest = {name: value for name, value in whole.items() if name not in key}
        statement = self._insert(row_class).values(whole)
        self._run(statement.on_conflict_do_update(index_elements=key, set_=rest))
        known = self._loaded(row_class, *(values[name] for name in key))
        if known is not None:
            self._session.expire(known)  # the statement passed it by: it is read again

    def _signed(self, row_class: type[Base], values: Mapping[str, Any]) -> dict[str, Any]:
        """A whole row with its MAC, where its table has one."""
        return signed(self._encryption, table_of(row_class), values)

    def _run(
        self,
        statement: Executable,
        values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> Any:
        """Executes a statement that is no query of the ORM, behind what waits to be written."""
        self._session.flush()
        return self._session.execute(statement, values)

    def _loaded(self, row_class: type[Row], *key: Any) -> Row | None:
        """Returns a row that is in the session already, without asking the database."""
        return self._session.identity_map.get(self._session.identity_key(row_class, key))

    def _seal(self, text: str, table: str, row: str, column: str) -> bytes:
        """Encrypts a text for one place: it opens nowhere else."""
        return self._encryption.seal(text, Place(table, row, column))

    def _open(self, sealed: bytes, table: str, row: str, column: str) -> str:
        return self._encryption.open(sealed, Place(table, row, column))
