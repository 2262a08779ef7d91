"""Crash points: a desk in this process that dies before or after a commit, or a call to Telegram.

The dead desk does nothing more: whatever it still tries raises `Killed`, which nothing of ours
catches. A new one is then put together on the same database, and goes on.
"""

import asyncio
import selectors
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import Engine
from support.botapi.server import Server
from support.session_rows import stale
from telegram.request import BaseRequest, RequestData

from bot.storage.encryption import Encryption
from bot.storage.store import Database, DatabaseThread, Store

P = ParamSpec("P")
T = TypeVar("T")


class Killed(BaseException):
    """The desk is dead."""


class Points:
    """Where the desk stands; `is_fatal` says of a point, by its number, whether it dies there."""

    def __init__(self, is_fatal: Callable[[int], bool]) -> None:
        self._is_fatal = is_fatal
        self.reached = 0
        self.dead = False

    def check(self) -> None:
        """The dead do nothing."""
        if self.dead:
            raise Killed

    def reach(self) -> None:
        """Come to a point, and perhaps die there."""
        self.check()
        self.reached += 1
        if self._is_fatal(self.reached):
            self.dead = True
            raise Killed


class MortalStore(Store):
    """A store whose commits have a point before and a point after them, where they change a row."""

    def __init__(self, engine: Engine, encryption: Encryption, points: Points) -> None:
        super().__init__(engine, encryption)
        self._points = points

    @contextmanager
    def transaction(self) -> Iterator[Database]:
        self._points.check()
        with super().transaction() as db:
            before = _changes(db)
            yield db
            assert stale(db) == []
            db.session.flush()
            is_durable = _changes(db) > before
            if is_durable:
                self._points.reach()
        if is_durable:
            self._points.reach()


def _changes(db: Database) -> int:
    """How many rows this connection has changed since it was opened."""
    connection = db.session.connection().connection.driver_connection
    return int(connection.total_changes)  # type: ignore[union-attr]


class NearDatabaseThread(DatabaseThread):
    """A db_thread without a thread of its own: what happens happens in the same order each time."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.close()

    async def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return work(*args, **kwargs)

    async def record(
        self, work: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        with self._store.transaction() as db:
            return work(db, *args, **kwargs)


class NearTelegram(BaseRequest):
    """The Bot API server in this process, with a point before and a point after every call."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.points = Points(lambda _: False)

    @property
    def read_timeout(self) -> float:
        return 0

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        path = urlsplit(url).path
        if request_data is None:
            name = path.rpartition("/")[2].partition(".")[0]
            return 200, self._server.files[name]["data"]
        token, name = path.rpartition("/bot")[2].split("/")
        files = {name: (one[0], one[1]) for name, one in request_data.multipart_data.items()}
        self.points.reach()
        answer = await self._server.call(token, name, dict(request_data.json_parameters), files)
        self.points.reach()
        return answer


class _Impatient(selectors.DefaultSelector):
    """Waits for nothing that a clock would bring: it tells the loop how far to put it forward."""

    skipped = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        self.skipped += timeout
        return super().select(0)


class NearLoop(asyncio.SelectorEventLoop):
    """A loop in which nobody waits: where only time would help, time goes on by itself."""

    def __init__(self) -> None:
        self._impatient = _Impatient()
        super().__init__(self._impatient)
        self.set_exception_handler(lambda *_: None)  # the dead have much to complain about

    def time(self) -> float:
        return super().time() + self._impatient.skipped
