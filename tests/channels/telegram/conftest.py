"""Every story has a stage of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from channels.telegram.stage import Stage, set_up

from knowledge import KnowledgeBase


@pytest.fixture
async def stage(tmp_path: Path, knowledge: KnowledgeBase) -> AsyncIterator[Stage]:
    async with set_up(tmp_path / "data", knowledge) as stage:
        yield stage
