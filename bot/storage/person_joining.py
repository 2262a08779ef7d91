"""Joining: two persons who prove to be one become one; and the codes that prove it.

Only a hash of a code is kept; it has 59 random bits, is good once and for a quarter of an hour.
Nothing is joined because an e-mail, a name or a SIRET is alike.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlmodel import Session, col, delete, select, update

from bot.domain.people import Profile
from bot.storage.base import Repository
from bot.storage.encryption import Encryption
from bot.storage.people import People
from bot.storage.row_mac import check_row
from bot.storage.tables_accounts import AdministratorLinkRow, InvitationRow, UploadRow
from bot.storage.tables_operations import EmailCodeRow
from bot.storage.tables_requests import (
    JoinCodeRow,
    PersonAddressRow,
    PersonRow,
    TicketHappeningRow,
    TicketRow,
    VoteRow,
)

CODE_LIFETIME: Final = timedelta(minutes=15)
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
_LENGTH: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedPersons:
    """Who stays, who is gone, and how much moved."""

    kept: str
    gone: str
    tickets: int
    links: int


class PersonJoining(Repository):
    """Used inside a turn of one of the two persons."""

    def __init__(self, session: Session, encryption: Encryption, people: People) -> None:
        super().__init__(session, encryption)
        self._people = people

    def begin(self, person_id: str, now: datetime) -> str:
        """Makes a code that joins another window with this person; earlier ones end."""
        mine = select(JoinCodeRow).where(JoinCodeRow.person_id == person_id)
        for row in self._session.exec(mine):
            self._session.delete(row)
        code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        self._session.add(
            JoinCodeRow(
                code_print=_print(code), person_id=person_id, expires_at=now + CODE_LIFETIME
            )
        )
        return "-".join(code[place : place + 4] for place in range(0, _LENGTH, 4))

    def take(self, code: str, now: datetime) -> str | None:
        """Uses a code up; the person whom it is of, None where it is good no more."""
        row = self._session.get(JoinCodeRow, _print(code), with_for_update=True)
        if row is None or row.used_at is not None or row.expires_at <= now:
            return None
        check_row(row)
        row.used_at = now
        return row.person_id

    def join(self, one: str, other: str) -> JoinedPersons:
        """Moves all that the younger of two persons has to the older, and deletes the younger."""
        rows = [
            self._session.get_one(PersonRow, person, with_for_update=True)
            for person in sorted((one, other))
        ]
        for row in rows:
            check_row(row)
        kept, gone = sorted(rows, key=lambda row: (row.created_at, row.id))
        profile = _joined(self._people.profile(kept.id), self._people.profile(gone.id))
        tickets = self._move(TicketRow, gone.id, kept.id)
        links = self._move(AdministratorLinkRow, gone.id, kept.id)
        self._move(PersonAddressRow, gone.id, kept.id)
        done = select(TicketHappeningRow).where(TicketHappeningRow.who == gone.id)
        for happening in self._session.exec(done):
            happening.who = kept.id
        invited = select(InvitationRow).where(InvitationRow.invited_by == gone.id)
        for invitation in self._session.exec(invited):
            invitation.invited_by = kept.id
        voted = select(VoteRow.slug, VoteRow.version).where(VoteRow.person_id == kept.id)
        for slug, version in self._session.exec(voted).all():
            twice = (VoteRow.slug == slug, VoteRow.version == version)
            self._session.exec(delete(VoteRow).where(col(VoteRow.person_id) == gone.id, *twice))  # type: ignore[arg-type]  # conditions
        votes = update(VoteRow).where(col(VoteRow.person_id) == gone.id)
        self._session.exec(votes.values(person_id=kept.id))
        for table in (EmailCodeRow, UploadRow):
            self._move(table, gone.id, kept.id)
        self._people.save_profile(kept.id, profile)
        joined = JoinedPersons(kept=kept.id, gone=gone.id, tickets=tickets, links=links)
        self._session.flush()
        # With it go, by the database, its conversation, its employers and its codes.
        self._session.exec(delete(PersonRow).where(col(PersonRow.id) == gone.id))
        self._session.expire_all()
        self._people.forget_locks()
        return joined

    def _move(
        self,
        table: type[TicketRow | AdministratorLinkRow | PersonAddressRow | EmailCodeRow | UploadRow],
        gone: str,
        kept: str,
    ) -> int:
        """Row by row: each is checked, and signed anew."""
        rows = self._session.exec(select(table).where(table.person_id == gone)).all()
        for row in rows:
            row.person_id = kept
        return len(rows)


def _joined(kept: Profile, gone: Profile) -> Profile:
    """Both profiles in one: what the older one says stands."""
    known = {one.siret for one in kept.employers}
    employers = (*kept.employers, *(one for one in gone.employers if one.siret not in known))
    first = kept if kept.email is not None else gone
    return Profile(employers=employers, email=first.email, email_confirmed=first.email_confirmed)


def _print(code: str) -> str:
    plain = "".join(filter(str.isalnum, code.lower()))
    return sha256(f"join {plain}".encode()).hexdigest()
