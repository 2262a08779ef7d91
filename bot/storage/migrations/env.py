"""Alembic's entrance: with a connection at hand (from our code), or with an address.

From a shell: `alembic -x url=sqlite:///data/guichet.db upgrade head`.
"""

from typing import Literal

from alembic import context
from sqlalchemy import Connection

from bot.storage import tables_accounts, tables_operations, tables_requests
from bot.storage.base import Base, UtcDateTime
from bot.storage.database import open_database

__all__ = [
    "casebook",
    "ledgers",
    "registers",
    "tables",
]  # imported so that `Base` knows every table


def run(connection: Connection) -> None:
    # Batch mode: SQLite alters a table by making it anew.
    context.configure(
        connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=render_type,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def render_type(kind: str, item: object, _context: object) -> str | Literal[False]:
    """A migration stands on its own: it names no type of ours."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run_apart() -> None:
    url = context.get_x_argument(as_dictionary=True).get("url")
    if url is None:
        raise SystemExit("alembic : indiquez la base avec « -x url=sqlite:///… »")
    with open_database(url).begin() as connection:
        run(connection)


given = context.config.attributes.get("connection")
if given is None:
    run_apart()
else:
    run(given)
