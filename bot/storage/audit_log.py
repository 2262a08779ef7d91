"""The audit log: who did what to what, in the append-only table `audit`.

Every entry carries an HMAC over itself and the entry before it, under a key that is not in the
database: an entry that was changed, taken out or slipped in breaks the chain from there on, and who
has only the database cannot mend it. Against taking away the newest ones, or all, the *head* (the
number and the HMAC of the newest entry) stands sealed among the check values; the chain goes on
from there, so that a gap stays. Who puts back an older head and cuts the log there is found by the
heads that were written elsewhere: `verify` compares the log with one of them.

No personal data: details name, they never quote. Source: CNIL, délibération n° 2021-122 du
14 octobre 2021 (journalisation).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, delete, func, select

from bot.domain.redaction import REDACTED
from bot.domain.sensitive_data import redact_sensitive
from bot.storage.base import Repository
from bot.storage.database_faults import DatabaseFault, fault_of
from bot.storage.encryption import Place, SealError
from bot.storage.row_mac import ChangedRowError
from bot.storage.tables_operations import AuditRow, KeyCheckRow

BEGINNING = "0" * 64
HEAD_ROW: Final = 2
"""The head's number among the check values; the first start writes it (`bot.storage.key_check`)."""
HEAD_PLACE: Final = Place("key_check", str(HEAD_ROW), "value")
REVEALS = frozenset({"ticket.revealed", "piece.revealed"})
"""An advisor saw a NIR, or a file of a ticket."""
STATUS_CHANGED = "ticket.status"
"""The detail is the new status."""
CUT = "audit.cut"
"""The entry that tells what retention took away: its subject is the number of the last entry of it,
its detail the hash of that. The triggers of `r0001` read it."""
PARTLY_KEPT = "ticket.partly_kept"
"""Another system took a ticket without something of it; the detail says what."""

UNREADABLE: Final = (ValueError, TypeError, DBAPIError, ChangedRowError)
"""What reading a value may end with that somebody wrote into the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing done; `subject` is what it was done to (a reference, a key id)."""

    seq: int
    at: datetime
    who: str
    what: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The newest entry: its number, and the HMAC that stands for all entries up to it."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> "AuditHead":
        """Reads « 12:9f86… », the first word of a line. Raises ValueError."""
        seq, _, hashed = text.split(maxsplit=1)[0].partition(":") if text.split() else ("", "", "")
        if not seq.isdecimal() or len(hashed) != len(BEGINNING):
            raise ValueError("no head of an audit log")
        return cls(int(seq), hashed.lower())


NO_ENTRY: Final = AuditHead(0, BEGINNING)


class AuditLog(Repository):
    """The audit trail; entries are added in the transaction that does what they tell."""

    def add(self, who: str, what: str, subject: str, detail: str, now: datetime) -> None:
        """Adds an entry, tied to the one before it, for good; a number typed in a reason is not."""
        self.add_all(who, what, {subject: detail}, now)

    def add_all(self, who: str, what: str, subjects: Mapping[str, str], now: datetime) -> None:
        """Adds one entry for each subject and its detail, as `add` would one by one."""
        said = [
            (redact_sensitive(subject, REDACTED), redact_sensitive(detail, REDACTED))
            for subject, detail in subjects.items()
        ]
        self._append(who, what, said, now)

    def _append(self, who: str, what: str, said: Iterable[tuple[str, str]], now: datetime) -> None:
        """Adds entries with these subjects and details as they are."""
        if self._on_postgresql:  # one writer at a time, as SQLite has it; readers go on
            self._run(text("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE"))
        kept = self._kept_head()
        last = max(self.head(), kept or NO_ENTRY, key=lambda one: one.seq)
        seq, previous = last.seq, last.hash
        for subject, detail in said:
            seq += 1
            entry = AuditEntry(
                seq=seq,
                at=now.astimezone(UTC),  # as it will be read again: it is part of the hash
                who=who,
                what=what,
                subject=subject,
                detail=detail,
            )
            hashed = self._hash(entry, previous)
            self._session.add(AuditRow(**asdict(entry), previous=previous, hash=hashed))
            previous = hashed
        if kept is not None:  # one that is gone, or was changed, stays so: `verify` tells of it
            row = self._session.get_one(KeyCheckRow, HEAD_ROW)
            row.value_sealed = self._encryption.seal(f"{AuditHead(seq, previous)}", HEAD_PLACE)

    def _kept_head(self) -> AuditHead | None:
        """The head that stands among the check values; None where it is gone, or was changed."""
        row = self._session.get(KeyCheckRow, HEAD_ROW, populate_existing=True)
        if row is None or not isinstance(row.value_sealed, bytes):
            return None
        try:
            return AuditHead.parse(self._encryption.open(row.value_sealed, HEAD_PLACE))
        except SealError:
            return None

    def verify(self, against: AuditHead | None = None) -> int | None:
        """Returns the number of the first entry that is not as it was written, if any; where the
        newest are missing, that of the last one of them.

        With a head that was kept elsewhere, also of its entry where that is missing or another one;
        what retention cut off is not missing.
        """
        ordered = select(AuditRow).order_by(col(AuditRow.seq))
        verified = 0
        try:
            cut, previous = self._beginning()
            verified = cut
            with self._session.exec(ordered.execution_options(yield_per=1)) as rows:
                for row in rows:
                    if (row.seq, row.previous) != (verified + 1, previous):
                        return row.seq
                    if row.hash != self._hash(to_entry(row), previous):
                        return row.seq
                    verified, previous = row.seq, row.hash
        except UNREADABLE as error:
            _raise_other_faults(error)
            return verified + 1
        newest = self._kept_head()
        if newest != AuditHead(verified, previous):
            return max(verified + 1, newest.seq if newest else 0)
        if against is None or against.seq <= cut:
            return None
        kept = self._session.get(AuditRow, against.seq)
        return None if kept is not None and kept.hash == against.hash else against.seq

    def head(self) -> AuditHead:
        """Returns what stands for all entries up to now."""
        newest = select(AuditRow.seq, AuditRow.hash).order_by(col(AuditRow.seq).desc()).limit(1)
        row = self._session.exec(newest).first()
        return AuditHead(*row) if row else NO_ENTRY

    def newest_number(self) -> int:
        """Returns the number of the newest entry, whatever else stands in it; 0 without any."""
        return self._session.exec(select(func.max(AuditRow.seq))).one() or 0

    def reveals(self, since: datetime) -> dict[str, int]:
        """Returns how many reveals each person asked for since a moment."""
        counted = select(AuditRow.who, func.count()).where(
            col(AuditRow.what).in_(REVEALS), col(AuditRow.at) >= since
        )
        return dict(self._session.exec(counted.group_by(AuditRow.who)).all())

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
        # Sixty-four hex digits may hold what reads like a number of a card: nothing is taken out.
        self._append(who, CUT, [(str(last.seq), last.hash)], now)
        self._session.flush()
        gone = delete(AuditRow).where(col(AuditRow.seq) <= last.seq)
        return self._session.exec(gone.execution_options(synchronize_session=False)).rowcount

    def _beginning(self) -> tuple[int, str]:
        """Returns number and hash of the last entry that was cut off; 0 where none was."""
        cuts = select(AuditRow).where(AuditRow.what == CUT).order_by(col(AuditRow.seq).desc())
        newest = self._session.exec(cuts.limit(1)).first()
        if newest is None or not str(newest.subject).isdecimal():
            return 0, BEGINNING  # one that we did not write: its own hash is wrong
        return int(newest.subject), newest.detail

    def entries(  # noqa: PLR0913 -- one filter each
        self,
        subject: str | None = None,
        *,
        what: str | None = None,
        who: str | None = None,
        since: datetime | None = None,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> tuple[AuditEntry, ...]:
        """Returns what was done, newest first; `before` and `after` are numbers of entries.

        Raises:
            ChangedRowError: an entry among them is nothing that the desk ever wrote.
        """
        chosen = select(AuditRow).order_by(col(AuditRow.seq).desc()).limit(limit)
        if subject is not None:
            chosen = chosen.where(AuditRow.subject == subject)
        if what is not None:
            chosen = chosen.where(AuditRow.what == what)
        if who is not None:
            chosen = chosen.where(AuditRow.who == who)
        if since is not None:
            chosen = chosen.where(col(AuditRow.at) >= since)
        if after is not None:
            chosen = chosen.where(col(AuditRow.seq) > after)
        if before is not None:
            chosen = chosen.where(col(AuditRow.seq) < before)
        try:
            return tuple(to_entry(row) for row in self._session.exec(chosen))
        except UNREADABLE as error:
            _raise_other_faults(error)
            raise ChangedRowError("journal d'audit") from None

    def _hash(self, entry: AuditEntry, previous: str) -> str:
        at = entry.at.isoformat()
        said = [entry.seq, at, entry.who, entry.what, entry.subject, entry.detail, previous]
        return self._encryption.authenticate("audit log", json.dumps(said))


def _raise_other_faults(error: Exception) -> None:
    """Lets an error go on that is the database's, and not of what stands in a row."""
    if isinstance(error, DBAPIError) and fault_of(error) is not DatabaseFault.OTHER:
        raise error


def to_entry(row: AuditRow) -> AuditEntry:
    """An entry as it was written. Raises TypeError: SQLite takes any value into any column."""
    if not all(isinstance(one, str) for one in (row.who, row.what, row.subject, row.detail)):
        raise TypeError("an entry of the audit log has a value that is no text")
    return AuditEntry(
        seq=row.seq,
        at=row.at,
        who=row.who,
        what=row.what,
        subject=row.subject,
        detail=row.detail,
    )
