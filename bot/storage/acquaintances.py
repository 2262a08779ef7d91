"""Acquaintances: what a turn has to know of a person, read for all persons of a batch at once.

Four statements, however many persons: who they are (locked), where they stand, for whom they ask,
and what they administer. Who they are comes first and alone: on PostgreSQL a statement that waits
for a lock sees of every other table what stood there before the wait.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from bot.domain.account import AccountRole
from bot.domain.people import Assurance, Profile
from bot.storage.base import Base, Repository, Upsert, table_of
from bot.storage.dispatch import Dispatch
from bot.storage.encryption import Encryption
from bot.storage.tables_accounts import AccountRow, AdministratorLinkRow, EmployerRow
from bot.storage.tables_requests import ConversationRow, PersonEmployerRow, PersonRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A conversation as it is kept."""

    session_sealed: bytes
    turn: int
    draft_identity: str | None = None
    draft_since: datetime | None = None
    nir_since: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Known:
    """A person as they are kept; names stay sealed until somebody wants to read them."""

    id: str
    address: str
    assurance: str
    email_sealed: bytes | None
    unreachable_since: datetime | None
    standing: Standing | None = None
    employers: tuple[tuple[str, bytes], ...] = ()
    administered: tuple[tuple[str, str, bytes], ...] = ()
    profile: Profile | None = None  # once somebody has read it


_ABOUT: tuple[type[Base], ...] = (
    PersonRow,
    ConversationRow,
    PersonEmployerRow,
    AdministratorLinkRow,
    AccountRow,
    EmployerRow,
)
_PERSON, _TALK, _ASKS_FOR, _SEAT, _ACCOUNT, _EMPLOYER = map(table_of, _ABOUT)
_IDS: BindParameter[str] = bindparam("ids", expanding=True)

_PERSONS = select(
    _PERSON.c.id,
    _PERSON.c.address,
    _PERSON.c.assurance,
    _PERSON.c.email_sealed,
    _PERSON.c.unreachable_since,
).order_by(_PERSON.c.id)
_AT = _PERSONS.where(_PERSON.c.address.in_(bindparam("addresses", expanding=True)))
_LOCKED = _AT.with_for_update()  # in one order: two processes do not wait for one another
_WITH_ID = _PERSONS.where(_PERSON.c.id.in_(_IDS))

_STANDINGS = select(
    _TALK.c.person_id,
    _TALK.c.session_sealed,
    _TALK.c.turn,
    _TALK.c.draft_identity,
    _TALK.c.draft_since,
    _TALK.c.nir_since,
).where(_TALK.c.person_id.in_(_IDS))

_EMPLOYERS = (
    select(_ASKS_FOR.c.person_id, _ASKS_FOR.c.siret, _ASKS_FOR.c.name_sealed)
    .where(_ASKS_FOR.c.person_id.in_(_IDS))
    .order_by(_ASKS_FOR.c.place)
)

_ADMINISTERED = (
    select(_SEAT.c.person_id, _SEAT.c.siret, _SEAT.c.account_id, _EMPLOYER.c.name_sealed)
    .join(_ACCOUNT, _ACCOUNT.c.id == _SEAT.c.account_id)
    .join(_EMPLOYER, _EMPLOYER.c.siret == _SEAT.c.siret)
    .where(
        _SEAT.c.person_id.in_(_IDS),
        _ACCOUNT.c.role == AccountRole.ADMINISTRATOR.value,
        _ACCOUNT.c.deleted_at.is_(None),
    )
    .order_by(_SEAT.c.linked_at, _SEAT.c.siret)
)


class Acquaintances(Repository):
    """Who is known in this transaction, and who will be needed in it."""

    def __init__(
        self, session: Session, vault: Encryption, dispatches: Sequence[Dispatch] = ()
    ) -> None:
        super().__init__(session, vault, dispatches)
        self._expected: Counter[str] = Counter()
        self._by_address: dict[str, Known] = {}  # locked, all of them
        self._by_id: dict[str, Known] = {}

    def expect(self, addresses: Iterable[str], now: datetime) -> None:
        """These persons take a turn in this transaction; who is new is met."""
        self._expected.update(addresses)
        wanted = self._expected.keys() - self._by_address.keys()
        if wanted:
            self._read_persons(wanted)
        if unmet := sorted(wanted - self._by_address.keys()):
            self._meet(unmet, now)
            self._read_persons(unmet)

    def _forget(self) -> None:
        super()._forget()
        self._by_address.clear()
        self._by_id.clear()

    def _known_at(self, address: str) -> Known | None:
        """The person of this address, locked; with them all who are still to come."""
        if address not in self._by_address:
            self._read_persons({address, *self._expected} - self._by_address.keys())
        return self._by_address.get(address)

    def _known(self, person_id: str) -> Known | None:
        """The person of this name, whoever locked them."""
        if person_id not in self._by_id:
            self._keep(self._reading(*_ABOUT).execute(_WITH_ID, {"ids": [person_id]}).all())
        return self._by_id.get(person_id)

    def _find(self, address: str) -> Known | None:
        """The person of this address, not locked."""
        if address not in self._by_address:
            found = self._keep(self._reading(*_ABOUT).execute(_AT, {"addresses": [address]}).all())
            return next(iter(found), None)
        return self._by_address[address]

    def _done_with(self, address: str) -> None:
        """One of their turns less is to come."""
        if self._expected[address] > 1:
            self._expected[address] -= 1
        else:
            del self._expected[address]

    def _meet(self, addresses: Sequence[str], now: datetime) -> None:
        """Persons at first sight; who was met by another process meanwhile stays as they are."""
        rows = [
            {
                "id": str(uuid4()),
                "address": address,
                "assurance": Assurance.DECLARED.value,
                "created_at": now,
            }
            for address in addresses
        ]
        self._writing(PersonRow).execute(meeting(self._on_postgresql), rows)

    def _read_persons(self, addresses: Iterable[str]) -> None:
        rows = self._reading(*_ABOUT).execute(_LOCKED, {"addresses": sorted(addresses)}).all()
        self._by_address |= {known.address: known for known in self._keep(rows)}

    def _keep(self, rows: Sequence[Any]) -> Collection[Known]:
        """The rest of what is to be known of these persons."""
        found = {
            row.id: Known(
                id=row.id,
                address=row.address,
                assurance=row.assurance,
                email_sealed=row.email_sealed,
                unreachable_since=row.unreachable_since,
            )
            for row in rows
        }
        if not found:
            return ()
        ids, connection = {"ids": list(found)}, self._connection
        for person_id, *kept in connection.execute(_STANDINGS, ids):
            found[person_id].standing = Standing(**dict(zip(Standing.__slots__, kept, strict=True)))
        for person_id, *employer in connection.execute(_EMPLOYERS, ids):
            found[person_id].employers += (tuple(employer),)
        for person_id, *employer in connection.execute(_ADMINISTERED, ids):
            found[person_id].administered += (tuple(employer),)
        self._by_id |= found
        return found.values()


@cache
def meeting(on_postgresql: bool) -> Upsert:
    """Inserts who is not known yet."""
    return (postgresql.insert if on_postgresql else sqlite.insert)(_PERSON).on_conflict_do_nothing()
