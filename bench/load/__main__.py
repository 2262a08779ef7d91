"""make bench: every row of docs/performance.md, measured and printed beside its goal.

`SMALL=1` takes a tenth of everything: whether it works, not how fast it is.
The long rows (`soak`, an hour; `limited`, ten minutes) are run when they are named.
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
from load.steady import Steady, one_core_and_512_mib, run_steady

SHARE = 10 if os.environ.get("SMALL") else 1
PEER = (sys.executable, str(Path(__file__).with_name("peer.py")))
LONGEST_BURST = 260.0  # seconds; 5,000 at 25 a second take 200
MINUTE = 60.0
WORST_MINUTE = 32.0  # actions a second of 60,000 employers
LEVEL = 0.05  # MiB a minute: less than what can be told from noise

Row = Iterator[tuple[str, str, bool]]


def crowd() -> Row:
    """200 people with the desk, then the same with a stateless peer."""
    people = 200 // SHARE
    desk = asyncio.run(run_crowd(people))
    yield "actions/s, 200 people (≥ 150)", f"{desk.rate:.0f}", desk.rate >= 150
    yield "p95 there", f"{1000 * desk.p95:.0f} ms", True
    ms = desk.processor_ms
    yield "processor time an action there (≤ 3 ms)", f"{ms:.2f} ms", ms <= 3
    whole = desk.completed == people and not desk.repeated
    yield "messages an action (≤ 1.1)", f"{desk.messages:.2f}", desk.messages <= 1.1
    yield "dialogues complete, nothing doubled", f"{desk.completed}/{people}", whole
    peer = asyncio.run(run_crowd(people, PEER))
    said = f"{peer.rate:.0f} actions/s, {peer.processor_ms:.2f} ms, keeps nothing"
    yield "python-telegram-bot, concurrent updates, stateless", said, True


def steady() -> Row:
    """Actions that arrive at a fixed rate, 50 ms of network."""
    for rate in (10.0, 30.0, 100.0):
        run = asyncio.run(run_steady(rate, 2 * MINUTE / SHARE))
        said = f"{1000 * run.p50:.0f} / {1000 * run.p95:.0f} / {1000 * run.longest:.0f} ms"
        met = run.p95 <= 0.25 and _is_whole(run)
        yield f"{rate:.0f} actions/s: p50 / p95 (≤ 250 ms) / longest", said, met
        if rate == 30:
            ms = run.processor_ms
            yield "processor time an action at 30/s (≤ 8 ms)", f"{ms:.2f} ms", ms <= 8


def soak() -> Row:
    """An hour at 30 actions a second: nothing grows."""
    run = asyncio.run(run_steady(30.0, 60 * MINUTE / SHARE))
    first, last = run.samples[0], run.samples[-1]
    growth = run.growth(after=10 / SHARE)
    said = f"{growth:.3f} MiB/min, {first.memory:.0f} → {last.memory:.0f} MiB"
    yield "an hour at 30/s: memory after 10 minutes (≤ .05 MiB/min)", said, growth <= LEVEL
    most = max(one.descriptors for one in run.samples)
    yield (
        "descriptors (level)",
        f"{first.descriptors} → {last.descriptors}, at most {most}",
        (last.descriptors <= first.descriptors + 10),
    )
    wal = max(one.wal for one in run.samples)
    yield "WAL (level)", f"at most {wal:.1f} MiB", wal <= 16
    yield "lost", _counted(run), _is_whole(run)


def limited() -> Row:
    """One core and 512 MiB, at the worst minute of 60,000 employers, for ten minutes."""
    seconds = 10 * MINUTE / SHARE
    run = asyncio.run(run_steady(WORST_MINUTE, seconds, limit=one_core_and_512_mib))
    said = f"p95 {1000 * run.p95:.0f} ms, {run.samples[-1].memory:.0f} MiB"
    yield "one core, 512 MiB, 32 actions/s (held)", said, run.p95 <= 1
    growth = run.growth(after=5 / SHARE)
    yield "memory there (level)", f"{growth:.3f} MiB/min after five minutes", growth <= 1
    yield "lost there", _counted(run), _is_whole(run)


def starting() -> Row:
    ready, first, memory = asyncio.run(start_and_rest())
    said = f"{ready:.2f} s; first answer {first:.2f} s"
    yield "`guichet telegram` ready (≤ 2 s)", said, ready <= 2
    yield "memory at rest (≤ 140 MiB)", f"{memory:.0f} MiB", memory <= 140


def filled() -> Row:
    both = compare(1_000_000 // SHARE, 10_000 // SHARE)
    said = f"{both.ratio:.2f} ({both.empty:.2f} → {both.full:.2f} ms)"
    yield "a turn beside 1,000,000 tickets (≤ 1.5 times)", said, both.ratio <= 1.5


def backlog() -> Row:
    """A day without the desk: all is taken, in order, and answered in order."""
    taken = asyncio.run(take_backlog(10_000 // SHARE))
    whole = taken.committed == taken.updates and taken.seconds < 120
    yield "10,000 updates committed (< 2 min)", f"{taken.seconds:.0f} s", whole
    yield "people taken out of order (0)", str(taken.disordered), taken.disordered == 0
    yield "limits broken (0)", str(taken.broken), taken.broken == 0


def burst() -> Row:
    sent = asyncio.run(send_burst(5_000 // SHARE, LONGEST_BURST))
    done = f"{sent.sent}/{sent.messages} in {sent.seconds:.0f} s, {sent.broken} limits broken"
    yield "5,000 reminders, limits broken (0)", done, not sent.broken and sent.sent == sent.messages
    yield "slowest answer in dialogue (< 1 s)", f"{sent.slowest:.2f} s", sent.slowest < 1


def _is_whole(run: Steady) -> bool:
    return not run.missing and run.filed == run.kept


def _counted(run: Steady) -> str:
    return (
        f"{run.actions} actions, {run.missing} without an answer, "
        f"{run.filed} references read, {run.kept} tickets kept"
    )


ROWS: tuple[Callable[[], Row], ...] = (crowd, steady, starting, filled, backlog, burst)
LONG_ROWS: tuple[Callable[[], Row], ...] = (soak, limited)


def main() -> None:
    wanted = sys.argv[1:] or [row.__name__ for row in ROWS]
    for row in (*ROWS, *LONG_ROWS):
        if row.__name__ in wanted:
            for what, figure, reached in row():
                print(f"{'reached' if reached else 'MISSED '}  {what}: {figure}", flush=True)


if __name__ == "__main__":
    main()
