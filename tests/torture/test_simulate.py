"""The simulation of reminders: a small one is good, and a wrong register is seen."""

from pathlib import Path

import pytest
from torture.reckoning import START
from torture.simulate import World, run_simulation

from knowledge import KnowledgeBase


def test_a_small_simulation_shows_every_window_told_once(
    tmp_path: Path, knowledge: KnowledgeBase
) -> None:
    outcome = run_simulation(tmp_path, knowledge, employers=12, months=6, seed=3)
    assert outcome.is_good, outcome
    assert set(outcome.told) >= {90, 30, 15, 7, 1, -1}


def test_the_simulation_sees_what_is_wrong(
    tmp_path: Path, knowledge: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A register in which windows were noted that nobody was told, and some told twice."""
    read = World._read_told

    def tampered(world: World) -> None:
        read(world)
        told = [life for life in world.lives.values() if life.told]
        told[0].told.append(told[0].told[0])
        told[1].told.clear()
        told[2].told.append((90, START))

    monkeypatch.setattr(World, "_read_told", tampered)
    outcome = run_simulation(tmp_path, knowledge, employers=6, months=3, seed=3)
    assert outcome.missing > 0
    assert outcome.twice > 0
    assert outcome.late > 0
