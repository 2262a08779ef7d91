"""Statistics: what is counted for the report, votes on articles, unanswered questions, and the
numbers that tell whether the desk is well. Nothing encrypted is opened here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import sqlalchemy
from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, delete, func, or_, select

from bot.storage.accounts import Accounts
from bot.storage.base import Repository
from bot.storage.encryption import Encryption
from bot.storage.tables_accounts import ReminderRow
from bot.storage.tables_operations import (
    AuditRow,
    FailedUpdateRow,
    MarkRow,
    OutboxEntry,
    StatisticRow,
    UnansweredRow,
)
from bot.storage.tables_requests import TicketHappeningRow, TicketRow, TicketYearRow, VoteRow


@dataclass(frozen=True, slots=True)
class VoteCount:
    """How many found a version of an article useful, and how many did not."""

    useful: int = 0
    not_useful: int = 0


class Statistics(Repository):
    """What the report and the knowledge base learn from; but for votes, no row names a person."""

    def count(self, kind: str, subject: str, now: datetime) -> None:
        """Counts one thing that happened, of a kind, to an article or a question of a form."""
        row = StatisticRow(seal_id=str(uuid4()), kind=kind, subject=subject, at=now)
        self._session.add(row)

    def vote(self, person_id: str, slug: str, version: str, useful: bool, now: datetime) -> None:
        """Counts a vote on a version of an article; a person's last one counts."""
        self._upsert(
            VoteRow, slug=slug, version=version, person_id=person_id, useful=useful, voted_at=now
        )

    def votes(self, slug: str, version: str) -> VoteCount:
        counted = (
            select(VoteRow.useful, func.count())
            .where(VoteRow.slug == slug, VoteRow.version == version)
            .group_by(col(VoteRow.useful))
        )
        by_vote = dict(self._session.exec(counted).all())
        return VoteCount(useful=by_vote.get(True, 0), not_useful=by_vote.get(False, 0))

    def votes_of(self, person_id: str) -> tuple[tuple[str, bool, datetime], ...]:
        """Returns a person's votes: the article, whether it was useful, and when."""
        mine = select(VoteRow).where(VoteRow.person_id == person_id)
        rows = self._session.exec(mine.order_by(col(VoteRow.voted_at)))
        return tuple((row.slug, row.useful, row.voted_at) for row in rows)

    def add_unanswered(self, question: str, outcome: str, now: datetime) -> None:
        """Keeps a question that holds nothing personal any more."""
        row = UnansweredRow(id=str(uuid4()), question=question, outcome=outcome, asked_at=now)
        self._session.add(row)

    def unanswered_questions(self, limit: int = 10_000) -> list[str]:
        """Returns the questions asked in vain, newest first."""
        newest = select(UnansweredRow.question).order_by(col(UnansweredRow.asked_at).desc())
        return list(self._session.exec(newest.limit(limit)))


REMINDERS = "reminders"
"""The mark of a round of reminders that came to its end."""
BACKUP = "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`oldest` is since when the oldest row waits that could leave; `filed` counts tickets ever."""

    waiting: int
    oldest: datetime | None
    buried: int
    kept_aside: int
    unreachable_administrators: int
    filed: int
    last_reminders: datetime | None
    last_backup: datetime | None


class Conditions(Repository):
    """How the desk is; asked by the health page, the metrics and the doctor."""

    def __init__(self, session: Session, encryption: Encryption, accounts: Accounts) -> None:
        super().__init__(session, encryption)
        self._accounts = accounts

    def note_done(self, what: str, now: datetime) -> None:
        """Notes when something that has to be done again and again was done."""
        self._upsert(MarkRow, name=what, at=now)

    def forget_done(self, *names: str) -> None:
        """Forgets that these things were ever done."""
        self._session.exec(delete(MarkRow).where(col(MarkRow.name).in_(names)))

    def read(self, now: datetime) -> Condition:
        waiting = and_(col(OutboxEntry.sent_at).is_(None), col(OutboxEntry.buried_at).is_(None))
        is_at_once = col(OutboxEntry.due_at) <= col(OutboxEntry.created_at)
        is_due = or_(col(OutboxEntry.due_at) <= now, col(OutboxEntry.attempts) > 0, is_at_once)
        free = and_(waiting, is_due)
        buried = col(OutboxEntry.buried_at).is_not(None)
        one = self._session.exec
        return Condition(
            waiting=one(select(func.count()).where(waiting)).one(),
            oldest=one(select(func.min(OutboxEntry.created_at)).where(free)).one(),
            buried=one(select(func.count()).where(buried)).one(),
            kept_aside=one(select(func.count()).select_from(FailedUpdateRow)).one(),
            unreachable_administrators=self._accounts.count_unreachable(),
            filed=one(select(func.sum(TicketYearRow.last_number))).one() or 0,
            last_reminders=self.last_done(REMINDERS),
            # From the audit log: a restored database knows no backup newer than its own.
            last_backup=one(select(func.max(AuditRow.at)).where(AuditRow.subject == BACKUP)).one(),
        )

    def told_on(self, day: date) -> int:
        """Counts the reminders of a day."""
        told = select(func.count()).where(col(ReminderRow.told_on) == day)
        return self._session.exec(told).one()

    def last_done(self, what: str) -> datetime | None:
        """When it was done for the last time."""
        return self._session.exec(select(MarkRow.at).where(MarkRow.name == what)).first()


@dataclass(frozen=True, slots=True)
class TicketTimes:
    """When a ticket was filed, answered and changed its status, oldest first."""

    filed_at: datetime
    status: str
    answered: list[datetime] = field(default_factory=list)
    statuses: list[tuple[str, datetime]] = field(default_factory=list)


class ReportStatistics(Repository):
    """Counts over a stretch of time, from `begin` up to `end`."""

    def filed_by_theme(self, begin: datetime, end: datetime) -> Mapping[str, int]:
        return self._count_tickets(TicketRow.theme_label, begin, end)

    def filed_by_sous_motif(self, begin: datetime, end: datetime) -> Mapping[str, int]:
        return self._count_tickets(TicketRow.sous_motif_label, begin, end)

    def scores(self, begin: datetime, end: datetime) -> Mapping[int, int]:
        """How many tickets have each score; those without one, or with no number, are left out."""
        found = self._count_tickets(TicketRow.score, begin, end)
        return {score: count for score, count in found.items() if isinstance(score, int)}

    def ticket_times(self, begin: datetime, end: datetime) -> tuple[TicketTimes, ...]:
        """The times of every ticket filed, oldest first."""
        happening = and_(
            col(TicketHappeningRow.ticket_id) == col(TicketRow.id),
            col(TicketHappeningRow.what).in_(("answered", "status")),
        )
        rows = self._session.execute(
            sqlalchemy.select(
                col(TicketRow.id),
                col(TicketRow.filed_at),
                col(TicketRow.status),
                col(TicketHappeningRow.what),
                col(TicketHappeningRow.detail),
                col(TicketHappeningRow.at),
            )
            .outerjoin(TicketHappeningRow, happening)
            .where(_between(TicketRow.filed_at, begin, end))
            .order_by(col(TicketRow.filed_at), col(TicketRow.id), col(TicketHappeningRow.place))
        )
        times: dict[str, TicketTimes] = {}
        for ticket, filed_at, status, what, detail, at in rows:
            mine = times.setdefault(ticket, TicketTimes(filed_at, status))
            if what == "answered":
                mine.answered.append(at)
            elif what == "status":
                mine.statuses.append((detail, at))
        return tuple(times.values())

    def counted_by_subject(self, kind: str, begin: datetime, end: datetime) -> Mapping[str, int]:
        """How often each subject of a kind was counted."""
        counted = (
            select(StatisticRow.subject, func.count())
            .where(StatisticRow.kind == kind, _between(StatisticRow.at, begin, end))
            .group_by(col(StatisticRow.subject))
        )
        return dict(self._session.exec(counted).all())

    def unanswered_between(self, begin: datetime, end: datetime) -> list[str]:
        """The questions asked in vain, newest first; they hold nothing personal."""
        asked = select(UnansweredRow.question).where(_between(UnansweredRow.asked_at, begin, end))
        return list(self._session.exec(asked.order_by(col(UnansweredRow.asked_at).desc())))

    def net_useless_votes(self) -> Mapping[tuple[str, str], int]:
        """By article and version, how many more found it useless than useful; negative below."""
        rows = self._session.exec(
            select(VoteRow.slug, VoteRow.version, VoteRow.useful, func.count()).group_by(
                col(VoteRow.slug), col(VoteRow.version), col(VoteRow.useful)
            )
        )
        net: dict[tuple[str, str], int] = {}
        for slug, version, useful, count in rows:
            net[slug, version] = net.get((slug, version), 0) + (-count if useful else count)
        return net

    def _count_tickets(self, column: Any, begin: datetime, end: datetime) -> dict[Any, int]:
        filed = _between(TicketRow.filed_at, begin, end)
        rows = self._session.exec(select(column, func.count()).where(filed).group_by(column))
        return dict(rows.all())


def _between(moment: Any, begin: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(col(moment) >= begin, col(moment) < end)
