"""Leases: which process does what only one of them may do, and until when.

A lease that is not renewed runs out: what a dead process did is soon done by another. The clocks
of the machines need only agree to within a fraction of a lease. Who starts on the machine of a
process that was killed can see that it is gone, and need not wait for the last seconds of its
leases.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from uuid import uuid4

from sqlmodel import and_, col, delete, or_, select, update

from bot.storage.base import Repository
from bot.storage.tables_operations import LeaseRow

BOOT = Path("/proc/sys/kernel/random/boot_id")
NAMESPACE = Path("/proc/self/ns/pid")
ELSEWHERE = ""
LONGEST_LEASE: Final = timedelta(minutes=5)
"""No lease is taken for longer: one that runs on beyond it was taken before the clock went back."""


@dataclass(frozen=True, slots=True)
class Lease:
    """`holder` does what `name` says until `until`."""

    name: str
    holder: str
    until: datetime


class Leases(Repository):
    """Who does what, among several processes; one a transaction."""

    def hold(self, name: str, holder: str, now: datetime, until: datetime) -> bool:
        """Takes a lease that nobody holds any more, or renews one's own; whether it is held."""
        until_ = col(LeaseRow.held_until)
        has_run_out = or_(until_ <= now, until_ > now + LONGEST_LEASE)
        mine = or_(col(LeaseRow.holder) == holder, has_run_out)
        taken = update(LeaseRow).where(col(LeaseRow.name) == name, mine)
        changed = self._session.exec(taken.values(holder=holder, held_until=until)).rowcount
        return changed == 1 or self._insert_new(
            LeaseRow, name=name, holder=holder, held_until=until
        )

    def running(self, now: datetime) -> tuple[Lease, ...]:
        """Those that have not run out."""
        until = col(LeaseRow.held_until)
        runs = and_(until > now, until <= now + LONGEST_LEASE)
        running = select(LeaseRow).where(runs).order_by(LeaseRow.name)
        fresh = running.execution_options(populate_existing=True)
        return tuple(
            Lease(row.name, row.holder, row.held_until) for row in self._session.exec(fresh)
        )

    def drop(self, holder: str, names: Sequence[str]) -> None:
        """Gives back what a process holds, or held before it died."""
        held = (col(LeaseRow.holder) == holder, col(LeaseRow.name).in_(names))
        self._session.exec(delete(LeaseRow).where(*held))

    def drop_dead(self, name: str, now: datetime) -> None:
        """Frees a lease whose holder is known to be gone."""
        for lease in self.running(now):
            if lease.name == name and is_gone(lease.holder):
                self.drop(lease.holder, [name])


def process_name() -> str:
    """A holder's name: its machine, its process number there, and something nobody else has."""
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
