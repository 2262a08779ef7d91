"""A register for what runs in the background, with nothing in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.reminded import mailing, scene

from bot.storage.database import migrate, open_database
from bot.storage.encryption import Encryption
from bot.storage.keys import make_keys
from bot.storage.store import DatabaseThread, Store

__all__ = ["mailing", "scene"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    engine = open_database(f"sqlite:///{tmp_path}/desk.db")
    migrate(engine)
    store = Store(engine, Encryption(make_keys()))
    yield store
    store.close()


@pytest.fixture
def db_thread(store: Store) -> Iterator[DatabaseThread]:
    db_thread = DatabaseThread(store)
    yield db_thread
    db_thread.close()
