"""What every set of records works with: one transaction and the vault."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from bot.storage.types import Base
from bot.storage.vault import Place, Vault


class Desk:
    """An open transaction. Nothing is committed here: `Store.transaction` does."""

    def __init__(self, session: Session, vault: Vault) -> None:
        self._session = session
        self._vault = vault

    @property
    def _on_postgresql(self) -> bool:
        return self._session.get_bind().dialect.name == "postgresql"

    def _insert_unless_taken(self, table: type[Base], values: Mapping[str, Any]) -> Insert:
        """An insert that gives way to a row of the same key, waiting for who is making it."""
        if self._on_postgresql:
            return postgresql.insert(table).values(**values).on_conflict_do_nothing()
        return sqlite.insert(table).values(**values).on_conflict_do_nothing()

    def _insert_new(self, table: type[Base], **values: Any) -> bool:
        """Inserts a row unless its key is taken; whether it did."""
        return self._session.exec(self._insert_unless_taken(table, values)).rowcount == 1

    def _put(self, row: Base) -> None:
        """Inserts or replaces a row, and tells the database at once."""
        self._session.merge(row)
        self._session.flush()

    def _seal(self, text: str, table: str, row: str, column: str) -> bytes:
        return self._vault.seal(text, Place(table, row, column))

    def _open(self, sealed: bytes, table: str, row: str, column: str) -> str:
        return self._vault.open(sealed, Place(table, row, column))
