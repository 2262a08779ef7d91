"""What the report counts, in SQL: nothing sealed is opened, no ticket is read whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, and_, func
from sqlmodel import col, select

from bot.storage.base import Repository
from bot.storage.tables_operations import StatisticRow, UnansweredRow
from bot.storage.tables_requests import TicketHappeningRow, TicketRow, VoteRow


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
        """How many tickets have each score; unrated ones are left out."""
        found = self._count_tickets(TicketRow.score, begin, end)
        return {score: count for score, count in found.items() if score is not None}

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
            .where(_filed(begin, end))
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
        rows = self._session.exec(
            select(StatisticRow.subject, func.count())
            .where(
                StatisticRow.kind == kind, col(StatisticRow.at) >= begin, col(StatisticRow.at) < end
            )
            .group_by(col(StatisticRow.subject))
        )
        return dict(rows.all())

    def unanswered_between(self, begin: datetime, end: datetime) -> list[str]:
        """The questions asked in vain, newest first; they hold nothing personal."""
        asked = col(UnansweredRow.asked_at)
        rows = self._session.exec(
            select(UnansweredRow.question).where(asked >= begin, asked < end).order_by(asked.desc())
        )
        return list(rows.all())

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
        rows = self._session.exec(
            select(column, func.count()).where(_filed(begin, end)).group_by(column)
        )
        return dict(rows.all())


def _filed(begin: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(col(TicketRow.filed_at) >= begin, col(TicketRow.filed_at) < end)
