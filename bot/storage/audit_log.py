"""The audit log: who did what to what, in the append-only table `audit`.

Every entry carries the hash of the one before it: an entry that was changed, taken out or slipped
in breaks the chain from there on. (Taking away the newest ones leaves a shorter chain that holds;
against that, compare with the last hash of a backup.) No personal data: details name, they never
quote.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlmodel import col, select

from bot.domain.redaction import REDACTED
from bot.domain.sensitive_data import redact_sensitive
from bot.storage.base import Repository
from bot.storage.tables_operations import AuditRow

BEGINNING = "0" * 64
PARTLY_KEPT = "ticket.partly_kept"
"""Another system took a ticket without something of it; the detail says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing done; `subject` is what it was done to (a reference, a key id)."""

    seq: int
    at: datetime
    who: str
    what: str
    subject: str
    detail: str


class AuditLog(Repository):
    """The audit trail; entries are added in the transaction that does what they tell."""

    def add(self, who: str, what: str, subject: str, detail: str, now: datetime) -> None:
        """Adds an entry, tied to the one before it, for good; a number typed in a reason is not."""
        last = self._last()
        entry = AuditEntry(
            seq=last.seq + 1 if last else 1,
            at=now.astimezone(UTC),  # as it will be read again: it is part of the hash
            who=who,
            what=what,
            subject=redact_sensitive(subject, REDACTED),
            detail=redact_sensitive(detail, REDACTED),
        )
        previous = last.hash if last else BEGINNING
        hashed = _hash(entry, previous)
        self._session.add(AuditRow(**asdict(entry), previous=previous, hash=hashed))

    def add_all(self, who: str, what: str, subjects: Mapping[str, str], now: datetime) -> None:
        """Adds one entry for each subject and its detail, as `add` would one by one."""
        for subject, detail in subjects.items():
            self.add(who, what, subject, detail, now)

    def verify(self) -> int | None:
        """Returns the number of the first entry that is not as it was written, if any."""
        previous = BEGINNING
        ordered = select(AuditRow).order_by(col(AuditRow.seq))
        with self._session.exec(ordered.execution_options(yield_per=1000)) as rows:
            for expected, row in enumerate(rows, start=1):
                if (row.seq, row.previous) != (expected, previous):
                    return row.seq
                if row.hash != _hash(_entry(row), previous):
                    return row.seq
                previous = row.hash
        return None

    def entries(
        self,
        subject: str | None = None,
        *,
        what: str | None = None,
        since: datetime | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> tuple[AuditEntry, ...]:
        """Returns what was done, newest first; `before` is the number of an entry."""
        chosen = select(AuditRow).order_by(col(AuditRow.seq).desc()).limit(limit)
        if subject is not None:
            chosen = chosen.where(AuditRow.subject == subject)
        if what is not None:
            chosen = chosen.where(AuditRow.what == what)
        if since is not None:
            chosen = chosen.where(col(AuditRow.at) >= since)
        if before is not None:
            chosen = chosen.where(col(AuditRow.seq) < before)
        return tuple(_entry(row) for row in self._session.exec(chosen))

    def _last(self) -> AuditRow | None:
        """Returns the newest entry; until the commit nobody else adds one."""
        if self._on_postgresql:  # one writer at a time, as SQLite has it; readers go on
            self._run(text("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE"))
        return self._session.exec(
            select(AuditRow).order_by(col(AuditRow.seq).desc()).limit(1)
        ).first()


def _hash(entry: AuditEntry, previous: str) -> str:
    at = entry.at.isoformat()
    said = [entry.seq, at, entry.who, entry.what, entry.subject, entry.detail, previous]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        seq=row.seq,
        at=row.at,
        who=row.who,
        what=row.what,
        subject=row.subject,
        detail=row.detail,
    )
