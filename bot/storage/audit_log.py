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
from sqlmodel import col, delete, func, select

from bot.storage.base import Repository
from bot.storage.tables_operations import AuditRow

BEGINNING = "0" * 64
CUT = "audit.cut"
"""The entry that tells what retention took away: its subject is the number of the last entry of it,
its detail the hash of that. The triggers of `r0001` read it."""
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
        """Adds an entry, tied to the one before it, for good."""
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
        hashed = _hash(entry, previous)
        self._session.add(AuditRow(**asdict(entry), previous=previous, hash=hashed))

    def add_all(self, who: str, what: str, subjects: Mapping[str, str], now: datetime) -> None:
        """Adds one entry for each subject and its detail, as `add` would one by one."""
        for subject, detail in subjects.items():
            self.add(who, what, subject, detail, now)

    def verify(self) -> int | None:
        """Returns the number of the first entry that is not as it was written, if any."""
        cut, previous = self._beginning()
        ordered = select(AuditRow).order_by(col(AuditRow.seq))
        with self._session.exec(ordered.execution_options(yield_per=1000)) as rows:
            for expected, row in enumerate(rows, start=cut + 1):
                if (row.seq, row.previous) != (expected, previous):
                    return row.seq
                if row.hash != _hash(to_entry(row), previous):
                    return row.seq
                previous = row.hash
        return None

    def cut(self, who: str, before: datetime, now: datetime) -> int:
        """Takes away the entries written until `before`; tells how many.

        An entry of its own keeps the number and hash of the last of them: from there on `verify`
        still holds the log, and the database refuses to delete anything behind it.
        """
        newer = select(func.min(AuditRow.seq)).where(col(AuditRow.at) > before)
        first_kept = self._session.exec(newer).one()
        older = select(AuditRow).order_by(col(AuditRow.seq).desc()).limit(1)
        if first_kept is not None:
            older = older.where(col(AuditRow.seq) < first_kept)
        last = self._session.exec(older).first()
        if last is None:
            return 0
        self.add(who, CUT, str(last.seq), last.hash, now)
        self._session.flush()
        gone = delete(AuditRow).where(col(AuditRow.seq) <= last.seq)
        return self._session.exec(gone.execution_options(synchronize_session=False)).rowcount

    def _beginning(self) -> tuple[int, str]:
        """Returns number and hash of the last entry that was cut off; 0 where none was."""
        cuts = select(AuditRow).where(AuditRow.what == CUT).order_by(col(AuditRow.seq).desc())
        newest = self._session.exec(cuts.limit(1)).first()
        return (int(newest.subject), newest.detail) if newest else (0, BEGINNING)

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
        return tuple(to_entry(row) for row in self._session.exec(chosen))

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


def to_entry(row: AuditRow) -> AuditEntry:
    """An entry as it was written."""
    return AuditEntry(
        seq=row.seq,
        at=row.at,
        who=row.who,
        what=row.what,
        subject=row.subject,
        detail=row.detail,
    )
