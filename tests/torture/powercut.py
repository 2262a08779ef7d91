"""Power cuts: a process dies, and with it all that its database's disk was not told to keep.

The shim (`unsynced.c`) is built when it is needed; where it cannot be, nothing is claimed.
"""

import shutil
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).with_name("unsynced.c")
HEAD = struct.Struct("=qqq")
WRITER = """
import sqlite3, sys
base = sqlite3.connect(sys.argv[1], isolation_level=None)
base.execute("PRAGMA journal_mode = WAL")
base.execute(f"PRAGMA synchronous = {sys.argv[2]}")
base.execute("CREATE TABLE IF NOT EXISTS ticket (number INTEGER PRIMARY KEY)")
while True:
    number = base.execute("INSERT INTO ticket DEFAULT VALUES RETURNING number").fetchone()[0]
    print(number, flush=True)
"""


class NoShimError(Exception):
    """There is no compiler here, or it does not build the shim."""


def build_shim(folder: Path) -> Path:
    """The library to preload."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NoShimError("no C compiler")
    library = folder / "unsynced.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode:
        raise NoShimError(built.stderr.strip().splitlines()[-1])
    return library


def cut_power(folder: Path) -> int:
    """Undo what was not synced in the databases of a folder; how many writes that were.

    The index of a journal (`-shm`) is no file to the disk's mind: it is made anew.
    """
    undone = 0
    for notes in folder.glob("*.undo"):
        with notes.with_suffix("").open("r+b") as file:
            for offset, old, size in reversed(list(_read(notes.read_bytes()))):
                file.seek(offset)
                file.write(old)
                file.truncate(size)
                undone += 1
        notes.unlink()
    for index in folder.glob("*.db-shm"):
        index.unlink()
    return undone


def _read(notes: bytes) -> Iterator[tuple[int, bytes, int]]:
    place = 0
    while place + HEAD.size <= len(notes):
        offset, length, size = HEAD.unpack_from(notes, place)
        place += HEAD.size
        yield offset, notes[place : place + length], size
        place += length


def lost_by_a_bare_writer(folder: Path, shim: Path, synchronous: str) -> int:
    """How many rows whose commit was answered a cut takes, with that setting of SQLite."""
    folder.mkdir(parents=True)
    base = folder / "bare.db"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(base), synchronous],
        env={"LD_PRELOAD": str(shim)},
        stdout=subprocess.PIPE,
    ) as writer:
        assert writer.stdout is not None
        for _ in range(200):
            answered = int(writer.stdout.readline())
        writer.kill()
        rest = writer.stdout.read().split()
    if rest and rest[-1].isdigit() and len(rest) > 1:
        answered = int(rest[-2])
    cut_power(folder)
    kept = sqlite3.connect(base)
    try:
        return max(0, answered - _last(kept))
    finally:
        kept.close()


def _last(base: sqlite3.Connection) -> int:
    try:
        return int(base.execute("SELECT coalesce(max(number), 0) FROM ticket").fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # not even the table is there
