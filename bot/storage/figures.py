"""Figures: what is counted besides tickets, without saying who did it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlmodel import col, select

from bot.storage.base import Repository, Row
from bot.storage.tables_operations import StatisticRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One thing counted: `kind` of what, `subject` (an article, a form's question), its words."""

    kind: str
    subject: str = ""
    words: str = ""


class Figures(Repository):
    """What happened, to be counted; no row names a person."""

    def count(self, figure: Figure, now: datetime) -> None:
        seal_id = str(uuid4())
        sealed = self._seal(figure.words, "figure", seal_id, "words") if figure.words else None
        row = {
            "seal_id": seal_id,
            "kind": figure.kind,
            "subject": figure.subject,
            "words_sealed": sealed,
            "at": now,
        }
        self._later(StatisticRow, self._add_figures, row)

    def _add_figures(self, rows: list[Row]) -> None:
        self._add_all(StatisticRow, rows)

    def figures(self, kind: str, since: datetime, until: datetime) -> tuple[Figure, ...]:
        """What was counted of one kind in a stretch of time, in order."""
        chosen = select(StatisticRow).where(
            StatisticRow.kind == kind, col(StatisticRow.at) >= since, col(StatisticRow.at) < until
        )
        rows = self._session.exec(chosen.order_by(col(StatisticRow.id)))
        return tuple(
            Figure(kind=row.kind, subject=row.subject, words=self._words(row)) for row in rows
        )

    def _words(self, row: StatisticRow) -> str:
        if row.words_sealed is None:
            return ""
        return self._open(row.words_sealed, "figure", row.seal_id, "words")
