"""Killing: the parts of `make torture` in which processes die, by themselves or with the power."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from support.postgres import running_postgres
from torture.fleet import kill_fleet
from torture.powercut import NoShimError, build_shim, lost_by_a_bare_writer
from torture.rows import NOT_RUN, Progress, Row, Sizes, verdict
from torture.tally import Tally, kill_desks

AT_ONCE = 6  # desks side by side
A_ROUND = 20  # kills of each of them, before new ones begin
FLEET, PEOPLE = 4, 12

Round = Callable[[int, int], Coroutine[Any, Any, Tally]]
"""A few kills: the number of the round, and how many kills are still to come."""


def until_done(what: str, asked: int, one_round: Round, sizes: Sizes) -> Tally:
    """Rounds until there were so many kills; what was counted so far if it is cut short."""
    tally, number, progress = Tally(), 0, Progress(what, asked)
    while tally.kills < asked and not sizes.is_cut_short:
        try:
            tally += asyncio.run(one_round(number, asked - tally.kills))
        except KeyboardInterrupt:
            sizes.is_cut_short = True
        number += 1
        progress.say(tally.kills, tally)
    return tally


def at_desks(folder: Path, shim: Path | None = None) -> Round:
    """A few desks at a time, each with people at it."""

    def one_round(number: int, left: int) -> Coroutine[Any, Any, Tally]:
        each = min(A_ROUND, -(-left // AT_ONCE))
        first = 1 + number * AT_ONCE
        place = folder / f"round{number}"
        return kill_desks(place, seeds=range(first, first + AT_ONCE), kills=each, shim=shim)

    return one_round


def told(tally: Tally) -> str:
    return f"{tally.lost} lost, {tally.doubled} doubled, {len(tally.faults)} faults"


def kills(sizes: Sizes, folder: Path) -> Iterator[Row]:
    tally = until_done("kills", sizes.kills, at_desks(folder / "kills"), sizes)
    yield from _killed(f"kill -9 at random, {tally.kills} kills", tally, sizes.kills)


def fleets(sizes: Sizes, folder: Path) -> Iterator[Row]:
    """Four processes on one PostgreSQL, two of them killed, on a new database each time."""
    what = f"{FLEET} processes on one PostgreSQL, {FLEET // 2} killed"
    asked = sizes.fleets * FLEET // 2
    try:
        with running_postgres() as server:

            async def one_round(number: int, _: int) -> Tally:
                with server.database(f"fleet{number}") as url:
                    return await kill_fleet(
                        folder / f"fleet{number}",
                        url,
                        size=FLEET,
                        people=PEOPLE,
                        kills=FLEET // 2,
                        seed=number + 1,
                    )

            tally = until_done("kills in fleets", asked, one_round, sizes)
    except (RuntimeError, OSError) as error:
        yield Row(what, f"{NOT_RUN}: {str(error).strip()[:60]}", "0, 0, 0", None)
        return
    yield from _killed(f"{what}, {tally.kills} kills", tally, asked)


def _killed(what: str, tally: Tally, asked: int) -> Iterator[Row]:
    whole = verdict(tally.is_whole, tally.kills, asked)
    yield Row(f"{what}, {tally.tickets} tickets", told(tally), "0, 0, 0", whole)
    windows = f"{tally.untold} untold, {tally.retold} told twice"
    yield Row(f"  reminder windows: {tally.windows}", windows, "0, 0", whole)
    present = verdict(tally.stale == 0, tally.kills, asked)
    yield Row(
        "  chats that end with another message than the present one", str(tally.stale), "0", present
    )
    once = verdict(tally.most_repeats <= 1, tally.kills, asked)
    yield Row("  messages repeated to a person by one kill", str(tally.most_repeats), "1", once)


def cuts(sizes: Sizes, folder: Path) -> Iterator[Row]:
    goal, name = "0, 0, 0", "power cuts"
    try:
        shim = build_shim(folder)
    except NoShimError as error:
        yield Row(name, f"{NOT_RUN}: {error}", goal, None)
        return
    lost = {
        mode: lost_by_a_bare_writer(folder / mode, shim, mode) for mode in ("FULL", "NORMAL", "OFF")
    }
    bites = lost["FULL"] == 0 < min(lost["NORMAL"], lost["OFF"])
    yield Row(
        "the cut itself: commits lost by a bare writer",
        ", ".join(f"{mode} {count}" for mode, count in lost.items()),
        "FULL 0, others more",
        bites,
    )
    tally = until_done("cuts", sizes.cuts, at_desks(folder / "cuts", shim), sizes)
    whole = verdict(bites and tally.is_whole, tally.kills, sizes.cuts)
    yield Row(f"{name}: {tally.kills}, {tally.tickets} tickets", told(tally), goal, whole)
    windows = f"{tally.untold} untold, {tally.retold} told twice"
    yield Row(f"  reminder windows: {tally.windows}", windows, "0, 0", whole)
