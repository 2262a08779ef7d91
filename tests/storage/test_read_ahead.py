"""What is read ahead of persons stays true, whoever writes their tables.

Every write to a table of which something is read ahead goes through the session itself (nothing
read ahead is believed after that), or is one of a few that change what was read along with the row.
The stories of `tests/torture` hold what was read ahead against the database at every commit.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import update
from storage.samples import NOW
from support.read_ahead import stale

import bot.storage
from bot.conversation.session import Session
from bot.storage.base import READ_AHEAD, name_of
from bot.storage.people import _ABOUT
from bot.storage.store import Store
from bot.storage.tables_requests import PersonRow

FOLDER = Path(bot.storage.__file__).parent
ROWS = {table.__name__ for table in _ABOUT}

WRITING = {
    *("insert", "update", "delete", "inserting", "upserting", "meeting"),
    *("add", "add_all", "merge", "_later", "_add_all", "_put_all", "_insert"),
}
"""Calls that write, or make what writes; `_put` and `_insert_new` look themselves (`Desk._for`)."""

FOLLOWED = {
    "acquaintances._meet",  # nothing was known of somebody who is new
    "conversations.save_session",
    "conversations._put_sessions",
    "people.save_profile",
    "people._change_persons",
    "people._replace_employers",
}
"""What is known of the person is changed along with the row."""

BESIDE = {"_elsewhere", "_orm", "_connection", "_reading", "_reading_of", "_writing"}
"""The ways to the database after which what was read ahead is still believed."""


@dataclass(frozen=True)
class Writer:
    """A function of the storage that writes a table of which something is read ahead."""

    name: str
    ways: frozenset[str]


def writers(sources: Iterable[tuple[str, str]]) -> list[Writer]:
    return [one for stem, source in sources for one in writers_of(stem, ast.parse(source))]


def writers_of(stem: str, tree: ast.Module) -> Iterator[Writer]:
    about, statements = set(ROWS), set[str]()
    for made in tree.body:
        if isinstance(made, ast.Assign | ast.AnnAssign) and about & names(made):
            bound = {one.id for one in ast.walk(made) if is_bound(one)}
            about |= bound
            if WRITING & called(made):
                statements |= bound
    for one in ast.walk(tree):
        if isinstance(one, ast.FunctionDef) and about & names(one):
            changes = WRITING & called(one) or any(map(is_set, ast.walk(one)))
            if changes or statements & names(one):
                yield Writer(f"{stem}.{one.name}", frozenset(attributes(one)))


def names(tree: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(tree) if isinstance(one, ast.Name)}


def attributes(tree: ast.AST) -> set[str]:
    return {one.attr for one in ast.walk(tree) if isinstance(one, ast.Attribute)}


def called(tree: ast.AST) -> set[str]:
    calls = [one.func for one in ast.walk(tree) if isinstance(one, ast.Call)]
    named = {one.id for one in calls if isinstance(one, ast.Name)}
    return named | {one.attr for one in calls if isinstance(one, ast.Attribute)}


def is_bound(one: ast.AST) -> bool:
    return isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)


def is_set(one: ast.AST) -> bool:
    """A row read as an object is changed by setting its attributes; our own have an underscore."""
    is_attribute = isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store)
    return is_attribute and isinstance(one.value, ast.Name) and one.value.id == "row"


def forgets(writer: Writer) -> bool:
    return "_session" in writer.ways and not writer.ways & BESIDE


def test_the_tables_read_ahead_are_those_that_count_as_such() -> None:
    assert {name_of(table) for table in _ABOUT} == set(READ_AHEAD)


def test_whoever_writes_them_lets_what_was_read_ahead_be_forgotten_or_changes_it_too() -> None:
    found = writers((path.stem, path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.py"))

    assert {one.name for one in found if not forgets(one)} == FOLLOWED


@pytest.mark.parametrize(
    "added",
    [
        "self._elsewhere.exec(update(PersonRow).values(assurance='x'))",
        "self._elsewhere.add(SeatRow(account_id='x'))",
        "self._connection.execute(_GONE)",
        "row = self._elsewhere.get(AccountRow, 'x'); row.version = 2",
    ],
)
def test_a_write_beside_them_does_not_go_unseen(added: str) -> None:
    source = f"_GONE = delete(table_of(EmployerRow))\n\ndef added(self):\n    {added}\n"

    (found,) = writers([("module", source)])

    assert not forgets(found)


def test_what_is_believed_and_does_not_stand_there_is_told(store: Store) -> None:
    with store.transaction() as db:
        person = db.people.of("telegram:1", NOW)
        db.conversations.save(person.id, Session(turn=3), NOW)
        assert stale(db) == []

        changed = update(PersonRow).values(assurance="invited")
        db.session.execute(changed.execution_options(synchronize_session=False))

        assert stale(db) == ["telegram:1: assurance"]
