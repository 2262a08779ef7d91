"""Invitations and uploads: what waits for somebody to take it up."""

from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlmodel import col, select, update

from bot.storage.base import Repository
from bot.storage.tables_accounts import InvitationRow, UploadRow

LASTS = timedelta(days=7)


class InvitationState(StrEnum):
    """What an invitation is worth; also the key of the French text that says so."""

    GOOD = "good"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED = "used"
    REVOKED = "revoked"


class Invitations(Repository):
    """Invitations, known by a hash of their code."""

    def add_invitation(self, code: str, account_id: str, invited_by: str, now: datetime) -> None:
        """An invitation good for a week; an earlier one for the same account ends."""
        self.revoke_invitations(account_id, now)
        self._session.add(
            InvitationRow(
                code_print=code_print(code),
                account_id=account_id,
                invited_by=invited_by,
                expires_at=now + LASTS,
            )
        )
        self._session.flush()

    def invitation(self, code: str, now: datetime) -> tuple[InvitationState, str]:
        """What a code is worth, and the account that it is for; its row is locked."""
        asked = select(InvitationRow).where(InvitationRow.code_print == code_print(code))
        fresh = asked.with_for_update().execution_options(populate_existing=True)
        row = self._session.exec(fresh).first()
        if row is None:
            return InvitationState.UNKNOWN, ""
        if row.used_at is not None:
            return InvitationState.USED, row.account_id
        if row.revoked_at is not None:
            return InvitationState.REVOKED, row.account_id
        if row.expires_at <= now:
            return InvitationState.EXPIRED, row.account_id
        return InvitationState.GOOD, row.account_id

    def use_invitation(self, code: str, now: datetime) -> None:
        self._session.get_one(InvitationRow, code_print(code)).used_at = now
        self._session.flush()

    def revoke_invitations(self, account_id: str, now: datetime) -> int:
        """Ends what was not taken up; how many that were."""
        open_ = update(InvitationRow).where(
            col(InvitationRow.account_id) == account_id,
            col(InvitationRow.used_at).is_(None),
            col(InvitationRow.revoked_at).is_(None),
        )
        blind = open_.values(revoked_at=now).execution_options(synchronize_session=False)
        return self._session.exec(blind).rowcount

    def keep_upload(
        self, upload: str, person_id: str, siret: str, content: bytes, now: datetime
    ) -> None:
        sealed = self._seal(b64encode(content).decode(), "upload", upload, "content")
        row = UploadRow(
            id=upload, person_id=person_id, siret=siret, content_sealed=sealed, sent_at=now
        )
        self._session.add(row)
        self._session.flush()

    def take_upload(self, upload: str, person_id: str, siret: str) -> bytes | None:
        """What this person sent for this employer, and no more afterwards; None if it is gone."""
        row = self._session.get(UploadRow, upload)
        if row is None or (row.person_id, row.siret) != (person_id, siret):
            return None
        content = self._open(row.content_sealed, "upload", upload, "content")
        self._session.delete(row)
        self._session.flush()
        return b64decode(content)


def code_print(code: str) -> str:
    """A code has 128 bits of chance: no key is needed to make its hash tell nothing."""
    return sha256(code.encode()).hexdigest()
