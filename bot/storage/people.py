"""People: who writes to the desk, what is remembered of them, and who works there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy.orm import selectinload
from sqlmodel import Session, col, select, update

from bot.domain.people import Colleague, Employer, Profile, StaffRole
from bot.storage.base import Repository
from bot.storage.encryption import Encryption
from bot.storage.row_mac import check_row, intact, is_intact
from bot.storage.tables_accounts import AccountRow, AdministratorLinkRow
from bot.storage.tables_requests import (
    PersonAddressRow,
    PersonEmployerRow,
    PersonRow,
    StaffRow,
    TicketRow,
)

SEEN_WITHIN = timedelta(days=1)
"""How exactly it is known when somebody was last here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who writes to the desk, from `addresses` like `telegram:12345`; news go to `home`,
    the one that they last wrote from."""

    id: str
    home: str
    addresses: tuple[str, ...]
    profile: Profile
    unreachable: bool = False


class People(Repository):
    """Persons and their profiles.

    A turn begins with `of`. Who takes several turns in one transaction calls `load_many` first:
    it reads all their persons together, with what every turn reads of them (conversation,
    employers, administrator's accounts), so that the turns find them in the session.
    """

    def __init__(self, session: Session, encryption: Encryption) -> None:
        super().__init__(session, encryption)
        self._locked: dict[str, PersonRow] = {}  # by address

    def load_many(self, addresses: Iterable[str], now: datetime) -> None:
        """Reads and locks the persons who will take turns in this transaction, in a few statements;
        creates those who are new."""
        wanted = sorted(set(addresses) - self._locked.keys())
        if not wanted:
            return
        self._lock(wanted)
        if unknown := [address for address in wanted if address not in self._locked]:
            self._lock(unknown)  # who was joined with somebody while we waited is found now
            self._create([one for one in unknown if one not in self._locked], now)
            self._lock(unknown)

    def of(self, address: str, now: datetime, *, wrote: bool = True) -> Person:
        """Returns the person who writes from this address, created at first sight; reachable
        again, having written.

        On PostgreSQL the row stays locked until the commit: two turns of one person, taken by two
        processes, come one after the other.
        """
        self.load_many([address], now)
        row = self._locked[address]
        if wrote and row.home != address:
            check_row(row)
            row.home = address
        if wrote and row.unreachable_since is not None:
            row.unreachable_since = None
        if wrote and (row.seen_at is None or now - row.seen_at >= SEEN_WITHIN):
            row.seen_at = now
        return self._person(row)

    def find(self, address: str) -> Person | None:
        """Returns who has this address, without creating, changing or locking anything."""
        found = self._session.get(PersonAddressRow, address)
        if found is None:
            return None
        check_row(found)
        return self._person(self._session.get_one(PersonRow, found.person_id))

    def by_id(self, beginning: str) -> Person | None:
        """Returns the one person whose identity begins so; None where there is none, or several."""
        chosen = col(PersonRow.id).startswith(beginning, autoescape=True)
        rows = self._session.exec(select(PersonRow).where(chosen).limit(2)).all()
        return self._person(rows[0]) if len(rows) == 1 else None

    def everybody(self) -> Iterator[Person]:
        """Opens one person after the other: for a search, which has no index."""
        with_employers = selectinload(PersonRow.employers)  # type: ignore[arg-type]
        everyone = select(PersonRow).options(with_employers).order_by(col(PersonRow.id))
        for row in self._session.exec(everyone.execution_options(yield_per=500)):
            yield self._person(row)

    def address_of(self, person_id: str) -> str:
        row = self._session.get_one(PersonRow, person_id)
        check_row(row)
        return row.home

    def lock(self, person_id: str) -> str:
        """Returns the address of somebody to be written to; their turns wait until the commit."""
        row = self._session.get_one(PersonRow, person_id, with_for_update=True)
        check_row(row)
        return row.home

    def add_address(self, person_id: str, address: str, now: datetime) -> None:
        """Lets somebody write from one more address, which nobody has yet."""
        self._session.add(PersonAddressRow(address=address, person_id=person_id, since=now))

    def profile(self, person_id: str) -> Profile:
        return self._profile(self._session.get_one(PersonRow, person_id))

    def of_ticket(self, reference: str) -> Person | None:
        """Returns who filed this ticket."""
        filed = select(PersonRow).join(TicketRow, col(TicketRow.person_id) == col(PersonRow.id))
        row = self._session.exec(filed.where(TicketRow.reference == reference)).first()
        return None if row is None else self._person(row)

    def mark_unreachable(self, address: str, now: datetime) -> None:
        """Nothing can be sent to them (a blocked bot) until they write again."""
        silent = update(PersonRow).where(
            col(PersonRow.home) == address, col(PersonRow.unreachable_since).is_(None)
        )
        self._session.exec(silent.values(unreachable_since=now))

    def save_profile(self, person_id: str, profile: Profile) -> None:
        row = self._session.get_one(PersonRow, person_id)
        row.email_confirmed = profile.email_confirmed
        row.email_sealed = None
        if profile.email is not None:
            row.email_sealed = self._seal(profile.email, "person", person_id, "email")
        known = {one.siret: one for one in row.employers}
        row.employers = [
            self._employer(known, person_id, place, employer)
            for place, employer in enumerate(profile.employers)
        ]

    def forget_locks(self) -> None:
        """Locks taken inside a savepoint end when it is rolled back: persons are read again."""
        self._locked.clear()

    def _lock(self, addresses: Sequence[str]) -> None:
        """Reads persons with what every turn reads of them.

        Persons come first and alone: on PostgreSQL a statement that waits for a lock sees of
        every other table what stood there before the wait. They are locked in one order, so that
        two processes do not wait for one another.
        """
        asked = (
            select(PersonAddressRow, PersonRow)
            .join(PersonRow, col(PersonRow.id) == col(PersonAddressRow.person_id))
            .where(col(PersonAddressRow.address).in_(addresses))
            .order_by(col(PersonRow.id))
            .with_for_update()
            .options(
                selectinload(PersonRow.conversation),  # type: ignore[arg-type]
                selectinload(PersonRow.addresses),  # type: ignore[arg-type]
                selectinload(PersonRow.employers),  # type: ignore[arg-type]
                selectinload(PersonRow.links)  # type: ignore[arg-type]
                .joinedload(AdministratorLinkRow.account)  # type: ignore[arg-type]
                .joinedload(AccountRow.employer),  # type: ignore[arg-type]
            )
            .execution_options(populate_existing=True)
        )
        for found, row in self._session.exec(asked):
            check_row(found)
            self._locked[found.address] = row

    def _create(self, addresses: Sequence[str], now: datetime) -> None:
        """Who was created by another process meanwhile stays as they are."""
        new = {"email_sealed": None, "email_confirmed": False, "created_at": now, "seen_at": now}
        ids = {address: str(uuid4()) for address in addresses}
        rows = [
            self._signed(PersonRow, {"id": ids[address], "home": address, **new})
            for address in addresses
        ]
        if not rows:
            return
        self._run(self._insert(PersonRow).on_conflict_do_nothing(), rows)
        created = select(PersonRow.id, PersonRow.home).where(col(PersonRow.id).in_(ids.values()))
        found = [
            self._signed(PersonAddressRow, {"address": home, "person_id": person, "since": now})
            for person, home in self._session.exec(created)
        ]
        if found:
            self._run(self._insert(PersonAddressRow).on_conflict_do_nothing(), found)

    def _employer(
        self, known: dict[str, PersonEmployerRow], person_id: str, place: int, employer: Employer
    ) -> PersonEmployerRow:
        sealed = self._seal(employer.name, *_name_of(person_id, employer.siret))
        row = known.get(employer.siret)
        if row is None:
            return PersonEmployerRow(
                person_id=person_id, siret=employer.siret, place=place, name_sealed=sealed
            )
        row.place, row.name_sealed = place, sealed
        return row

    def _person(self, row: PersonRow) -> Person:
        check_row(row)
        return Person(
            id=row.id,
            home=row.home,
            addresses=tuple(one.address for one in row.addresses),
            profile=self._profile(row),
            unreachable=row.unreachable_since is not None,
        )

    def _profile(self, row: PersonRow) -> Profile:
        email = None
        if row.email_sealed is not None:
            email = self._open(row.email_sealed, "person", row.id, "email")
        employers = tuple(
            Employer(one.siret, self._open(one.name_sealed, *_name_of(row.id, one.siret)))
            for one in row.employers
        )
        return Profile(
            employers=employers,
            email=email,
            email_confirmed=row.email_confirmed,
            invited_by=inviting_employers(row),
        )


class Staff(Repository):
    """The people of the desk: who works there, and in which role.

    A row that was changed outside the desk makes nobody an advisor: it is as good as none.
    """

    def save(self, colleague: Colleague, now: datetime) -> None:
        """Adds somebody, changes their name or role, or takes them in again."""
        self._upsert(
            StaffRow,
            address=colleague.address,
            name=colleague.name,
            role=colleague.role.value,
            added_at=now,
            removed_at=None,
        )

    def remove(self, address: str, now: datetime) -> bool:
        """Tells whether there was somebody to remove; their name stays with what they did."""
        row = self._session.get(StaffRow, address)
        if row is None or row.removed_at is not None:
            return False
        check_row(row)
        row.removed_at = now
        return True

    def get(self, address: str) -> Colleague | None:
        """Returns who has this address, if they work here."""
        row = self._session.get(StaffRow, address)
        if row is None or row.removed_at is not None or not is_intact(row):
            return None
        return _colleague(row)

    def name_of(self, address: str) -> str:
        """Returns somebody's name, be they gone meanwhile; their address where nobody knows."""
        row = self._session.get(StaffRow, address)
        return row.name if row is not None and is_intact(row) else address.partition(":")[2]

    def all(self) -> tuple[Colleague, ...]:
        present = select(StaffRow).where(col(StaffRow.removed_at).is_(None))
        rows = self._session.exec(present.order_by(col(StaffRow.name)))
        return tuple(_colleague(row) for row in intact(rows))


def inviting_employers(person: PersonRow) -> frozenset[str]:
    """The SIRETs of the employers at which a person is linked to an account that is not deleted."""
    return frozenset(
        link.siret
        for link in intact(person.links)
        if is_intact(link.account)
        and link.account.deleted_at is None
        and link.account.siret == link.siret
    )


def _name_of(person_id: str, siret: str) -> tuple[str, str, str]:
    return "person_employer", f"{person_id}/{siret}", "name"


def _colleague(row: StaffRow) -> Colleague:
    return Colleague(address=row.address, name=row.name, role=StaffRole(row.role))
