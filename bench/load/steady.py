"""Actions that arrive steadily, whoever is still waiting: an open loop with a fixed schedule.

A crowd whose people wait for one another hides a slow desk: it then just asks less. Here action
number n is due at n / rate, and its answer is timed from that moment.
"""

import asyncio
import os
import resource
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import linear_regression, median
from tempfile import TemporaryDirectory
from time import monotonic

from support.botapi.server import Server
from support.whole_request import DIALOGUE

from load.desk import TOKEN, UNLIMITED, DeskProcess
from load.people import MissingAnswerError, Person

LATENCY_MS = 50.0
EVERY = 20.0  # seconds between two actions of one person
SAMPLE = 10.0  # seconds between two looks at the process
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """The process at one moment: minutes since the begin, MiB, open descriptors, MiB of WAL."""

    minutes: float
    memory: float
    descriptors: int
    wal: float


@dataclass(frozen=True, slots=True)
class Steady:
    """What came of a run; times are seconds, `processor_ms` is per action.

    `filed` counts the references that people read, `kept` the tickets in the database.
    """

    rate: float
    actions: int
    p50: float
    p95: float
    longest: float
    processor_ms: float
    missing: int
    filed: int
    kept: int
    samples: tuple[Sample, ...]

    def growth(self, after: float) -> float:
        """MiB a minute of resident memory, fitted over the samples `after` so many minutes."""
        late = [one for one in self.samples if one.minutes >= after]
        if len(late) < 3:
            return 0.0
        return linear_regression([s.minutes for s in late], [s.memory for s in late]).slope


@dataclass(slots=True)
class Walker:
    """A place in the schedule: one person after the other through the dialogue."""

    server: Server
    numbers: "count[int]"
    person: Person = field(init=False)
    step: int = 0

    def __post_init__(self) -> None:
        self.person = Person(self.server, next(self.numbers))

    async def act(self) -> bool:
        """Take the next step; whether a request was filed with it."""
        await self.person.take_step(self.step)
        filed = "référence" in DIALOGUE[self.step][2] and DIALOGUE[self.step][1] == "^Envoyer$"
        self.step += 1
        if self.step == len(DIALOGUE):
            self.person.leave()
            self.step, self.person = 0, Person(self.server, next(self.numbers))
        return filed


async def run_steady(
    rate: float,
    seconds: float,
    command: Sequence[str] = UNLIMITED,
    limit: Callable[[], None] | None = None,
) -> Steady:
    """A fresh desk, people spread over the whole dialogue, then `rate` actions a second."""
    server = Server(latency_ms=LATENCY_MS, record_calls=False)
    url = await server.start()
    server.bot(TOKEN)
    with TemporaryDirectory() as folder:
        desk = DeskProcess(server, url, Path(folder), command, limit)
        try:
            await desk.start()
            run = _Run(server, desk, Path(folder), rate)
            await run.spread()
            return await run.measure(seconds)
        finally:
            await desk.stop()
            await server.stop()


class _Run:
    def __init__(self, server: Server, desk: DeskProcess, folder: Path, rate: float) -> None:
        self._desk = desk
        self._folder = folder
        self._rate = rate
        numbers = count(10_000)
        self._idle = deque(Walker(server, numbers) for _ in range(int(rate * EVERY)))
        self._waits: list[float] = []
        self._missing = 0
        self._filed = 0

    async def spread(self) -> None:
        """Everybody somewhere else in the dialogue: else all would search at the same time."""
        places = asyncio.Semaphore(100)

        async def walk(walker: Walker, steps: int) -> None:
            for _ in range(steps):
                async with places:
                    filed = await walker.act()
                self._filed += filed

        everybody = enumerate(self._idle)
        await asyncio.gather(*(walk(one, n % len(DIALOGUE)) for n, one in everybody))

    async def measure(self, seconds: float) -> Steady:
        before, began = self._desk.processor_seconds(), monotonic()
        actions: set[asyncio.Task[None]] = set()
        samples: list[Sample] = []
        for number in range(int(self._rate * seconds)):
            due = began + number / self._rate
            await asyncio.sleep(max(0.0, due - monotonic()))
            actions.add(asyncio.create_task(self._act(due)))
            actions = {one for one in actions if not one.done()}
            if monotonic() - began >= len(samples) * SAMPLE:
                samples.append(self._sample(monotonic() - began))
        await asyncio.gather(*actions)
        used = self._desk.processor_seconds() - before
        waits = sorted(self._waits)
        return Steady(
            rate=self._rate,
            actions=len(waits),
            p50=median(waits),
            p95=waits[int(len(waits) * 0.95)],
            longest=waits[-1],
            processor_ms=1000 * used / len(waits),
            missing=self._missing,
            filed=self._filed,
            kept=_count_tickets(self._folder),
            samples=tuple(samples),
        )

    async def _act(self, due: float) -> None:
        """The next action of whoever has rested longest; missing where everybody waits."""
        if not self._idle:
            self._missing += 1
            return
        walker = self._idle.popleft()
        try:
            filed = await walker.act()
            self._filed += filed
            self._waits.append(monotonic() - due)
        except MissingAnswerError as error:
            self._missing += 1
            print(walker.person.number, error)
        self._idle.append(walker)

    def _sample(self, seconds: float) -> Sample:
        wal = self._folder / "data" / "guichet.db-wal"
        size = wal.stat().st_size / MIB if wal.exists() else 0.0
        return Sample(seconds / 60, self._desk.memory(), self._desk.descriptors(), size)


def one_core_and_512_mib() -> None:
    """Set in the desk's process before it starts: what a small rented server gives."""
    os.sched_setaffinity(0, {0})
    resource.setrlimit(resource.RLIMIT_DATA, (512 * MIB, 512 * MIB))


def _count_tickets(folder: Path) -> int:
    with sqlite3.connect(f"file:{folder}/data/guichet.db?mode=ro", uri=True) as connection:
        return int(connection.execute("SELECT count(*) FROM ticket").fetchone()[0])
