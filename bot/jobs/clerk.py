"""The clerk: the one thread in which a process reads and writes its storage.

Storage is synchronous code. One thread for all of it, and not a pool: SQLite lets one writer in at
a time anyway, and who waits for the clerk waits a moment less than who waits for a locked database.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from bot.storage.store import Database, Store

P = ParamSpec("P")
T = TypeVar("T")


class Clerk:
    """Does storage work for asynchronous callers, in the order in which it is asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="storage")

    @property
    def store(self) -> Store:
        return self._store

    async def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run work that opens its own transactions."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: work(*args, **kwargs))

    async def record(
        self, work: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run work inside one transaction."""

        def recorded() -> T:
            with self._store.transaction() as db:
                return work(db, *args, **kwargs)

        return await self.do(recorded)

    def close(self) -> None:
        """Waits for the work at hand."""
        self._thread.shutdown()
