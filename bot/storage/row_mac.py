"""_Row MACs: who somebody is, or whose something is, cannot be changed in SQL without being seen.

Sealed values do not vouch for the columns beside them. So every table below has a column `mac`: an
HMAC-SHA256 of the named columns under the desk's key of fingerprints, which a rotation keeps. The
events of SQLAlchemy at the end of this file write it with the row, and check it whenever the row is
read. A repository refuses a changed row (`check_row`) or leaves it out of a list (`intact`).

Two things it cannot show: a row that was deleted, and a whole row put back as it once was, its MAC
with it. Backups and the audit log tell of them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Table, event, inspect, select
from sqlalchemy.orm import Session, object_session

from bot.domain.errors import StartError
from bot.storage.encryption import Encryption

MAC: Final = "mac"
ENCRYPTION: Final = "encryption"
"""Where a session has the desk's keys (`Session.info`)."""

PROTECTED: Final[Mapping[str, tuple[str, ...]]] = {
    "person": ("id", "home", "email_sealed", "email_confirmed"),
    "person_address": ("address", "person_id"),
    "join_code": ("code_print", "person_id", "expires_at", "used_at"),
    "one_time_page": (
        *("token_print", "person_id", "address", "identity", "agent", "expires_at", "used_at"),
    ),
    "staff": ("address", "name", "role", "added_at", "removed_at"),
    "account": (
        *("id", "siret", "identifier", "role", "expires", "estimated", "leaving", "version"),
        *("holder_sealed", "deleted_at"),
    ),
    "administrator_link": ("account_id", "person_id", "siret"),
    "invitation": (
        *("code_print", "account_id", "invited_by", "expires_at", "used_at", "revoked_at"),
    ),
    "ticket": (
        *("id", "reference", "person_id", "siret", "path", "fund", "status", "assurance"),
        *("filed_at", "closed_at", "content_sealed", "restricted_at", "taken_by", "queue"),
    ),
    "ticket_agent": ("ticket_id", "place", "answers_sealed"),
    "ticket_message": (
        *("ticket_id", "place", "author", "by", "internal", "written_at", "text_sealed"),
    ),
    "ticket_happening": ("ticket_id", "place", "what", "who", "detail", "at"),
    "attachment": ("identity", "number", "place", "about_sealed"),
    "staff_group": ("chat_id", "became"),
    "staff_topic": ("ticket_id", "chat_id", "thread_id"),
    "staff_post": ("chat_id", "message_id", "ticket_id", "place"),
}
"""The columns that the MAC of each table covers, in this order.

One column more changes every MAC of its table: the migration that adds it makes them anew.
"""

_IS_CHANGED: Final = "changed outside"


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
    """What the rows of every table in `PROTECTED` are; each has a column `mac`, which is empty
    where the desk has not written the row."""


_Row = TypeVar("_Row", bound=ProtectedRow)


def make_mac(encryption: Encryption, table: str, values: Mapping[str, Any]) -> str:
    """The MAC of a row with these values; columns that it does not cover may be among them."""
    covered = [_canonical(values[name]) for name in PROTECTED[table]]
    return encryption.fingerprint("row", table, json.dumps(covered))


def signed(encryption: Encryption, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a whole row with its MAC, for a statement that goes past the ORM."""
    if table not in PROTECTED:
        return dict(values)
    return {**values, MAC: make_mac(encryption, table, values)}


def is_signed(encryption: Encryption, table: str, row: Mapping[Any, Any]) -> bool:
    """Whether a row of the database is as the desk wrote it; all of an unprotected table are."""
    return table not in PROTECTED or row[MAC] == make_mac(encryption, table, row)


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


def name_row(  # noqa: PLR0911 -- one `match` over the tables
    table: str, values: Mapping[Any, Any]
) -> str:
    """What an operator calls a row; names and numbers of persons do not stand in it."""
    match table:
        case "ticket":
            return f"demande {values['reference']}"
        case "ticket_agent" | "ticket_message" | "ticket_happening" | "staff_topic" | "staff_post":
            return f"partie de la demande d'identité {values['ticket_id']} ({table})"
        case "attachment":
            return f"pièce {values['number']} de la demande d'identité {values['identity']}"
        case "staff_group":
            return f"groupe de conseillers {values['chat_id']}"
        case "staff":
            return f"membre du guichet {values['address']}"
        case "account":
            return f"compte {values['identifier']} de l'employeur {values['siret']}"
        case "administrator_link":
            return f"lien d'une personne avec un compte de l'employeur {values['siret']}"
        case "invitation":
            return f"invitation au compte d'identité {values['account_id']}"
        case "person_address" | "join_code" | "one_time_page":
            return f"adresse, code ou page de la personne d'identité {values['person_id']}"
        case _:
            return f"personne d'identité {values['id']}"


def changed_rows(
    connection: Connection, encryption: Encryption, tables: Mapping[str, Table]
) -> Iterator[str]:
    """Checks every row of the protected tables, and names those that were changed; for `doctor`."""
    ticket = tables["ticket"]
    for name, covered in PROTECTED.items():
        table = tables[name]
        asked = select(*(table.c[column] for column in (*covered, MAC))).execution_options(
            yield_per=1000
        )
        for row in connection.execute(asked).mappings():
            if is_signed(encryption, name, row):
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
            return bytes(value).hex()
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
    table, values = _table_of(row).name, vars(row)
    if encryption is None or not values.keys() >= {*PROTECTED[table], MAC}:
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
    table = _table_of(row).name
    row.mac = make_mac(encryption, table, {name: getattr(row, name) for name in PROTECTED[table]})
