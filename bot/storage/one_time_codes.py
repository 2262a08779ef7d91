"""One-time codes: invitations, codes that confirm an e-mail address, uploads until they are used.

An e-mail code is not stored: it is computed from the id of its row, the person and the address,
with a key that the database does not hold; once when the e-mail leaves, again at each try.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import uuid4

from sqlmodel import and_, col, func, select

from bot.domain.email_code import (
    CODE_LIFETIME,
    CODE_PAUSE,
    CODE_TRIES,
    CODES_A_DAY,
    CODES_OF_OTHERS,
    CodeCheck,
    CodeSending,
)
from bot.domain.spreadsheet import Sheet, sheets_from_json
from bot.storage.base import Repository
from bot.storage.row_mac import check_row, intact, is_intact
from bot.storage.tables_accounts import InvitationRow, UploadRow
from bot.storage.tables_operations import EmailCodeRow
from bot.storage.tables_requests import OneTimePageRow, PersonRow

DAY = timedelta(days=1)
PAGE_LIFETIME = timedelta(minutes=15)
INVITATION_LIFETIME = timedelta(days=7)


class InvitationState(StrEnum):
    """What an invitation is worth; also the key of the French text that says so."""

    GOOD = "good"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED = "used"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimePage:
    """A page for the NIR of the agent at a place of a draft, asked for at an address."""

    address: str
    identity: str
    agent: int


class OneTimeCodes(Repository):
    """Invitations and pages (known by a hash of their code), e-mail codes and uploads."""

    def add_invitation(self, code: str, account_id: str, invited_by: str, now: datetime) -> None:
        """Adds an invitation that is good for a week, and ends earlier ones to the same account."""
        self.revoke_invitations(account_id, now)
        self._session.add(
            InvitationRow(
                code_print=_hash(code),
                account_id=account_id,
                invited_by=invited_by,
                expires_at=now + INVITATION_LIFETIME,
            )
        )

    def invitation(self, code: str, now: datetime) -> tuple[InvitationState, str]:
        """Tells what a code is worth and which account it is for; locks its row."""
        asked = select(InvitationRow).where(InvitationRow.code_print == _hash(code))
        fresh = asked.with_for_update().execution_options(populate_existing=True)
        row = self._session.exec(fresh).first()
        if row is None:
            return InvitationState.UNKNOWN, ""
        check_row(row)
        if row.used_at is not None:
            return InvitationState.USED, row.account_id
        if row.revoked_at is not None:
            return InvitationState.REVOKED, row.account_id
        if row.expires_at <= now:
            return InvitationState.EXPIRED, row.account_id
        return InvitationState.GOOD, row.account_id

    def use_invitation(self, code: str, now: datetime) -> None:
        self._session.get_one(InvitationRow, _hash(code)).used_at = now

    def revoke_invitations(self, account_id: str, now: datetime) -> int:
        """Ends the invitations that nobody took up; tells how many."""
        open_ = select(InvitationRow).where(
            col(InvitationRow.account_id) == account_id,
            col(InvitationRow.used_at).is_(None),
            col(InvitationRow.revoked_at).is_(None),
        )
        rows = tuple(intact(self._session.exec(open_.with_for_update()).all()))
        for row in rows:
            row.revoked_at = now
        return len(rows)

    def begin_page(self, token: str, page: OneTimePage, person_id: str, now: datetime) -> None:
        """Adds a page on which a NIR may be given; the person's earlier one ends."""
        earlier = select(OneTimePageRow).where(OneTimePageRow.person_id == person_id)
        for row in self._session.exec(earlier):
            self._session.delete(row)
        self._session.add(
            OneTimePageRow(
                token_print=_hash(token),
                person_id=person_id,
                address=page.address,
                identity=page.identity,
                agent=page.agent,
                expires_at=now + PAGE_LIFETIME,
            )
        )

    def page(self, token: str, now: datetime) -> OneTimePage | None:
        """Returns a page that is good; None for one that was used, ended or never was."""
        row = self._session.get(OneTimePageRow, _hash(token), with_for_update=True)
        if row is None or row.used_at is not None or row.expires_at <= now:
            return None
        check_row(row)
        return OneTimePage(address=row.address, identity=row.identity, agent=row.agent)

    def use_page(self, token: str, now: datetime) -> None:
        self._session.get_one(OneTimePageRow, _hash(token)).used_at = now

    def keep_upload(
        self, upload: str, person_id: str, siret: str, sheets: Sequence[Sheet], now: datetime
    ) -> None:
        """Keeps the lines of a file until the person has seen what they would change."""
        sealed = self._seal(json.dumps(sheets), "upload", upload, "content")
        row = UploadRow(
            id=upload, person_id=person_id, siret=siret, content_sealed=sealed, sent_at=now
        )
        self._session.add(row)

    def take_upload(self, upload: str, person_id: str, siret: str) -> list[Sheet] | None:
        """Returns and deletes what this person sent for this employer; None if it is gone."""
        row = self._session.get(UploadRow, upload)
        if row is None or (row.person_id, row.siret) != (person_id, siret):
            return None
        check_row(row)
        content = self._open(row.content_sealed, "upload", upload, "content")
        self._session.delete(row)
        self._session.flush()
        return sheets_from_json(content)

    def begin_code(self, person_id: str, email: str, now: datetime) -> tuple[CodeSending, str]:
        """Begins a code for that address and returns its id, or why there can be none now."""
        address = self._encryption.fingerprint("email", email.casefold())
        is_own = col(EmailCodeRow.person_id) == person_id
        of_others = and_(~is_own, col(EmailCodeRow.email_print) == address)
        # One stranger who gives somebody's address cannot keep them from confirming it.
        for asked, most in ((is_own, CODES_A_DAY), (of_others, CODES_OF_OTHERS)):
            recent = select(func.count()).where(asked, col(EmailCodeRow.sent_at) > now - DAY)
            if self._session.exec(recent).one() >= most:
                return CodeSending.TOO_MANY, ""
        newest = self._newest_code(person_id)
        if newest and newest.used_at is None and newest.sent_at > now - CODE_PAUSE:
            return CodeSending.TOO_SOON, ""
        code_id = str(uuid4())
        row = EmailCodeRow(id=code_id, person_id=person_id, email_print=address, sent_at=now)
        self._session.add(row)
        return CodeSending.SENT, code_id

    def sent_to(self, person_id: str) -> tuple[datetime, ...]:
        """Returns when codes were asked for, of those that are still known."""
        mine = select(EmailCodeRow.sent_at).where(EmailCodeRow.person_id == person_id)
        return tuple(self._session.exec(mine.order_by(col(EmailCodeRow.sent_at))))

    def code_to_send(self, code_id: str, now: datetime) -> tuple[str, str] | None:
        """Returns address and code, while it is good."""
        found = self._awaited(code_id)
        if found is None or now >= found[0].sent_at + CODE_LIFETIME:
            return None
        row, email = found
        return email, self._code(row, email)

    def give_up_code(self, code_id: str, now: datetime) -> tuple[str, str] | None:
        """Ends a code whose letter never arrived; returns person and address, if it was awaited."""
        found = self._awaited(code_id)
        if found is None:
            return None
        row, email = found
        row.used_at = now
        return row.person_id, email

    def check_code(self, person_id: str, email: str, typed: str, now: datetime) -> CodeCheck:
        """Compares with the newest code, which is good once and for a few tries."""
        row = self._newest_code(person_id)
        if row is None or not self._is_good(row, email, now):
            return CodeCheck.PAST
        if row.tries >= CODE_TRIES:
            return CodeCheck.SPENT
        is_right = hmac.compare_digest(self._code(row, email), typed)
        row.tries += 1
        row.used_at = now if is_right else None
        if is_right:
            return CodeCheck.RIGHT
        return CodeCheck.WRONG if row.tries < CODE_TRIES else CodeCheck.SPENT

    def _email_of(self, person_id: str) -> str | None:
        row = self._session.get(PersonRow, person_id)
        if row is None or row.email_sealed is None:
            return None
        check_row(row)
        return self._open(row.email_sealed, "person", person_id, "email")

    def _newest_code(self, person_id: str) -> EmailCodeRow | None:
        mine = select(EmailCodeRow).where(EmailCodeRow.person_id == person_id)
        newest = mine.order_by(col(EmailCodeRow.sent_at).desc(), col(EmailCodeRow.id)).limit(1)
        fresh = newest.with_for_update().execution_options(populate_existing=True)
        return self._session.exec(fresh).first()

    def _awaited(self, code_id: str) -> tuple[EmailCodeRow, str] | None:
        """The row and the address, if it is the person's newest, unused, and for the address that
        they still give."""
        row = self._session.get(EmailCodeRow, code_id)
        email = self._email_of(row.person_id) if row is not None else None
        newest = self._newest_code(row.person_id) if row is not None else None
        if row is None or not email or newest is not row or row.used_at is not None:
            return None
        is_same = row.email_print == self._encryption.fingerprint("email", email.casefold())
        return (row, email) if is_same else None

    def _is_good(self, row: EmailCodeRow, email: str, now: datetime) -> bool:
        is_same = row.email_print == self._encryption.fingerprint("email", email.casefold())
        return (
            is_intact(row) and is_same and row.used_at is None and now < row.sent_at + CODE_LIFETIME
        )

    def _code(self, row: EmailCodeRow, email: str) -> str:
        digits = self._encryption.fingerprint("code", row.id, row.person_id, email.casefold())
        return f"{int(digits, 16) % 1_000_000:06d}"


def _hash(code: str) -> str:
    """A code has 128 random bits: its hash tells nothing, without any key."""
    return sha256(code.encode()).hexdigest()
