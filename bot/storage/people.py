"""People: who they are on their channel, and what is remembered of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete
from sqlmodel import col, select, update

from bot.domain.people import Assurance, Employer, Profile
from bot.storage.base import Row, table_of
from bot.storage.people import Acquaintances, Known
from bot.storage.tables_accounts import AdministratorLinkRow
from bot.storage.tables_requests import PersonEmployerRow, PersonRow, TicketRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who writes to the desk; `address` is `telegram:12345`."""

    id: str
    address: str
    profile: Profile
    unreachable: bool = False


_PERSON = table_of(PersonRow)
_CHANGED = update(_PERSON).where(_PERSON.c.id == bindparam("who"))
_ASKED_FOR = table_of(PersonEmployerRow)
_ASKED_FOR_NONE = delete(_ASKED_FOR).where(
    _ASKED_FOR.c.person_id.in_(bindparam("ids", expanding=True))
)


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
        known = self._known(person_id)
        assert known is not None, "only who was met can have a profile"
        email = None
        if profile.email is not None:
            email = self._seal(profile.email, "person", person_id, "email")
        known.assurance, known.email_sealed = profile.assurance.value, email
        known.employers = tuple(
            (one.siret, self._seal(one.name, *_name_of(person_id, one.siret)))
            for one in profile.employers
        )
        known.profile = profile
        changed = {"who": person_id, "assurance": known.assurance, "email_sealed": email}
        self._later(PersonRow, self._change_persons, changed)
        asked_for = {"person_id": person_id, "employers": known.employers}
        self._later(PersonEmployerRow, self._replace_employers, asked_for)

    def _change_persons(self, rows: list[Row]) -> None:
        latest = {row["who"]: row for row in rows}
        self._connection.execute(_CHANGED, list(latest.values()))

    def _replace_employers(self, groups: list[Row]) -> None:
        latest = {group["person_id"]: group["employers"] for group in groups}
        self._connection.execute(_ASKED_FOR_NONE, {"ids": list(latest)})
        rows: list[Row] = [
            {"person_id": person_id, "siret": siret, "place": place, "name_sealed": sealed}
            for person_id, employers in latest.items()
            for place, (siret, sealed) in enumerate(employers)
        ]
        if rows:
            self._add_all(PersonEmployerRow, rows)

    def forget_invited(self, person_id: str) -> None:
        """Whose last link has ended is known no further than anybody."""
        seats = select(AdministratorLinkRow.person_id).where(
            AdministratorLinkRow.person_id == person_id
        )
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
        if known.profile is None:
            known.profile = self._profile(known)
        unreachable = known.unreachable_since is not None
        return Person(
            id=known.id, address=known.address, profile=known.profile, unreachable=unreachable
        )

    def _profile(self, known: Known) -> Profile:
        email = None
        if known.email_sealed is not None:
            email = self._open(known.email_sealed, "person", known.id, "email")
        employers = tuple(
            Employer(siret, self._open(sealed, *_name_of(known.id, siret)))
            for siret, sealed in known.employers
        )
        return Profile(employers=employers, email=email, assurance=Assurance(known.assurance))


def _name_of(person_id: str, siret: str) -> tuple[str, str, str]:
    return "person_employer", f"{person_id}/{siret}", "name"
