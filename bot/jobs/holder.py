"""Holders: how a process signs its leases, so that its successor knows whether it is still there.

A lease of a process that was killed would run on for its last seconds. Who starts on the same
machine can see that nobody is there any more, and need not wait for them.
"""

import os
from functools import cache
from pathlib import Path
from uuid import uuid4

BOOT = Path("/proc/sys/kernel/random/boot_id")
NAMESPACE = Path("/proc/self/ns/pid")
ELSEWHERE = ""


def sign() -> str:
    """A name for this process: its machine, its number there, and something nobody else has."""
    return f"{_place()}/{os.getpid()}/{uuid4().hex[:12]}"


def is_gone(holder: str) -> bool:
    """Whether that process ended for sure; of another machine nothing is sure."""
    place, _, rest = holder.partition("/")
    number = rest.partition("/")[0]
    if place in (ELSEWHERE, "-") or place != _place() or not number.isdecimal():
        return False
    try:
        os.kill(int(number), 0)  # nothing is sent: it only asks
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@cache
def _place() -> str:
    """This start of this machine, and within it the numbering of processes (a container's own)."""
    try:
        return f"{BOOT.read_text().strip()}-{NAMESPACE.readlink()}".replace("/", "")
    except OSError:
        return "-"  # no Linux: leases are waited out
