"""The rows that a transaction's session holds, compared with what stands in the database."""

from sqlalchemy import inspect, select

from bot.storage.base import table_of
from bot.storage.store import Database
from bot.storage.tables_accounts import AdministratorLinkRow
from bot.storage.tables_requests import ConversationRow, PersonEmployerRow, PersonRow

OF_PERSON = {
    "employers": PersonEmployerRow,
    "conversation": ConversationRow,
    "links": AdministratorLinkRow,
}


def stale(db: Database) -> list[str]:
    """Where the session holds something that does not stand in the database (any more)."""
    db.session.flush()
    rows = [row for row in db.session.identity_map.values() if not inspect(row).deleted]
    found = []
    for row in rows:
        found += _changed_columns(db, row)
        if isinstance(row, PersonRow):
            found += _changed_lists(db, row)
    return found


def _changed_columns(db: Database, row: object) -> list[str]:
    table = table_of(type(row))
    held = {name: it for name, it in inspect(row).dict.items() if name in table.c}
    mine = [table.c[one.name] == held[one.name] for one in table.primary_key if one.name in held]
    if not mine:
        return []  # all of it is read again when it is asked for
    there = db.session.connection().execute(select(table).where(*mine)).mappings().first()
    if there is None:
        return [f"{table.name}: a row that is gone"]
    return [f"{table.name}: {name}" for name, value in held.items() if there[name] != value]


def _changed_lists(db: Database, person: PersonRow) -> list[str]:
    found = []
    held = inspect(person).dict
    for name, row_class in OF_PERSON.items():
        if name in held:
            table = table_of(row_class)
            key = list(table.primary_key)
            asked = select(*key).where(table.c.person_id == person.id)
            there = {tuple(one) for one in db.session.connection().execute(asked)}
            rows = held[name] if isinstance(held[name], list) else [held[name]]
            if {tuple(getattr(row, one.name) for one in key) for row in rows if row} != there:
                found.append(f"person: {name}")
    return found
