"""The systems that are asked for their news, GLPI and Zammad, and what their technicians do."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import ClassVar, Protocol

from connectors.samples import a_formatter
from connectors.worlds import HTTP_FAULTS, SHORT_SILENCE, World
from support.glpi import APP_TOKEN, USER_TOKEN
from support.glpi import Glpi as GlpiServer
from support.zammad import ME, TOKEN
from support.zammad import Zammad as ZammadServer

from bot.connectors.glpi import GlpiConnector
from bot.connectors.glpi_api import GlpiApi
from bot.connectors.http import HttpClient
from bot.connectors.zammad import ZammadConnector
from bot.connectors.zammad_api import ZammadApi
from bot.domain.ticket_export import NirShown


class Asked(World, Protocol):
    """A system that is asked for its news, with technicians."""

    system: str

    def answer(self, ticket: int, words: str, *, private: bool = False, user: int = 3) -> int: ...

    def as_requester(self, ticket: int, words: str) -> int: ...

    def publish(self, written: int) -> None: ...

    def correct(self, ticket: int, written: int, words: str) -> None: ...

    def solve(self, ticket: int, words: str) -> None: ...

    def reopen(self, ticket: int) -> None: ...

    def rename(self, ticket: int, title: str) -> None: ...

    def merge(self, ticket: int, target: int) -> None: ...

    def delete(self, ticket: int) -> None: ...

    def shut(self, *, closed: bool) -> None:
        """Nobody is let in, or everybody again."""

    def is_open(self, ticket: int) -> bool: ...

    def said_on(self, ticket: int) -> Sequence[str]: ...


@dataclass
class GlpiWorld:
    """GLPI."""

    system: ClassVar[str] = "GLPI"
    kinds: ClassVar[Sequence[str]] = (*HTTP_FAULTS, "session_lost", "html_after")
    server: GlpiServer = field(default_factory=GlpiServer)
    timeout: float = 5.0

    def __post_init__(self) -> None:
        server = self.server
        self.tick, self.answer, self.solve = server.tick, server.answer, server.solve
        self.merge, self.delete = server.merge, server.delete

    @property
    def faults(self) -> deque[str]:
        return self.server.faults

    @faults.setter
    def faults(self, drawn: deque[str]) -> None:
        self.server.faults, self.server.silence = drawn, SHORT_SILENCE

    async def open(self, nir: NirShown = NirShown.MASKED) -> None:
        await self.server.start()
        self.api = GlpiApi(
            url=self.server.url,
            app_token=APP_TOKEN,
            user_token=USER_TOKEN,
            client=HttpClient(timeout=self.timeout),
        )
        categories = {"cotisations": 12, "cotisations/versement": 15}
        self.connector = GlpiConnector(
            api=self.api, formatter=a_formatter(nir), categories=categories
        )

    async def close(self) -> None:
        await self.server.stop()

    def may(self, *, write: bool) -> None:
        rights = {"ticket": 138247, "followup": 15367} if write else {"ticket": 138241}
        self.server.profile = {"itilcategory": 31, **rights}

    def as_requester(self, ticket: int, words: str) -> int:
        return self.server.answer(ticket, words, user=0)

    def publish(self, written: int) -> None:
        self.server.change(written, is_private=0)

    def correct(self, ticket: int, written: int, words: str) -> None:
        self.server.change(written, content=f"<p>{words}</p>")

    def reopen(self, ticket: int) -> None:
        self.server.set_status(ticket, 2)

    def rename(self, ticket: int, title: str) -> None:
        self.server.tickets[ticket]["name"] = title

    def shut(self, *, closed: bool) -> None:
        self.server.is_off = closed

    def is_open(self, ticket: int) -> bool:
        return self.server.tickets[ticket]["status"] < 5

    def said_on(self, ticket: int) -> Sequence[str]:
        rows = self.server.followups.values()
        return [unescape(row["content"]) for row in rows if row["items_id"] == ticket]

    def arrived(self) -> Sequence[str]:
        rows = [*self.server.tickets.values(), *self.server.followups.values()]
        return [unescape(f"{row.get('name', '')}\n{row['content']}") for row in rows]


@dataclass
class ZammadWorld:
    """Zammad."""

    system: ClassVar[str] = "Zammad"
    kinds: ClassVar[Sequence[str]] = (*HTTP_FAULTS, "html_after")
    server: ZammadServer = field(default_factory=ZammadServer)
    timeout: float = 5.0

    def __post_init__(self) -> None:
        server = self.server
        self.tick, self.answer = server.tick, server.answer
        self.merge, self.delete = server.merge, server.delete

    @property
    def faults(self) -> deque[str]:
        return self.server.faults

    @faults.setter
    def faults(self, drawn: deque[str]) -> None:
        self.server.faults, self.server.silence = drawn, SHORT_SILENCE

    async def open(self, nir: NirShown = NirShown.MASKED) -> None:
        await self.server.start()
        self.api = ZammadApi(
            url=self.server.url, token=TOKEN, client=HttpClient(timeout=self.timeout)
        )
        groups = {"*": "Support", "cotisations/versement": "Retraites"}
        self.connector = ZammadConnector(api=self.api, formatter=a_formatter(nir), groups=groups)

    async def close(self) -> None:
        await self.server.stop()

    def may(self, *, write: bool) -> None:
        right = "full" if write else "read"
        self.server.rights = {"Support": [right], "Retraites": [right]}

    def as_requester(self, ticket: int, words: str) -> int:
        return self.server.answer(ticket, words, user=51)

    def publish(self, written: int) -> None:
        self.server.change(written, internal=False)

    def correct(self, ticket: int, written: int, words: str) -> None:
        """An article cannot be edited there: another one corrects it."""
        self.server.answer(ticket, words)

    def solve(self, ticket: int, words: str) -> None:
        """There are no solutions: an answer, and the ticket is closed."""
        self.server.answer(ticket, words)
        self.server.change_ticket(ticket, state="closed")

    def reopen(self, ticket: int) -> None:
        self.server.change_ticket(ticket, state="open")

    def rename(self, ticket: int, title: str) -> None:
        self.server.change_ticket(ticket, title=title)

    def shut(self, *, closed: bool) -> None:
        self.server.closed_for = "Maintenance mode enabled!" if closed else ""

    def said_on(self, ticket: int) -> Sequence[str]:
        return [row["body"] for row in self.server.articles.values() if row["ticket_id"] == ticket]

    def is_open(self, ticket: int) -> bool:
        return self.server.tickets[ticket]["state"] in ("new", "open", "pending reminder")

    def arrived(self) -> Sequence[str]:
        rows = [one for one in self.server.articles.values() if one["created_by_id"] == ME]
        return [unescape(f"{row['subject']}\n{row['body']}") for row in rows]
