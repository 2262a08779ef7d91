"""`kill -9` in the middle of dialogues and reminders: nothing is lost, nothing happens twice."""

from pathlib import Path

from torture.tally import kill_desks


async def test_nothing_is_lost_and_nothing_is_filed_twice(tmp_path: Path) -> None:
    """Four desks of their own side by side, five kills each: they wait while the others work."""
    tally = await kill_desks(tmp_path, seeds=(1, 2, 3, 4), kills=5)

    assert tally.kills >= 20
    assert tally.faults == ()
    assert tally.lost == tally.doubled == 0
    assert tally.windows > 0
    assert tally.untold == tally.retold == 0
    assert tally.stale == 0
    assert tally.most_repeats <= 1
