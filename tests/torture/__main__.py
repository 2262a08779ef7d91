"""`make torture`: what the desk promises, tried for long, and each figure beside its goal.

    python -m torture [--kills N] [--cuts N] [--fleets N] [--minutes N] [--only PART] [--deep]

How each figure is made: docs/reliability.md. The exit code is 1 where one falls short, and 130
where it was cut short: whatever was measured until then is told all the same.
"""

import argparse
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from torture.hostile import fuzzing, guiding
from torture.killing import cuts, fleets, kills
from torture.outcomes import faults, tell
from torture.rows import Part, Row, Sizes
from torture.stories import STORIES
from torture.world import Everywhere, Fate, Once

from knowledge import load_knowledge

CUT_SHORT = 130


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


PARTS: tuple[Part, ...] = (steps, kills, fleets, cuts, fuzzing, guiding)


def main() -> int:
    """Measure every row, print it when it is there, and all of them at the end."""
    chosen, sizes = _asked()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as if somebody pressed Ctrl-C
    rows: list[Row] = []
    for part in chosen:
        try:
            rows += _measure(part, sizes)
        except KeyboardInterrupt:
            sizes.is_cut_short = True
        if sizes.is_cut_short:
            break
    print("\n" + "\n".join(map(str, rows)), flush=True)
    if sizes.is_cut_short:
        print(f"cut short in « {part.__name__} »: what follows was not run", flush=True)
        return CUT_SHORT
    return int(any(row.holds is False for row in rows))


def _measure(part: Part, sizes: Sizes) -> Iterator[Row]:
    with TemporaryDirectory(prefix="torture-", ignore_cleanup_errors=True) as folder:
        for row in part(sizes, Path(folder)):
            print(row, flush=True)
            yield row


def _asked() -> tuple[list[Part], Sizes]:
    """The parts that are wanted, and how long each is to be."""
    asked = argparse.ArgumentParser(prog="torture")
    asked.add_argument("--kills", type=int, default=2000)
    asked.add_argument("--cuts", type=int, default=500)
    asked.add_argument("--fleets", type=int, default=25, help="of four processes, two killed each")
    asked.add_argument("--minutes", type=float, default=10, help="of hostile input")
    asked.add_argument("--only", choices=[part.__name__ for part in PARTS], action="append")
    asked.add_argument("--deep", action="store_true", help="each death alone too (an hour more)")
    given = asked.parse_args()
    chosen = [part for part in PARTS if not given.only or part.__name__ in given.only]
    return chosen, Sizes(given.kills, given.cuts, given.fleets, given.minutes, given.deep)


if __name__ == "__main__":
    sys.exit(main())
