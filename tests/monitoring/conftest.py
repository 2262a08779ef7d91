"""A desk of its own for each test, with nobody in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import App, assemble, open_store
from bot.channels import terminal
from bot.settings import Settings
from knowledge import KnowledgeBase


@pytest.fixture
def app(tmp_path: Path, knowledge: KnowledgeBase) -> Iterator[App]:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    app = assemble(settings, open_store(settings), knowledge, {"terminal": terminal.render}, {})
    yield app
    app.store.close()
