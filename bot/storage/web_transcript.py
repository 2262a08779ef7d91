"""The web channel's book-keeping: browsers that are known again, and what their pages show.

A browser shows its own secret; the database holds a fingerprint of it alone. What was said is
sealed, and goes after `WEB_HOURS`: the conversation itself stands elsewhere and stays.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlmodel import col, delete, func, select

from bot.storage.base import Repository
from bot.storage.tables_operations import WebLineRow, WebSessionRow

SEEN_WITHIN = timedelta(hours=1)
"""How exactly it is known when a browser was last here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebLine:
    """One line of a page: `kind` is `own`, `erased`, `say`, `document` or `piece`; `content` is
    what the renderer of the channel made of it. Lines of one turn have the same `key`."""

    id: int
    key: str
    kind: str
    content: Mapping[str, Any]
    at: datetime


class WebTranscript(Repository):
    """Sessions of browsers, and the lines of each address."""

    def address_of(self, secret: str, now: datetime) -> str | None:
        """The address of the browser with this secret; None for one that never wrote."""
        row = self._session.get(WebSessionRow, self._print(secret))
        if row is None:
            return None
        if now - row.seen_at >= SEEN_WITHIN:
            row.seen_at = now
        return row.address

    def begin(self, secret: str, now: datetime) -> str:
        """Gives a browser an address of its own."""
        address = f"web:{uuid4()}"
        self._session.add(
            WebSessionRow(
                secret_print=self._print(secret), address=address, began_at=now, seen_at=now
            )
        )
        return address

    def end(self, secret: str) -> None:
        """Forgets a browser, and what its page showed."""
        row = self._session.get(WebSessionRow, self._print(secret))
        if row is not None:
            self._session.exec(delete(WebLineRow).where(col(WebLineRow.address) == row.address))
            self._session.delete(row)

    def add(
        self, address: str, key: str, kind: str, content: Mapping[str, Any], now: datetime
    ) -> None:
        """Puts a line at the end of a page."""
        seal_id = f"{address}/{uuid4()}"
        sealed = self._seal(json.dumps(content), "web_line", seal_id, "content")
        self._session.add(
            WebLineRow(
                seal_id=seal_id, address=address, key=key, kind=kind, content_sealed=sealed, at=now
            )
        )

    def erase(self, address: str, keys: Collection[str]) -> None:
        """Takes back what the person wrote in these turns: it held what must not be kept."""
        mine = select(WebLineRow).where(
            WebLineRow.address == address, WebLineRow.kind == "own", col(WebLineRow.key).in_(keys)
        )
        for row in self._session.exec(mine):
            row.kind = "erased"
            row.content_sealed = self._seal("{}", "web_line", row.seal_id, "content")

    def lines(self, address: str, after: int = 0, key: str = "") -> tuple[WebLine, ...]:
        """The lines of a page in order: all, those after one of them, or those of one turn."""
        chosen = select(WebLineRow).where(WebLineRow.address == address, col(WebLineRow.id) > after)
        if key:
            chosen = chosen.where(WebLineRow.key == key)
        rows = self._session.exec(chosen.order_by(col(WebLineRow.id)))
        return tuple(self._line(row) for row in rows)

    def line(self, address: str, line_id: int) -> WebLine | None:
        row = self._session.get(WebLineRow, line_id)
        return None if row is None or row.address != address else self._line(row)

    def newest(self, addresses: Iterable[str]) -> dict[str, int]:
        """The number of the last line of each of these pages: one query for all who look on."""
        last = select(WebLineRow.address, func.max(WebLineRow.id))
        chosen = last.where(col(WebLineRow.address).in_(list(addresses)))
        found = self._session.exec(chosen.group_by(WebLineRow.address))
        return {address: number or 0 for address, number in found}

    def forget(self, *, lines_before: datetime, sessions_before: datetime) -> int:
        """Removes what is past its date; tells how many lines went."""
        old = delete(WebSessionRow).where(col(WebSessionRow.seen_at) <= sessions_before)
        self._session.exec(old)
        past = delete(WebLineRow).where(col(WebLineRow.at) <= lines_before)
        return self._session.exec(past).rowcount

    def _line(self, row: WebLineRow) -> WebLine:
        assert row.id is not None  # it was read
        opened = self._open(row.content_sealed, "web_line", row.seal_id, "content")
        return WebLine(id=row.id, key=row.key, kind=row.kind, content=json.loads(opened), at=row.at)

    def _print(self, secret: str) -> str:
        return self._encryption.fingerprint("web session", secret)
