"""The journal: who did what to what, in the append-only table `audit`.

Every entry carries the hash of the one before it: an entry that was changed, taken out or slipped
in breaks the chain from there on. (Taking away the newest ones leaves a shorter chain that holds;
against that, compare with the last hash of a backup.) No personal data: details name, they never
quote.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlmodel import col, select

from bot.storage.desk import Desk
from bot.storage.ledgers import AuditRow

BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing done; `subject` is what it was done to (a reference, a key id)."""

    seq: int
    at: datetime
    who: str
    what: str
    subject: str
    detail: str


class Journal(Desk):
    """The audit trail."""

    def audit(self, who: str, what: str, subject: str, detail: str, now: datetime) -> int:
        """Writes an entry down for good; its number."""
        last = self._last()
        entry = AuditEntry(
            seq=last.seq + 1 if last else 1,
            at=now.astimezone(UTC),  # as it will be read again: it is part of the hash
            who=who,
            what=what,
            subject=subject,
            detail=detail,
        )
        previous = last.hash if last else BEGINNING
        self._elsewhere.add(_row(entry, previous))
        self._elsewhere.flush()
        return entry.seq

    def audit_all(self, who: str, what: str, subjects: Mapping[str, str], now: datetime) -> None:
        """Writes one entry for each subject and its detail, as `audit` would one by one."""
        last = self._last()
        first, previous = (last.seq + 1, last.hash) if last else (1, BEGINNING)
        rows = []
        for seq, (subject, detail) in enumerate(subjects.items(), first):
            at = now.astimezone(UTC)
            entry = AuditEntry(seq=seq, at=at, who=who, what=what, subject=subject, detail=detail)
            rows.append(_row(entry, previous))
            previous = rows[-1].hash
        self._elsewhere.add_all(rows)
        self._elsewhere.flush()

    def verify_audit(self) -> int | None:
        """The number of the first entry that is not as it was written; None when all are."""
        previous = BEGINNING
        ordered = select(AuditRow).order_by(col(AuditRow.seq))
        with self._elsewhere.exec(ordered.execution_options(yield_per=1000)) as rows:
            for expected, row in enumerate(rows, start=1):
                if (row.seq, row.previous) != (expected, previous):
                    return row.seq
                if row.hash != _hash(_entry(row), previous):
                    return row.seq
                previous = row.hash
        return None

    def audit_entries(self, subject: str | None = None, limit: int = 100) -> tuple[AuditEntry, ...]:
        """What was done (to one subject), newest first."""
        chosen = select(AuditRow)
        if subject is not None:
            chosen = chosen.where(AuditRow.subject == subject)
        newest = chosen.order_by(col(AuditRow.seq).desc()).limit(limit)
        return tuple(_entry(row) for row in self._elsewhere.exec(newest))

    def _last(self) -> AuditRow | None:
        if self._on_postgresql:  # one writer at a time, as SQLite has it; readers go on
            self._elsewhere.connection().execute(
                text("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE")
            )
        newest = select(AuditRow).order_by(col(AuditRow.seq).desc()).limit(1)
        return self._elsewhere.exec(newest).first()


def _hash(entry: AuditEntry, previous: str) -> str:
    at = entry.at.isoformat()
    said = [entry.seq, at, entry.who, entry.what, entry.subject, entry.detail, previous]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _row(entry: AuditEntry, previous: str) -> AuditRow:
    return AuditRow(
        seq=entry.seq,
        at=entry.at,
        who=entry.who,
        what=entry.what,
        subject=entry.subject,
        detail=entry.detail,
        previous=previous,
        hash=_hash(entry, previous),
    )


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        seq=row.seq,
        at=row.at,
        who=row.who,
        what=row.what,
        subject=row.subject,
        detail=row.detail,
    )
