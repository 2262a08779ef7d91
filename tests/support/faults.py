"""Faults of other systems: drawn ones, how a server shows them, and what it commits too late.

`500_after` was carried out and answered 500; `504_late` is carried out when time has gone on.
"""

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from aiohttp import web


class Weather(deque[str]):
    """Bad weather over several systems: of each ten calls about nine go wrong, until so many
    have. One is made for each system (`over`), with the faults that it knows."""

    def __init__(self, faults: int, seed: int = 5) -> None:
        super().__init__()
        self.most, self.chance, self.done = faults, random.Random(seed), Counter[str]()
        self.kinds: list[str] = []

    def over(self, kinds: Iterable[str]) -> "Weather":
        there = Weather(self.most)
        there.chance, there.done, there.kinds = self.chance, self.done, list(kinds)
        return there

    def __bool__(self) -> bool:
        return self.done.total() < self.most and self.chance.random() < 0.92

    def popleft(self) -> str:
        weights = [1 if one.startswith("silent") else 20 for one in self.kinds]
        (kind,) = self.chance.choices(self.kinds, weights)
        self.done[kind] += 1
        return kind


class LateCommits:
    """What a server carries out long after it has answered, by its own clock."""

    def __init__(self) -> None:
        self.after = timedelta(seconds=45)
        self.waiting: list[tuple[datetime, Callable[[], object]]] = []

    def add(self, now: datetime, commit: Callable[[], object]) -> None:
        self.waiting.append((now + self.after, commit))

    def do(self, now: datetime) -> None:
        due = [commit for at, commit in self.waiting if at <= now]
        self.waiting = [one for one in self.waiting if one[0] > now]
        for commit in due:
            commit()


async def fail(
    request: web.Request, fault: str, silence: float, body: str = "<html>Erreur</html>"
) -> web.Response:
    """The connection breaks, nobody answers, a page comes, or a status with a body in JSON."""
    kind = fault.partition("_")[0]
    if kind == "reset":
        assert request.transport is not None
        request.transport.abort()
        return web.Response(status=500)
    if kind == "silent":
        await asyncio.sleep(silence)
        return web.Response(status=504)
    if kind == "html":
        return web.Response(text="<html>Erreur</html>", content_type="text/html")
    headers = {"Retry-After": "7"} if kind == "429" else {}
    return web.Response(
        status=int(kind), text=body, content_type="application/json", headers=headers
    )
