"""People: who they are on their channel, and what is remembered of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlmodel import col, delete, select, update

from bot.domain.employer import Assurance, Employer, Profile
from bot.storage.desk import Desk
from bot.storage.tables import PersonEmployerRow, PersonRow, TicketRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who writes to the desk; `address` is `telegram:12345`."""

    id: str
    address: str
    profile: Profile
    unreachable: bool = False


class People(Desk):
    """Persons and their profiles."""

    def person(self, address: str, now: datetime, *, wrote: bool = True) -> Person:
        """Who writes from this address, made at first sight; reachable again, having written.

        On PostgreSQL the row stays locked until the commit: two turns of one person, heard by
        two processes, come one after the other.
        """
        known = select(PersonRow).where(PersonRow.address == address).with_for_update()
        row = self._session.exec(known).first()
        if row is None:
            self._insert_new(
                PersonRow,
                id=str(uuid4()),
                address=address,
                assurance=Assurance.DECLARED.value,
                created_at=now,
            )
            row = self._session.exec(known).one()
        if wrote and row.unreachable_since is not None:
            row.unreachable_since = None
            self._session.flush()
        unreachable = row.unreachable_since is not None
        return Person(
            id=row.id, address=address, profile=self._profile(row), unreachable=unreachable
        )

    def find_person(self, address: str) -> Person | None:
        """Who has this address, without meeting them: nothing is made or changed."""
        row = self._session.exec(select(PersonRow).where(PersonRow.address == address)).first()
        if row is None:
            return None
        unreachable = row.unreachable_since is not None
        return Person(
            id=row.id, address=address, profile=self._profile(row), unreachable=unreachable
        )

    def address_of(self, person_id: str) -> str:
        return self._session.get_one(PersonRow, person_id).address

    def lock_person(self, person_id: str) -> str:
        """The address of somebody to be written to; their turns wait until the commit."""
        asked = select(PersonRow.address).where(PersonRow.id == person_id).with_for_update()
        return self._session.exec(asked).one()

    def lock_people(self, addresses: Iterable[str]) -> None:
        """Those whose turns share a transaction, in one order: no two of them wait crosswise."""
        if self._on_postgresql:  # SQLite has one writer at a time
            chosen = select(PersonRow.id).where(col(PersonRow.address).in_(list(addresses)))
            self._session.exec(chosen.order_by(PersonRow.address).with_for_update()).all()

    def person_of_ticket(self, reference: str) -> Person | None:
        """Who filed this ticket."""
        filed = select(PersonRow).join(TicketRow, col(TicketRow.person_id) == col(PersonRow.id))
        row = self._session.exec(filed.where(TicketRow.reference == reference)).first()
        return None if row is None else self.find_person(row.address)

    def mark_unreachable(self, address: str, now: datetime) -> None:
        """Nothing can be sent to them (a blocked bot) until they write again."""
        silent = update(PersonRow).where(
            col(PersonRow.address) == address, col(PersonRow.unreachable_since).is_(None)
        )
        self._session.exec(silent.values(unreachable_since=now))

    def save_profile(self, person_id: str, profile: Profile) -> None:
        row = self._session.get_one(PersonRow, person_id)
        row.assurance = profile.assurance.value
        row.email_sealed = None
        if profile.email is not None:
            row.email_sealed = self._seal(profile.email, "person", person_id, "email")
        mine = col(PersonEmployerRow.person_id) == person_id
        self._session.exec(delete(PersonEmployerRow).where(mine))
        for place, employer in enumerate(profile.employers):
            self._insert_new(
                PersonEmployerRow,
                person_id=person_id,
                siret=employer.siret,
                place=place,
                name_sealed=self._seal(employer.name, *_name_of(person_id, employer.siret)),
            )
        self._session.flush()

    def _profile(self, row: PersonRow) -> Profile:
        email = None
        if row.email_sealed is not None:
            email = self._open(row.email_sealed, "person", row.id, "email")
        return Profile(
            employers=self._employers(row.id), email=email, assurance=Assurance(row.assurance)
        )

    def _employers(self, person_id: str) -> tuple[Employer, ...]:
        rows = self._session.exec(
            select(PersonEmployerRow.siret, PersonEmployerRow.name_sealed)
            .where(PersonEmployerRow.person_id == person_id)
            .order_by(col(PersonEmployerRow.place))
        )
        return tuple(
            Employer(siret, self._open(sealed, *_name_of(person_id, siret)))
            for siret, sealed in rows
        )


def _name_of(person_id: str, siret: str) -> tuple[str, str, str]:
    return "person_employer", f"{person_id}/{siret}", "name"
