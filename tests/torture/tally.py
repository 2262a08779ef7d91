"""The tally: what many kills did to what the desk had promised."""

import asyncio
import random
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from support.botapi.server import Server
from torture.deadlines import Case
from torture.kills import Crowd, Desk, Life
from torture.nursery import open_nursery
from torture.people import TOKEN, Person
from torture.powercut import cut_power

from bot.app import open_store
from bot.domain.delivery import OutboxState
from bot.settings import Settings
from bot.storage.store import Database, Store

REQUESTERS, ADMINISTRATORS = 4, 2  # at a desk, at once
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """`lost` and `doubled` are tickets, `untold` and `retold` windows of reminders, `most_repeats`
    messages to one person out of one kill, `stale` people in whose chat something else stands last
    than where their conversation stands; `faults` say in words what should not be."""

    kills: int = 0
    tickets: int = 0
    lost: int = 0
    doubled: int = 0
    windows: int = 0
    untold: int = 0
    retold: int = 0
    stale: int = 0
    most_repeats: int = 0
    faults: tuple[str, ...] = ()

    def __add__(self, other: "Tally") -> "Tally":
        sums = {name: getattr(self, name) + getattr(other, name) for name in self.__slots__}
        return Tally(**{**sums, "most_repeats": max(self.most_repeats, other.most_repeats)})

    def __str__(self) -> str:
        return (
            f"{self.kills} kills; {self.tickets} tickets: {self.lost} lost, {self.doubled} doubled;"
            f" {self.windows} reminder windows: {self.untold} untold, {self.retold} told twice;"
            f" {self.most_repeats} message repeated at most; {self.stale} chats end with another"
            " message than the present one" + "".join(f"\n    {fault}" for fault in self.faults)
        )

    @property
    def is_whole(self) -> bool:
        """Nothing lost, nothing doubled."""
        lost = self.lost or self.doubled or self.untold or self.retold
        return not (lost or self.stale or self.faults)


async def kill_desks(
    folder: Path, *, seeds: Iterable[int], kills: int, shim: Path | None = None
) -> Tally:
    """One desk a seed, all at the same time, each killed so often with people at it.

    With a `shim` the power goes with the process: what was not synced is gone. A desk at which
    somebody waited in vain is a fault of its own; the others go on.
    """
    after = None if shim is None else cut_power
    async with open_nursery(shim) as nursery, asyncio.TaskGroup() as group:

        async def live(seed: int) -> Tally:
            server, place = Server(), folder / f"desk{seed}"
            desk = Desk(nursery, server, place, after_a_kill=after, deadlines=ADMINISTRATORS)
            life = Life(server, desk, random.Random(seed))
            try:
                async with _open(life):
                    return await _live(life, kills)
            except* Exception as errors:  # noqa: BLE001 -- whatever it is, it is told
                log = desk.log()[-300:]
                named = tuple(f"seed {seed}: {one!r} (log: {log!r})" for one in errors.exceptions)
                tally = Tally(kills=len(desk.killed_at), faults=named)
            return tally

        lives = [group.create_task(live(seed)) for seed in seeds]
    return sum((task.result() for task in lives), Tally())


@asynccontextmanager
async def _open(life: Life) -> AsyncIterator[Life]:
    await life.server.start()
    life.server.bot(TOKEN)
    life.crowd.expect()
    try:
        yield life
    finally:
        await life.desk.end(signal.SIGKILL)
        await life.server.stop()


async def _live(life: Life, kills: int) -> Tally:
    """A desk's whole life, and what its register says at the end."""
    await life.go_on(kills, REQUESTERS, ADMINISTRATORS)
    store = open_store(Settings(_env_file=None, data_dir=life.desk.data))
    try:
        await drained(store, life.crowd)
        assert await life.desk.end(signal.SIGTERM) == 0, life.desk.log()
        with store.read() as db:
            return read_register(db, life.crowd, life.desk.killed_at)
    finally:
        store.close()


async def drained(store: Store, crowd: Crowd) -> None:
    """Wait until the last words of the last turns have left: a stop gives them back unsent.

    The register grows once more behind the last review.
    """
    last = Case(len(crowd.administrators) + ADMINISTRATORS - 1)
    for _ in range(200):
        with store.read() as db:
            told = {(subject, occasion) for subject, occasion, _ in db.reminders.everything_told()}
            if told.issuperset(last.windows) and not db.outbox.list(OutboxState.WAITING):
                return
        await asyncio.sleep(0.1)


def read_register(db: Database, crowd: Crowd, killed_at: Sequence[float]) -> Tally:
    """Every ticket that somebody was told of should be there once, and no other; every window of
    those who were reminded should be noted once, and shown once at most."""
    told = Counter(person.reference for person in crowd.requesters)
    kept = Counter(ticket.reference for ticket in db.tickets.newest(limit=100_000))
    windows = Counter(
        (subject, occasion) for subject, occasion, _ in db.reminders.everything_told()
    )
    due = [one for person in crowd.administrators for one in person.case.windows]
    shown_again = sum(max(0, person.reminded() - 1) for person in crowd.administrators)
    return Tally(
        kills=len(killed_at),
        tickets=kept.total(),
        lost=(told - kept).total(),
        doubled=(kept - told).total(),
        windows=len(due),
        untold=sum(not windows[one] for one in due),
        retold=sum(times > 1 for times in windows.values()) + shown_again,
        stale=sum(not _is_present(db, person) for person in crowd.everybody),
        most_repeats=crowd.most_repeats(killed_at),
        faults=(
            *(f"buried: {row.failure}" for row in db.outbox.list(OutboxState.BURIED)),
            *(f"waiting: {row.kind}" for row in db.outbox.list(OutboxState.WAITING)),
            *(f"kept aside: {one.error}" for one in db.failed_updates.newest()),
        ),
    )


def _is_present(db: Database, person: Person) -> bool:
    """Whether what stands last in a chat belongs to where the stored conversation stands.

    A message with buttons says its turn; one without is what the person was answered last.
    """
    last = person.last_message()
    if last is None:
        return not person.stands_at
    keyboard = (last.data.get("reply_markup") or {}).get("inline_keyboard", [])
    turns = {one["callback_data"].partition("~")[0] for row in keyboard for one in row}
    if not turns:
        return re.search(person.stands_at, last.text) is not None
    found, now = db.people.find(f"telegram:{person.number}"), datetime.now(UTC)
    assert found is not None
    session = db.conversations.load(found.id, now, draft_ttl=A_DAY, nir_ttl=A_DAY)
    return turns == {str(session.turn)}
