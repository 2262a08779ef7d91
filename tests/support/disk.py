"""A disk that takes nothing more, without filling one: no file of this process may grow."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MOST = 65_536
"""The journal of a new desk is longer, what pytest captures is shorter."""


@contextmanager
def no_more_bytes() -> Iterator[None]:
    """Every write beyond the first `MOST` bytes of a file fails, as on a disk over its quota.

    Python ignores SIGXFSZ, so the system says « file too large » instead of ending the process.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def small_disk(folder: Path, options: str) -> Iterator[Path]:
    """A disk of its own; only root may make one."""
    folder.mkdir()
    asked = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if os.getuid() != 0 or subprocess.run(asked, check=False, capture_output=True).returncode:
        pytest.skip("no disk can be made here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)
