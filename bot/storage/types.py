"""Column types: moments in UTC, numbers that count up, and the base of all tables.

SQLite gives aware datetimes back naive, and PostgreSQL in the zone of its connection:
`UtcDateTime` makes both give what was put in, and refuses a naive datetime on the way in.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, MetaData
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

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


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware on the way in, in UTC on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite counts up only in a column that is exactly INTEGER.
Counter = BigInteger().with_variant(Integer(), "sqlite")


def moment(**options: Any) -> Any:
    """A column that holds a moment."""
    return Field(sa_type=UtcDateTime, **options)
