"""The probe: whether the database can be read and written at this moment.

A database that answers queries may still take nothing in (a full disk, a lock that is held), and
one damaged page is noticed by nobody who does not read that page. So every table is opened, and a
mark is written and committed as a turn would be.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import Engine, select
from sqlmodel import col, insert, update

from bot.storage.tables_operations import MarkRow

PROBE: Final = "probe"
"""The mark that is written: when the database last took something in."""


def probe_database(engine: Engine, now: datetime) -> None:
    """Opens every table and commits a mark, in a transaction of its own, from any thread.

    Raises whatever the database raises.
    """
    with engine.begin() as connection:
        for table in MarkRow.metadata.tables.values():
            connection.execute(select(table).limit(1)).first()  # the row, not only an index
        changed = connection.execute(
            update(MarkRow).where(col(MarkRow.name) == PROBE).values(at=now)
        )
        if not changed.rowcount:
            connection.execute(insert(MarkRow).values(name=PROBE, at=now))
