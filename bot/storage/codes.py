"""One-time codes: when one was asked for and how often it was tried; the code itself is not kept.

A code is reckoned from the id of its row, whose it is and the address, with a key that the database
does not hold: the letter reckons it when it leaves, and a try is compared with it. Of a changed
address, or an older code, nothing is left to be compared with.
"""

import hmac
from datetime import datetime, timedelta
from uuid import uuid4

from sqlmodel import col, func, or_, select

from bot.domain.email_code import (
    CODE_LIFETIME,
    CODE_PAUSE,
    CODE_TRIES,
    CODES_A_DAY,
    CodeCheck,
    CodeSending,
)
from bot.storage.base import Repository
from bot.storage.tables_operations import EmailCodeRow
from bot.storage.tables_requests import PersonRow

DAY = timedelta(days=1)


class Codes(Repository):
    """Codes asked for and tried."""

    def begin_code(self, person_id: str, email: str, now: datetime) -> tuple[CodeSending, str]:
        """Room for a code to that address, and its id; or why there is none."""
        address = self._vault.fingerprint("email", email.casefold())
        theirs = or_(
            col(EmailCodeRow.person_id) == person_id, col(EmailCodeRow.email_print) == address
        )
        recent = select(func.count(), func.max(EmailCodeRow.sent_at)).where(theirs)
        count, last = self._session.exec(recent.where(col(EmailCodeRow.sent_at) > now - DAY)).one()
        if count >= CODES_A_DAY:
            return CodeSending.TOO_MANY, ""
        newest = self._newest_code(person_id)
        if last is not None and newest is not None and newest.sent_at > now - CODE_PAUSE:
            return CodeSending.TOO_SOON, ""
        code_id = str(uuid4())
        row = EmailCodeRow(id=code_id, person_id=person_id, email_print=address, sent_at=now)
        self._session.add(row)
        self._session.flush()
        return CodeSending.SENT, code_id

    def code_to_send(self, code_id: str, now: datetime) -> tuple[str, str] | None:
        """Address and code, while it is good, the newest, and its person still gives that one."""
        row = self._session.get(EmailCodeRow, code_id)
        email = self._email_of(row.person_id) if row is not None else None
        if row is None or not email or not self._is_good(row, email, now):
            return None
        newest = self._newest_code(row.person_id)
        if newest is None or newest.id != code_id:
            return None
        return email, self._code(row, email)

    def check_code(self, person_id: str, email: str, typed: str, now: datetime) -> CodeCheck:
        """Compare with the newest code, which serves once and is tried a few times."""
        row = self._newest_code(person_id)
        if row is None or not self._is_good(row, email, now):
            return CodeCheck.PAST
        if row.tries >= CODE_TRIES:
            return CodeCheck.SPENT
        is_right = hmac.compare_digest(self._code(row, email), typed)
        row.tries += 1
        row.used_at = now if is_right else None
        self._session.flush()
        if is_right:
            return CodeCheck.RIGHT
        return CodeCheck.WRONG if row.tries < CODE_TRIES else CodeCheck.SPENT

    def _email_of(self, person_id: str) -> str | None:
        chosen = select(PersonRow.email_sealed).where(PersonRow.id == person_id)
        sealed = self._session.exec(chosen).first()
        return None if sealed is None else self._open(sealed, "person", person_id, "email")

    def _newest_code(self, person_id: str) -> EmailCodeRow | None:
        mine = select(EmailCodeRow).where(EmailCodeRow.person_id == person_id)
        newest = mine.order_by(col(EmailCodeRow.sent_at).desc(), col(EmailCodeRow.id)).limit(1)
        fresh = newest.with_for_update().execution_options(populate_existing=True)
        return self._session.exec(fresh).first()

    def _is_good(self, row: EmailCodeRow, email: str, now: datetime) -> bool:
        is_same = row.email_print == self._vault.fingerprint("email", email.casefold())
        return is_same and row.used_at is None and now < row.sent_at + CODE_LIFETIME

    def _code(self, row: EmailCodeRow, email: str) -> str:
        said = self._vault.fingerprint("code", row.id, row.person_id, email.casefold())
        return f"{int(said, 16) % 1_000_000:06d}"
