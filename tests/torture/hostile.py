"""Hostile input for long: the doors by chance, and the pure readers guided by coverage."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

from torture import guided
from torture.readers import READERS
from torture.rows import NOT_RUN, Row, Sizes

HERE = Path(__file__).parent
DOORS = ("test_doors.py", "test_http_doors.py", "test_operators.py", "test_refusals.py")


def fuzzing(sizes: Sizes, _: Path) -> Iterator[Row]:
    """The same properties as in `make check`, with examples of chance, until the time is over."""
    until, rounds, failed = monotonic() + 60 * sizes.minutes, 0, 0
    while monotonic() < until and not failed:
        command = (sys.executable, "-m", "pytest", "-q", "--no-header", "-p", "no:cacheprovider")
        free = ("--hypothesis-profile=torture", *(str(HERE / name) for name in DOORS))
        failed = subprocess.run([*command, *free], cwd=HERE.parents[1], check=False).returncode
        rounds += 1
    figure = f"{failed and 1} of {rounds} rounds of chance failed"
    yield Row("hostile input at every door", figure, "0", not failed)


def guiding(sizes: Sizes, folder: Path) -> Iterator[Row]:
    """For as long again; where the search is not installed, nothing is said of the readers."""
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
    yield Row(name, figure, "0", False if faults else True if tried else None)
