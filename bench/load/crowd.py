"""200 people through a whole dialogue at once, with a network that takes 50 ms for every call."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic

from support.botapi.server import Server

from load.desk import TOKEN, UNLIMITED, DeskProcess
from load.people import MissingAnswerError, Person

LATENCY_MS = 50.0
STAGGER = 2.0  # seconds over which people come in: nobody waits for 200 first questions


@dataclass(frozen=True, slots=True)
class Crowd:
    """What came of a run."""

    people: int
    completed: int
    rate: float
    p50: float
    p95: float
    processor_ms: float
    memory: float
    repeated: int
    messages: float  # an action


async def run_crowd(people: int, command: tuple[str, ...] = UNLIMITED) -> Crowd:
    """One desk, fresh, and everybody through the dialogue."""
    server = Server(latency_ms=LATENCY_MS, record_calls=False)
    url = await server.start()
    server.bot(TOKEN)
    with TemporaryDirectory() as folder:
        desk = DeskProcess(server, url, Path(folder), command)
        try:
            await desk.start()
            return await _measure(server, desk, people)
        finally:
            await desk.stop()
            await server.stop()


async def _measure(server: Server, desk: DeskProcess, people: int) -> Crowd:
    crowd = [Person(server, 10_000 + n) for n in range(people)]
    await _warm(server)
    before, began = desk.processor_seconds(), monotonic()
    await asyncio.gather(*(_come(one, STAGGER * n / people) for n, one in enumerate(crowd)))
    seconds, used = monotonic() - began, desk.processor_seconds() - before
    waits = sorted(wait for one in crowd for wait in one.waits)
    return Crowd(
        people=people,
        completed=sum(one.completed for one in crowd),
        rate=len(waits) / seconds,
        p50=median(waits),
        p95=waits[int(len(waits) * 0.95)],
        processor_ms=1000 * used / len(waits),
        memory=desk.memory(),
        repeated=sum(one.repeated() for one in crowd),
        messages=sum(one.answers() for one in crowd) / len(waits),
    )


async def _warm(server: Server) -> None:
    """One person goes first: what is loaded at the first use is no matter of the crowd's."""
    await Person(server, 9_999).go_through()


async def _come(person: Person, after: float) -> None:
    await asyncio.sleep(after)
    try:
        await person.go_through()
    except MissingAnswerError as error:
        print(person.number, error)
