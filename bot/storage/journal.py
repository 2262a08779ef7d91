"""The journal: who did what to what, in the append-only table `audit`.

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
from typing import Any

import sqlalchemy
from sqlalchemy import text
from sqlmodel import col, select

from bot.storage.base import Repository, Row, table_of
from bot.storage.tables_operations import AuditRow

BEGINNING = "0" * 64
PARTLY_KEPT = "ticket.partly_kept"
"""Another system took a ticket without something of it; the detail says what."""

_AUDIT = table_of(AuditRow)
_NEWEST = sqlalchemy.select(_AUDIT.c.seq, _AUDIT.c.hash).order_by(_AUDIT.c.seq.desc()).limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing done; `subject` is what it was done to (a reference, a key id)."""

    seq: int
    at: datetime
    who: str
    what: str
    subject: str
    detail: str


class Journal(Repository):
    """The audit trail."""

    def audit(self, who: str, what: str, subject: str, detail: str, now: datetime) -> None:
        """Writes an entry down for good."""
        row = {"at": now, "who": who, "what": what, "subject": subject, "detail": detail}
        self._later(AuditRow, self._chain, row)

    def audit_all(self, who: str, what: str, subjects: Mapping[str, str], now: datetime) -> None:
        """Writes one entry for each subject and its detail, as `audit` would one by one."""
        for subject, detail in subjects.items():
            self.audit(who, what, subject, detail, now)

    def _chain(self, entries: list[Row]) -> None:
        """New entries, each tied to the one before it."""
        last = self._last()
        first, previous = (last[0] + 1, last[1]) if last else (1, BEGINNING)
        rows: list[Row] = []
        for seq, entry in enumerate(entries, first):
            at = entry["at"].astimezone(UTC)  # as it will be read again: it is part of the hash
            made = AuditEntry(**{**entry, "seq": seq, "at": at})
            rows.append(_row(made, previous))
            previous = rows[-1]["hash"]
        self._add_all(AuditRow, rows)

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

    def audited_since(self, what: str, since: datetime) -> tuple[AuditEntry, ...]:
        """What was done of a kind, newest first, a hundred at most."""
        chosen = select(AuditRow).where(AuditRow.what == what, col(AuditRow.at) >= since)
        newest = chosen.order_by(col(AuditRow.seq).desc()).limit(100)
        return tuple(_entry(row) for row in self._elsewhere.exec(newest))

    def _last(self) -> tuple[int, str] | None:
        """The newest entry's number and hash."""
        if self._on_postgresql:  # one writer at a time, as SQLite has it; readers go on
            self._connection.execute(text("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE"))
        newest = self._connection.execute(_NEWEST).first()
        return None if newest is None else (newest.seq, newest.hash)


def _hash(entry: AuditEntry, previous: str) -> str:
    at = entry.at.isoformat()
    said = [entry.seq, at, entry.who, entry.what, entry.subject, entry.detail, previous]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _row(entry: AuditEntry, previous: str) -> dict[str, Any]:
    return {**asdict(entry), "previous": previous, "hash": _hash(entry, previous)}


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        seq=row.seq,
        at=row.at,
        who=row.who,
        what=row.what,
        subject=row.subject,
        detail=row.detail,
    )
