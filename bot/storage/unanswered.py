"""Unanswered questions: what people asked in vain, without who, and without anything personal."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlmodel import col, select

from bot.storage.base import Repository, Row
from bot.storage.tables_operations import UnansweredRow


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question, and how it failed: `unknown`, `not_found` or `useless`."""

    question: str
    outcome: str
    asked_at: datetime


class UnansweredQuestions(Repository):
    """The questions from which the base learns."""

    def keep_question(self, question: str, outcome: str, now: datetime) -> None:
        """Keeps a question that holds nothing personal any more."""
        row = {"id": str(uuid4()), "question": question, "outcome": outcome, "asked_at": now}
        self._later(UnansweredRow, self._add_questions, row)

    def _add_questions(self, rows: list[Row]) -> None:
        self._add_all(UnansweredRow, rows)

    def unanswered(self, limit: int = 10_000) -> tuple[Unanswered, ...]:
        """The questions asked in vain, newest first."""
        newest = select(UnansweredRow).order_by(col(UnansweredRow.asked_at).desc()).limit(limit)
        rows = self._elsewhere.exec(newest)
        return tuple(Unanswered(row.question, row.outcome, row.asked_at) for row in rows)
