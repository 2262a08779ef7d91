"""Four desks on one PostgreSQL behind one webhook; two of them die, and nobody is lost."""

from pathlib import Path

from support.postgres import running_postgres
from torture.fleet import kill_fleet


async def test_two_of_four_processes_die_and_nothing_is_lost(tmp_path: Path) -> None:
    """They also start together on an empty database: one makes its tables, the others wait."""
    with running_postgres() as server, server.database("fleet") as url:
        tally = await kill_fleet(tmp_path, url, size=4, people=4, kills=2, seed=1)

    assert (tally.kills, tally.tickets) == (2, 4)
    assert tally.faults == ()
    assert tally.lost == tally.doubled == 0
    assert tally.windows == 4
    assert tally.untold == tally.retold == 0
    assert tally.stale == 0
    assert tally.most_repeats <= 1
