"""Votes: whether an article answered, one a person for each version of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select

from bot.storage.base import Repository, Row
from bot.storage.tables_requests import VoteRow


@dataclass(frozen=True, slots=True)
class Tally:
    """How many found a version of an article useful, and how many did not."""

    useful: int = 0
    not_useful: int = 0


class Votes(Repository):
    """The votes on articles."""

    def vote(self, person_id: str, slug: str, version: str, useful: bool, now: datetime) -> None:
        """Counts a vote; a person's last one counts."""
        key = {"slug": slug, "version": version, "person_id": person_id}
        self._later(VoteRow, self._put_votes, {**key, "useful": useful, "voted_at": now})

    def _put_votes(self, rows: list[Row]) -> None:
        self._put_all(VoteRow, rows)

    def votes(self, slug: str, version: str) -> Tally:
        counted = (
            select(VoteRow.useful, func.count())
            .where(VoteRow.slug == slug, VoteRow.version == version)
            .group_by(col(VoteRow.useful))
        )
        by_vote = dict(self._elsewhere.exec(counted).all())
        return Tally(useful=by_vote.get(True, 0), not_useful=by_vote.get(False, 0))
