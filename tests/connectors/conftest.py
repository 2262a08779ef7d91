"""The system that most tests here are about: a GLPI."""

from collections.abc import AsyncIterator

import pytest
from connectors.asked import GlpiWorld


@pytest.fixture
async def world() -> AsyncIterator[GlpiWorld]:
    world = GlpiWorld()
    await world.open()
    yield world
    await world.close()
