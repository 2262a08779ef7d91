"""_Row MACs: who somebody is, or whose something is, cannot be changed in SQL without being seen.

Sealed values do not vouch for the columns beside them. So the tables of `ProtectedRow` have a
column `mac`: an HMAC-SHA256 of the others under the desk's key of fingerprints, which a rotation
keeps. The
events of SQLAlchemy at the end of this file write it with the row, and check it whenever the row is
read. A repository refuses a changed row (`check_row`) or leaves it out of a list (`intact`).

Two things it cannot show: a row that was deleted, and a whole row put back as it once was, its MAC
with it. Backups and the audit log tell of them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Table, event, inspect, select
from sqlalchemy.orm import Session, object_session

from bot.domain.errors import StartError
from bot.storage.encryption import Encryption

MAC: Final = "mac"
ENCRYPTION: Final = "encryption"
"""Where a session has the desk's keys (`Session.info`)."""

NOT_COVERED: Final[Mapping[str, frozenset[str]]] = {
    "person": frozenset({"seen_at", "unreachable_since"}),
    "administrator_link": frozenset({"away_from", "away_until", "stand_in", "snoozed_until"}),
    "attachment": frozenset({"content_sealed"}),
}
"""The columns that the MAC of a table leaves out; it covers all others.

A row of the first two is changed by statements that do not read it, and what they change says
neither who somebody is nor whose something is. A file is megabytes, and opens at its place only.
One column more changes every MAC of its table: the migration that adds it makes them anew.
"""
NO_DAY: Final = date(1000, 1, 1)
NO_MOMENT: Final = datetime(1000, 1, 1, tzinfo=UTC)
"""What is read where a column of days or moments holds none: its row is named, like any other that
was changed. One can reckon with it, as one cannot with `date.min`."""

_IS_CHANGED: Final = "changed outside"
_NAMES: Final[Mapping[str, str]] = {
    "ticket": "demande {reference}",
    **{
        table: f"partie de la demande d'identité {{ticket_id}} ({table})"
        for table in (
            *("ticket_agent", "ticket_message", "ticket_happening", "ticket_copy"),
            *("staff_topic", "staff_post"),
        )
    },
    "attachment": "pièce {number} de la demande d'identité {identity}",
    "staff_group": "groupe de conseillers {chat_id}",
    "staff": "membre du guichet {address}",
    "account": "compte {identifier} de l'employeur {siret}",
    "administrator_link": "lien d'une personne avec un compte de l'employeur {siret}",
    "invitation": "invitation au compte d'identité {account_id}",
    "review": "revue des comptes de l'employeur {siret}",
    "person": "personne d'identité {id}",
    **{
        table: f"{what} de la personne d'identité {{person_id}}"
        for table, what in (
            ("person_address", "adresse"),
            ("join_code", "code"),
            ("one_time_page", "page"),
        )
    },
    "rights_request": "demande de droits n° {number}",
    "failed_update": "tour échoué {reference}",
    "outbox": "envoi {id}",
    "service_notice": "annonce n° {number}",
}


class ChangedRowError(StartError):
    """A row was changed by something else than the desk; the message says, in French, which."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Cette ligne a été changée hors du guichet : {name}. Elle n'est plus utilisée : "
            "remettez-y ce qu'elle contenait, ou restaurez une sauvegarde d'avant (guichet "
            "restore). « guichet doctor » nomme toutes les lignes changées."
        )
        self.name = name


class ProtectedRow:
    """What the rows of every protected table are; each has a column `mac`, which is empty where
    the desk has not written the row."""


_Row = TypeVar("_Row", bound=ProtectedRow)


@cache
def covered_columns(table: Table) -> tuple[str, ...]:
    """The columns that the MAC of a table covers, in the order of their names; none without one."""
    names = sorted(table.columns.keys()) if MAC in table.c else ()
    return tuple(one for one in names if one not in {MAC, *NOT_COVERED.get(table.name, ())})


def make_mac(encryption: Encryption, table: Table, values: Mapping[str, Any]) -> str:
    """The MAC of a row with these values; columns that it does not cover may be among them."""
    covered = [_canonical(values[name]) for name in covered_columns(table)]
    return encryption.fingerprint("row", table.name, json.dumps(covered))


def signed(encryption: Encryption, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a whole row with its MAC, for a statement that goes past the ORM."""
    if MAC not in table.c:
        return dict(values)
    return {**values, MAC: make_mac(encryption, table, values)}


def is_signed(encryption: Encryption, table: Table, row: Mapping[Any, Any]) -> bool:
    """Whether a row of the database is as the desk wrote it; of a table without MACs, whether its
    values are of the kinds of its columns."""
    if MAC in table.c:
        return bool(row[MAC] == make_mac(encryption, table, row))
    return has_fit_values(table, row)


def has_fit_values(table: Table, row: Mapping[Any, Any]) -> bool:
    """Whether the values of a row, or some of them, are of the kinds of their columns: SQLite takes
    any value into any column."""
    return all(
        isinstance(value, kind) and value not in (NO_MOMENT, NO_DAY)
        for name, kind in _kinds(table)
        if (value := row.get(name)) is not None
    )


@cache
def _kinds(table: Table) -> tuple[tuple[str, type], ...]:
    return tuple((column.name, column.type.python_type) for column in table.columns)


def is_intact(row: ProtectedRow) -> bool:
    """Whether a row was as the desk wrote it when the session last read it."""
    return _IS_CHANGED not in inspect(row).info


def intact(rows: Iterable[_Row]) -> Iterator[_Row]:
    """Leaves out the rows that were changed."""
    return (row for row in rows if is_intact(row))


def check_row(row: ProtectedRow, name: str = "") -> None:
    """Lets a row be used that is as the desk wrote it; `name` is what it is a part of.

    Raises:
        ChangedRowError: it is not.
    """
    if not is_intact(row):
        raise ChangedRowError(name or name_row(_table_of(row).name, vars(row)))


def name_row(table: str, values: Mapping[Any, Any]) -> str:
    """What an operator calls a row; names and numbers of persons do not stand in it."""
    return _NAMES.get(table, f"ligne de la table {table}").format_map(values)


def changed_rows(
    connection: Connection, encryption: Encryption, tables: Mapping[str, Table]
) -> Iterator[str]:
    """Checks every row of every table, and names those that were changed; for `doctor`.

    The audit log has its own check.
    """
    ticket = tables["ticket"]
    for name, table in tables.items():
        if name == "audit":
            continue
        columns = (*covered_columns(table), MAC) if MAC in table.c else table.columns.keys()
        asked = select(*(table.c[one] for one in columns)).execution_options(yield_per=1000)
        for row in connection.execute(asked).mappings():
            if is_signed(encryption, table, row):
                continue
            whole = row.get("ticket_id") or row.get("identity")
            asked = select(ticket.c.reference).where(ticket.c.id == whole)
            reference = connection.scalar(asked) if whole else None
            yield f"demande {reference}" if reference else name_row(name, row)


def _canonical(value: Any) -> Any:
    """The same for what goes in and what comes back, from SQLite and from PostgreSQL."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case bytes() | memoryview():
            return ["bytes", bytes(value).hex()]
        case _:
            return value


def _table_of(row: ProtectedRow) -> Table:
    table: Table = row.__table__  # type: ignore[attr-defined] # all rows are mapped
    return table


def _keys_of(session: Session | None) -> Encryption | None:
    found: Encryption | None = session.info.get(ENCRYPTION) if session is not None else None
    return found


def _note_whether_changed(row: ProtectedRow, encryption: Encryption | None) -> None:
    """A refresh of some columns alone is no reading of the row."""
    table, values = _table_of(row), vars(row)
    if encryption is None or not values.keys() >= {*covered_columns(table), MAC}:
        return
    noted = inspect(row).info
    if is_signed(encryption, table, values):
        noted.pop(_IS_CHANGED, None)
    else:
        noted[_IS_CHANGED] = True


@event.listens_for(ProtectedRow, "load", propagate=True)
def _loaded(row: ProtectedRow, context: Any) -> None:
    _note_whether_changed(row, _keys_of(context.session))


@event.listens_for(ProtectedRow, "refresh", propagate=True)
def _refreshed(row: ProtectedRow, context: Any, _names: Any) -> None:
    if context is not None:  # else an UPDATE of ours is carried over to the object
        _note_whether_changed(row, _keys_of(context.session))


@event.listens_for(ProtectedRow, "before_insert", propagate=True)
@event.listens_for(ProtectedRow, "before_update", propagate=True)
def _sign(_mapper: Any, _connection: Any, row: Any) -> None:
    """A changed row is not given a new MAC by a change of ours."""
    encryption = _keys_of(object_session(row))
    if encryption is None:
        return
    check_row(row)
    table = _table_of(row)
    values = {name: getattr(row, name) for name in covered_columns(table)}
    row.mac = make_mac(encryption, table, values)
