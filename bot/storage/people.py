"""People: who they are on their channel, and what is remembered of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import Session, col, delete, select, update

from bot.domain.employer import Assurance, Employer, Profile
from bot.storage.acquaintances import Acquaintances, Known
from bot.storage.registers import SeatRow
from bot.storage.tables import PersonEmployerRow, PersonRow, TicketRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who writes to the desk; `address` is `telegram:12345`."""

    id: str
    address: str
    profile: Profile
    unreachable: bool = False


class People(Acquaintances):
    """Persons and their profiles."""

    def person(self, address: str, now: datetime, *, wrote: bool = True) -> Person:
        """Who writes from this address, made at first sight; reachable again, having written.

        On PostgreSQL the row stays locked until the commit: two turns of one person, heard by
        two processes, come one after the other.
        """
        self._done_with(address)
        known = self._known_at(address)
        if known is None:
            self._meet([address], now)
            known = self._known_at(address)
            assert known is not None
        if wrote and known.unreachable_since is not None:
            self._set_person(known.id, unreachable_since=None)
            known.unreachable_since = None
        return self._person(known)

    def find_person(self, address: str) -> Person | None:
        """Who has this address, without meeting them: nothing is made or changed."""
        known = self._find(address)
        return None if known is None else self._person(known)

    def address_of(self, person_id: str) -> str:
        return self._session.get_one(PersonRow, person_id).address

    def lock_person(self, person_id: str) -> str:
        """The address of somebody to be written to; their turns wait until the commit."""
        asked = select(PersonRow.address).where(PersonRow.id == person_id).with_for_update()
        return self._session.exec(asked).one()

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
        email = None
        if profile.email is not None:
            email = self._seal(profile.email, "person", person_id, "email")
        session = self._elsewhere  # what is read ahead of them follows below
        changed = update(PersonRow).where(col(PersonRow.id) == person_id)
        changed = changed.values(assurance=profile.assurance.value, email_sealed=email)
        session.exec(changed.execution_options(synchronize_session=False))
        employers = [
            (one.siret, self._seal(one.name, *_name_of(person_id, one.siret)))
            for one in profile.employers
        ]
        self._replace_employers(session, person_id, employers)
        known = self._by_id.get(person_id)
        if known is not None:
            known.assurance, known.email_sealed = profile.assurance.value, email
            known.employers = tuple(employers)

    def _replace_employers(
        self, session: Session, person_id: str, employers: Sequence[tuple[str, bytes]]
    ) -> None:
        session.exec(delete(PersonEmployerRow).where(col(PersonEmployerRow.person_id) == person_id))
        if employers:
            rows = [
                {"person_id": person_id, "siret": siret, "place": place, "name_sealed": sealed}
                for place, (siret, sealed) in enumerate(employers)
            ]
            session.execute(insert(PersonEmployerRow), rows)

    def forget_invited(self, person_id: str) -> None:
        """Whose last link has ended is known no further than anybody."""
        seats = select(SeatRow.person_id).where(SeatRow.person_id == person_id)
        invited = update(PersonRow).where(
            col(PersonRow.id) == person_id,
            col(PersonRow.assurance) == Assurance.INVITED.value,
            ~seats.exists(),
        )
        lost = invited.values(assurance=Assurance.DECLARED.value)
        self._session.exec(lost.execution_options(synchronize_session=False))

    def _set_person(self, person_id: str, **values: object) -> None:
        changed = update(PersonRow).where(col(PersonRow.id) == person_id).values(**values)
        self._session.exec(changed.execution_options(synchronize_session=False))

    def _person(self, known: Known) -> Person:
        email = None
        if known.email_sealed is not None:
            email = self._open(known.email_sealed, "person", known.id, "email")
        employers = tuple(
            Employer(siret, self._open(sealed, *_name_of(known.id, siret)))
            for siret, sealed in known.employers
        )
        profile = Profile(employers=employers, email=email, assurance=Assurance(known.assurance))
        unreachable = known.unreachable_since is not None
        return Person(id=known.id, address=known.address, profile=profile, unreachable=unreachable)


def _name_of(person_id: str, siret: str) -> tuple[str, str, str]:
    return "person_employer", f"{person_id}/{siret}", "name"
