"""Death at every durable step of every story: nothing lost, nothing doubled."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from torture.outcomes import faults, tell
from torture.stories import STORIES, Story
from torture.world import Everywhere, Fate

from knowledge import KnowledgeBase

STRIDE = 9
"""Every ninth point dies here; `make torture` leaves none out."""


@pytest.fixture
def fast() -> Iterator[Path]:
    """A folder in memory, where there is one: no death here asks what a disk would have kept."""
    memory = Path("/dev/shm")  # noqa: S108 -- a name of its own is made in it
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_whoever_dies_wherever_the_story_ends_as_it_should(
    story: Story, fast: Path, knowledge: KnowledgeBase
) -> None:
    undisturbed = tell(story, fast / "undisturbed", knowledge, Fate())
    killed = tell(story, fast / "killed", knowledge, Everywhere(STRIDE, STORIES.index(story)))

    assert undisturbed.given_up == []
    assert killed.crashes > 2
    assert faults(killed, undisturbed) == []
