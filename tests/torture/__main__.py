"""`make torture`: what the desk promises, tried for long, and each figure beside its goal.

    python -m torture [--kills N] [--cuts N] [--minutes N] [--deep]

How each figure is made: docs/reliability.md. The exit code is 1 where one falls short.
"""

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from torture import guided
from torture.outcomes import faults, tell
from torture.powercut import NoShimError, build_shim, lost_by_a_bare_writer
from torture.readers import READERS
from torture.stories import STORIES
from torture.tally import Tally, kill_desks
from torture.world import Everywhere, Fate, Once

from knowledge import load_knowledge

AT_ONCE = 4  # desks side by side
A_ROUND = 25  # kills of each of them, before new ones begin
NOT_RUN = "not run"
TESTS = Path(__file__).parents[1]
DOORS = ("test_doors.py", "test_http_doors.py", "test_operators.py", "test_refusals.py")


@dataclass(frozen=True, slots=True)
class Row:
    """A figure beside its goal; `holds` is None where nothing was measured."""

    what: str
    figure: str
    goal: str
    holds: bool | None

    def __str__(self) -> str:
        said = {True: "holds", False: "FALLS SHORT", None: NOT_RUN}[self.holds]
        return f"{self.what:<58} {self.figure:<42} {self.goal:<24} {said}"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How long it takes."""

    kills: int
    cuts: int
    minutes: float
    deep: bool


def kill(count: int, folder: Path, shim: Path | None = None) -> Tally:
    """So many kills, a few desks at a time, each with people at it."""
    tally, seed = Tally(), 1
    while tally.kills < count:
        each = min(A_ROUND, -(-(count - tally.kills) // AT_ONCE))
        seeds = range(seed, seed + AT_ONCE)
        place = folder / f"round{seed}"
        tally += asyncio.run(kill_desks(place, seeds=seeds, kills=each, shim=shim))
        seed += AT_ONCE
        print(f"  {tally}", file=sys.stderr)
    return tally


def kills(sizes: Sizes, folder: Path) -> Iterator[Row]:
    tally = kill(sizes.kills, folder / "kills")
    name = f"kill -9 at random, {tally.kills} kills, {tally.tickets} tickets"
    lost = f"{tally.lost} lost, {tally.doubled} doubled, {len(tally.faults)} faults"
    yield Row(name, lost, "0, 0, 0", not (tally.lost or tally.doubled or tally.faults))
    repeats = f"{tally.most_repeats} at most to a person"
    yield Row("messages repeated by one kill", repeats, "1", tally.most_repeats <= 1)


def steps(sizes: Sizes, folder: Path) -> Iterator[Row]:
    """Every story with a death at every point; and `deep`, once for each point with that alone."""
    knowledge, found, points, began = load_knowledge(), [], 0, monotonic()
    for story in STORIES:
        place = folder / story.__name__
        calm = tell(story, place / "calm", knowledge, Fate())
        alone = range(1, calm.points + 1) if sizes.deep else ()
        deaths = [Everywhere(), *map(Once, alone)]
        for number, fate in enumerate(deaths):
            with TemporaryDirectory(dir=folder) as again:
                killed = tell(story, Path(again), knowledge, fate)
            found += [f"{story.__name__} {number}: {fault}" for fault in faults(killed, calm)]
        points += calm.points
    for fault in found:
        print(f"  {fault}", file=sys.stderr)
    name = f"death at each of {points} steps of {len(STORIES)} stories"
    figure = f"{len(found)} stories otherwise ({monotonic() - began:.0f} s)"
    yield Row(name, figure, "0 lost, 0 doubled", not found)


def cuts(sizes: Sizes, folder: Path) -> Iterator[Row]:
    goal, name = "0", "acknowledged tickets lost by power cuts"
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
    tally = kill(sizes.cuts, folder / "cuts", shim)
    figure = f"{tally.lost} lost, {tally.doubled} doubled of {tally.tickets}, {tally.kills} cuts"
    yield Row(name, figure, goal, bites and not (tally.lost or tally.doubled or tally.faults))


def fuzzing(sizes: Sizes, _: Path) -> Iterator[Row]:
    """The same properties as in `make check`, with examples of chance, until the time is over."""
    until, rounds, failed = monotonic() + 60 * sizes.minutes, 0, 0
    while monotonic() < until and not failed:
        command = (sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider")
        free = ("--hypothesis-profile=torture", *(f"{TESTS}/torture/{name}" for name in DOORS))
        failed = subprocess.run([*command, *free], cwd=TESTS.parent, check=False).returncode
        rounds += 1
    figure = f"{failed and 1} of {rounds} rounds of chance failed"
    yield Row("hostile input at every door", figure, "0", not failed)


def guiding(sizes: Sizes, folder: Path) -> Iterator[Row]:
    """The pure readers, searched by coverage for as long again; without atheris nothing is said."""
    name = "hostile input at the pure readers, guided by coverage"
    if not guided.is_installed():
        yield Row(name, f"{NOT_RUN}: atheris is not installed", "0", None)
        return
    seconds = max(1, int(60 * sizes.minutes / len(READERS)))
    tried, faults = 0, 0
    for reader in READERS:
        count, fault = guided.search(reader, seconds, folder)
        tried, faults = tried + count, faults + bool(fault)
        print(f"  {reader}: {count} inputs {fault}", file=sys.stderr)
    figure = f"{faults} of {len(READERS)} readers failed ({tried} inputs)"
    yield Row(name, figure, "0", None if not tried else not faults)


PARTS: tuple[Callable[[Sizes, Path], Iterator[Row]], ...] = (steps, kills, cuts, fuzzing, guiding)


def main() -> int:
    """Measure every row, print it when it is there, and all of them at the end."""
    asked = argparse.ArgumentParser(prog="torture")
    asked.add_argument("--kills", type=int, default=2000)
    asked.add_argument("--cuts", type=int, default=500)
    asked.add_argument("--minutes", type=float, default=10, help="of hostile input")
    asked.add_argument("--only", choices=[part.__name__ for part in PARTS], action="append")
    asked.add_argument("--deep", action="store_true", help="each death alone too (an hour more)")
    chosen, rows = asked.parse_args(), []
    sizes = Sizes(chosen.kills, chosen.cuts, chosen.minutes, chosen.deep)
    for part in PARTS:
        if chosen.only and part.__name__ not in chosen.only:
            continue
        with TemporaryDirectory(prefix="torture-") as folder:
            for row in part(sizes, Path(folder)):
                rows.append(row)
                print(row, flush=True)
    return int(any(row.holds is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
