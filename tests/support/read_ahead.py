"""What was read ahead of persons, held against what stands in the database."""

from dataclasses import fields
from typing import Any

from bot.storage.people import Known
from bot.storage.store import Database


def stale(db: Database) -> list[str]:
    """The persons of whom something is believed that does not stand there (any more)."""
    believed = dict(db._by_id)
    db.settle()
    db._forget()
    there = {person_id: db._known(person_id) for person_id in believed}
    return [
        f"{one.address}: {name}"
        for person_id, one in believed.items()
        for name in (field.name for field in fields(Known) if field.name != "profile")
        if getattr(one, name) != _fact(there[person_id], name)
    ]


def _fact(known: Known | None, name: str) -> Any:
    return None if known is None else getattr(known, name)
