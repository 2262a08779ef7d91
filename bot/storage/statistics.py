"""Statistics: what is counted besides tickets without saying who did it, votes on articles, and
questions that were asked in vain."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlmodel import col, func, select

from bot.storage.base import Repository
from bot.storage.tables_operations import StatisticRow, UnansweredRow
from bot.storage.tables_requests import VoteRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """One thing counted: `kind` of what, `subject` (an article, a form's question), its words."""

    kind: str
    subject: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class VoteCount:
    """How many found a version of an article useful, and how many did not."""

    useful: int = 0
    not_useful: int = 0


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question, and how it failed: `unknown`, `not_found` or `useless`."""

    question: str
    outcome: str
    asked_at: datetime


class Statistics(Repository):
    """What the report and the knowledge base learn from; but for votes, no row names a person."""

    def count(self, statistic: Statistic, now: datetime) -> None:
        """Counts one thing that happened."""
        seal_id = str(uuid4())
        sealed = None
        if statistic.words:
            sealed = self._seal(statistic.words, "statistic", seal_id, "words")
        self._session.add(
            StatisticRow(
                seal_id=seal_id,
                kind=statistic.kind,
                subject=statistic.subject,
                words_sealed=sealed,
                at=now,
            )
        )

    def counted(self, kind: str, since: datetime, until: datetime) -> tuple[Statistic, ...]:
        """Returns what was counted of one kind in a stretch of time, in order."""
        chosen = select(StatisticRow).where(
            StatisticRow.kind == kind, col(StatisticRow.at) >= since, col(StatisticRow.at) < until
        )
        rows = self._session.exec(chosen.order_by(col(StatisticRow.id)))
        return tuple(
            Statistic(kind=row.kind, subject=row.subject, words=self._words(row)) for row in rows
        )

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

    def add_unanswered(self, question: str, outcome: str, now: datetime) -> None:
        """Keeps a question that holds nothing personal any more."""
        row = UnansweredRow(id=str(uuid4()), question=question, outcome=outcome, asked_at=now)
        self._session.add(row)

    def unanswered(self, limit: int = 10_000) -> tuple[Unanswered, ...]:
        """Returns the questions asked in vain, newest first."""
        newest = select(UnansweredRow).order_by(col(UnansweredRow.asked_at).desc()).limit(limit)
        rows = self._session.exec(newest)
        return tuple(Unanswered(row.question, row.outcome, row.asked_at) for row in rows)

    def _words(self, row: StatisticRow) -> str:
        if row.words_sealed is None:
            return ""
        return self._open(row.words_sealed, "statistic", row.seal_id, "words")
