"""Alembic's entrance: with a connection at hand (from our code), or with an address.

From a shell: `alembic -x url=sqlite:///data/guichet.db upgrade head`.
"""

from alembic import context
from sqlalchemy import Connection

from bot.storage import ledgers, tables
from bot.storage.database import open_database
from bot.storage.types import Base

__all__ = ["ledgers", "tables"]  # imported so that `Base` knows every table


def run(connection: Connection) -> None:
    # Batch mode: SQLite alters a table by making it anew.
    context.configure(connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


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
