"""What every set of records works with: one transaction and the vault."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from bot.storage.types import Base
from bot.storage.vault import Place, Vault

Upsert = postgresql.Insert | sqlite.Insert


class Desk:
    """An open transaction. Nothing is committed here: `Store.transaction` does."""

    def __init__(self, session: Session, vault: Vault) -> None:
        self._session = session
        self._vault = vault

    @property
    def _on_postgresql(self) -> bool:
        return self._session.get_bind().dialect.name == "postgresql"

    def _insert(self, table: type[Base], values: Mapping[str, Any]) -> Upsert:
        insert = postgresql.insert if self._on_postgresql else sqlite.insert
        return insert(Base.metadata.tables[str(table.__tablename__)]).values(**values)

    def _insert_new(self, table: type[Base], **values: Any) -> bool:
        """Inserts a row unless its key is taken; whether it did. Waits for who is inserting it."""
        statement = self._insert(table, values).on_conflict_do_nothing().returning(literal(1))
        return self._session.exec(statement).first() is not None

    def _put(self, table: type[Base], *key: str, **values: Any) -> None:
        """Inserts a row, or changes the one that has the same `key` already."""
        rest = {name: value for name, value in values.items() if name not in key}
        statement = self._insert(table, values)
        self._session.exec(statement.on_conflict_do_update(index_elements=key, set_=rest))

    def _seal(self, text: str, table: str, row: str, column: str) -> bytes:
        return self._vault.seal(text, Place(table, row, column))

    def _open(self, sealed: bytes, table: str, row: str, column: str) -> str:
        return self._vault.open(sealed, Place(table, row, column))
