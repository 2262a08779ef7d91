"""make bench: every row of docs/performance.md, measured and printed beside its goal.

`SMALL=1` takes a tenth of everything: whether it works, not how fast it is.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from load.backlog import take_backlog
from load.burst import send_burst
from load.crowd import run_crowd
from load.filled import compare
from load.starting import start_and_rest

SHARE = 10 if os.environ.get("SMALL") else 1
ECHO = (sys.executable, str(Path(__file__).with_name("echo.py")))
LONGEST_BURST = 260.0  # seconds; 5,000 at 25 a second take 200


def crowd() -> Iterator[tuple[str, str, bool]]:
    """200 people with the desk, then the same with the bare library."""
    people = 200 // SHARE
    desk = asyncio.run(run_crowd(people))
    yield "actions/s (≥ 300)", f"{desk.rate:.0f}", desk.rate >= 300
    yield "p95 (< 600 ms)", f"{1000 * desk.p95:.0f} ms", desk.p95 < 0.6
    ms = desk.processor_ms
    yield "processor time an action (≤ 1.2 ms)", f"{ms:.2f} ms", ms <= 1.2
    whole = desk.completed == people and not desk.repeated
    yield "dialogues complete, nothing doubled", f"{desk.completed}/{people}", whole
    bare = asyncio.run(run_crowd(people, ECHO))
    times = desk.rate / bare.rate
    yield "times the bare library (≥ 5)", f"{times:.1f} ({bare.rate:.0f} actions/s)", times >= 5


def starting() -> Iterator[tuple[str, str, bool]]:
    seconds, memory = asyncio.run(start_and_rest())
    yield "start to first answer (< 1.5 s)", f"{seconds:.2f} s", seconds < 1.5
    yield "memory at rest (< 120 MiB)", f"{memory:.0f} MiB", memory < 120


def filled() -> Iterator[tuple[str, str, bool]]:
    both = compare(1_000_000 // SHARE, 10_000 // SHARE)
    said = f"{both.ratio:.2f} ({both.empty:.2f} → {both.full:.2f} ms)"
    yield "a turn beside 1,000,000 tickets (≤ 1.5 times)", said, both.ratio <= 1.5


def backlog() -> Iterator[tuple[str, str, bool]]:
    """Committed, in order, newest question first, and those shown theirs whose press had died."""
    taken = asyncio.run(take_backlog(10_000 // SHARE, 50 // SHARE))
    whole = taken.committed == taken.updates and taken.seconds < 120
    yield "10,000 updates committed (< 2 min)", f"{taken.seconds:.0f} s", whole
    yield "people taken out of order (0)", str(taken.disordered), taken.disordered == 0
    said = f"{taken.late} of {taken.answered} people, all answered in {taken.drained:.0f} s"
    yield "an older answer before the newest (0)", said, taken.late == 0
    yield "open drafts not shown again once (0)", str(taken.forgotten), taken.forgotten == 0
    yield "limits broken (0)", str(taken.broken), taken.broken == 0


def burst() -> Iterator[tuple[str, str, bool]]:
    sent = asyncio.run(send_burst(5_000 // SHARE, LONGEST_BURST))
    done = f"{sent.sent}/{sent.messages} in {sent.seconds:.0f} s, {sent.broken} limits broken"
    yield "5,000 reminders, limits broken (0)", done, not sent.broken and sent.sent == sent.messages
    yield "slowest answer in dialogue (< 1 s)", f"{sent.slowest:.2f} s", sent.slowest < 1


ROWS: tuple[Callable[[], Iterator[tuple[str, str, bool]]], ...] = (
    crowd,
    starting,
    filled,
    backlog,
    burst,
)


def main() -> None:
    wanted = sys.argv[1:] or [row.__name__ for row in ROWS]
    for row in ROWS:
        if row.__name__ in wanted:
            for what, figure, reached in row():
                print(f"{'reached' if reached else 'MISSED '}  {what}: {figure}", flush=True)


if __name__ == "__main__":
    main()
