"""The register of requests of persons about their data; who asks and what came of it are sealed."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlmodel import col, func, select

from bot.domain.rights import Outcome, Right, RightsRequest, due_date
from bot.storage.base import Repository
from bot.storage.row_mac import check_row, intact
from bot.storage.tables_operations import RightsRequestRow

TABLE = "rights_request"


class RightsRequests(Repository):
    """Requests under GDPR articles 15 to 22: opened, listed, extended, closed.

    `guichet rights` writes them, `guichet doctor` reads those that are open.
    """

    def open(self, right: Right, asker: str, received_on: date) -> RightsRequest:
        """Adds a request under the next number; two operators at once get two numbers."""
        last = self._session.exec(select(func.max(RightsRequestRow.number))).one() or 0
        number = last + 1
        row = RightsRequestRow(
            number=number,
            kind=right.value,
            asker_sealed=self._seal(asker, TABLE, str(number), "asker"),
            received_on=received_on,
            due_on=due_date(received_on),
        )
        self._session.add(row)
        self._session.flush()  # a number that was taken meanwhile is an error here, and not later
        return self._request(row)

    def get(self, number: int) -> RightsRequest | None:
        """Returns a request, which is locked until the commit."""
        row = self._session.get(RightsRequestRow, number, with_for_update=True)
        return None if row is None else self._request(row)

    def extend(self, number: int, why: str) -> RightsRequest | None:
        """Gives an open request its two further months; None where it has ended, or has them."""
        row = self._session.get(RightsRequestRow, number, with_for_update=True)
        if row is None or row.closed_at is not None or self._request(row).is_extended:
            return None
        row.due_on = due_date(row.received_on, extended=True)
        row.words_sealed = self._seal(why, TABLE, str(number), "words")
        return self._request(row)

    def close(self, number: int, outcome: Outcome, words: str, now: datetime) -> bool:
        """Ends a request; False when there is none of that number, or it has ended already.

        Why it was extended stays before the words of the end.
        """
        row = self._session.get(RightsRequestRow, number, with_for_update=True)
        if row is None or row.closed_at is not None:
            return False
        said = " · ".join(filter(None, (self._request(row).words, words)))
        row.outcome, row.closed_at = outcome.value, now
        row.words_sealed = self._seal(said, TABLE, str(number), "words")
        return True

    def rename_asker(self, askers: Collection[str], name: str) -> None:
        """Puts another name in the place of somebody who asked, in ended requests as well."""
        for row in self._session.exec(select(RightsRequestRow).with_for_update()).all():
            if self._request(row).asker in askers:
                row.asker_sealed = self._seal(name, TABLE, str(row.number), "asker")

    def list(self, *, only_open: bool = True) -> tuple[RightsRequest, ...]:
        """Returns requests, those that are due first in front; changed ones are left out."""
        chosen = select(RightsRequestRow)
        if only_open:
            chosen = chosen.where(col(RightsRequestRow.closed_at).is_(None))
        ordered = chosen.order_by(col(RightsRequestRow.due_on), col(RightsRequestRow.number))
        return tuple(self._request(row) for row in intact(self._session.exec(ordered)))

    def due_dates(self) -> Mapping[int, date]:
        """Returns until when each open request is to be answered; nothing sealed is opened."""
        still_open = select(RightsRequestRow).where(col(RightsRequestRow.closed_at).is_(None))
        rows = self._session.exec(still_open.order_by(col(RightsRequestRow.due_on)))
        return {row.number: row.due_on for row in intact(rows)}

    def _request(self, row: RightsRequestRow) -> RightsRequest:
        check_row(row)
        name = str(row.number)
        words = self._open(row.words_sealed, TABLE, name, "words") if row.words_sealed else ""
        return RightsRequest(
            number=row.number,
            right=Right(row.kind),
            asker=self._open(row.asker_sealed, TABLE, name, "asker"),
            received_on=row.received_on,
            due_on=row.due_on,
            outcome=Outcome(row.outcome) if row.outcome else None,
            words=words,
            closed_on=row.closed_at.date() if row.closed_at else None,
        )
