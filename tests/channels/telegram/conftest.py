"""Every story has a stage of its own, with a register that is migrated already."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from channels.telegram.staffed import Room, staffed
from channels.telegram.stage import Stage, set_up

from bot.app import open_store
from bot.settings import Settings
from knowledge import KnowledgeBase


@pytest.fixture(scope="session")
def empty_desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a desk that nobody wrote to yet."""
    folder = tmp_path_factory.mktemp("desk") / "data"
    open_store(Settings(_env_file=None, data_dir=folder)).close()
    return folder


@pytest.fixture
def folder(empty_desk: Path, tmp_path: Path) -> Path:
    return shutil.copytree(empty_desk, tmp_path / "data")


@pytest.fixture
async def stage(folder: Path, knowledge: KnowledgeBase) -> AsyncIterator[Stage]:
    async with set_up(folder, knowledge) as stage:
        yield stage


@pytest.fixture
async def staffed_stage(folder: Path, knowledge: KnowledgeBase) -> AsyncIterator[Stage]:
    async with staffed(folder, knowledge) as stage:
        yield stage


@pytest.fixture
def room(staffed_stage: Stage) -> Room:
    return Room(staffed_stage)
