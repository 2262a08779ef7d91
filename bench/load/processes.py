"""One process, two and four on one PostgreSQL that syncs, behind a webhook: what each bears.

The stand-in, the desks and the database share this machine. What they used of its processors is
counted apart, for that holds on any machine; actions a second hold on this one.
"""

import argparse
import asyncio
import os
import socket
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, process_time

import psycopg
from support.botapi.server import Server
from support.postgres import AS_USUAL, PostgresServer, running_postgres

from load.crowd import LATENCY_MS, STAGGER
from load.desk import START_PATIENCE, TOKEN, DeskProcess
from load.people import MissingAnswerError, Person

TICKS = os.sysconf("SC_CLK_TCK")
HEAD = (
    "processes  actions/s   p50 ms   p95 ms   desk ms  database ms     done  memory MiB  KiB kept"
)


@dataclass(frozen=True, slots=True)
class Run:
    """What came of so many processes; `desk_ms` and `database_ms` are of processors, an action;
    `kept_kib` is what a whole dialogue leaves in the database, indexes and all."""

    processes: int
    rate: float
    p50_ms: float
    p95_ms: float
    desk_ms: float
    database_ms: float
    completed: int
    people: int
    memory: float
    kept_kib: float
    alone_ms: float

    def line(self) -> str:
        done, kept = f"{self.completed}/{self.people}", f"{self.kept_kib:9.1f}"
        return (
            f"{self.processes:9} {self.rate:10.0f} {self.p50_ms:8.0f} {self.p95_ms:8.0f} "
            f"{self.desk_ms:9.2f} {self.database_ms:12.2f} {done:>8} {self.memory:11.0f} {kept}"
        )


async def run_processes(processes: int, people: int) -> Run:
    """A fresh database, so many desks, and everybody through the dialogue."""
    with running_postgres(AS_USUAL) as database, database.database("desk") as url:
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            server = Server(latency_ms=LATENCY_MS, record_calls=False)
            address = await server.start()
            stack.push_async_callback(server.stop)
            server.bot(TOKEN)
            desks = [DeskProcess(server, address, folder) for _ in range(processes)]
            for desk in desks:
                stack.push_async_callback(desk.stop)
            await _open(server, desks, _settings(url))
            return await _measure(server, desks, (database, url), people)


def _settings(database: str) -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    hook = f"http://127.0.0.1:{port}/telegram"
    return {"DATABASE_URL": database, "WEBHOOK_URL": hook, "PORT": str(port)}


async def _open(server: Server, desks: Sequence[DeskProcess], settings: dict[str, str]) -> None:
    for number, desk in enumerate(desks, start=1):
        await desk.launch(settings)
        async with asyncio.timeout(START_PATIENCE):
            while server.call_count["setWebhook"] < number:  # noqa: ASYNC110 -- another process
                await asyncio.sleep(0.01)


async def _measure(
    server: Server, desks: Sequence[DeskProcess], kept_in: tuple[PostgresServer, str], people: int
) -> Run:
    database, url = kept_in
    for number in range(2 * len(desks)):  # what is loaded at the first use is not the crowd's
        await Person(server, 9_000 + number).go_through()
    crowd = [Person(server, 10_000 + number) for number in range(people)]
    used, kept, own = _used(desks), _database_seconds(database.pid), process_time()
    size = _size(url)
    began = monotonic()
    await asyncio.gather(*(_come(one, STAGGER * n / people) for n, one in enumerate(crowd)))
    seconds = monotonic() - began
    waits = sorted(wait for one in crowd for wait in one.waits)
    return Run(
        processes=len(desks),
        rate=len(waits) / seconds,
        p50_ms=1000 * median(waits),
        p95_ms=1000 * waits[int(len(waits) * 0.95)],
        desk_ms=1000 * (_used(desks) - used) / len(waits),
        database_ms=1000 * (_database_seconds(database.pid) - kept) / len(waits),
        completed=sum(one.completed for one in crowd),
        people=people,
        memory=max(desk.memory() for desk in desks),
        kept_kib=(_size(url) - size) / 1024 / people,
        alone_ms=1000 * (process_time() - own) / len(waits),
    )


async def _come(person: Person, after: float) -> None:
    await asyncio.sleep(after)
    try:
        await person.go_through()
    except MissingAnswerError as error:
        print(person.number, error)


def _size(url: str) -> int:
    """Bytes of the database, indexes and all."""
    address = url.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int(found[0]) if found else 0


def _used(desks: Sequence[DeskProcess]) -> float:
    return sum(desk.processor_seconds() for desk in desks)


def _database_seconds(server: int) -> float:
    """Of the server and all its processes, those that ended among them."""
    total = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            total += _ticks(entry, server)
    return total / TICKS


def _ticks(entry: Path, server: int) -> int:
    try:
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0  # it ended meanwhile
    if int(entry.name) == server:
        return sum(int(one) for one in fields[11:15])  # and of its ended children
    return sum(int(one) for one in fields[11:13]) if int(fields[1]) == server else 0


async def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--people", type=int, default=200)
    asked.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4])
    given = asked.parse_args()
    print(HEAD)
    for processes in given.processes:
        run = await run_processes(processes, given.people)
        print(run.line(), flush=True)
        print(f"  (the stand-in and the people used {run.alone_ms:.2f} ms an action)", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
