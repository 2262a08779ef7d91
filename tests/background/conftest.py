"""A register for what runs in the background, with nothing in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.storage.database import migrate, open_database
from bot.storage.db_thread import DatabaseThread
from bot.storage.encryption import Encryption
from bot.storage.keys import Keys, make_key
from bot.storage.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    engine = open_database(f"sqlite:///{tmp_path}/desk.db")
    migrate(engine)
    store = Store(engine, Encryption(Keys(seals=(make_key(),), fingerprints=(make_key(),))))
    yield store
    store.close()


@pytest.fixture
def db_thread(store: Store) -> Iterator[DatabaseThread]:
    db_thread = DatabaseThread(store)
    yield db_thread
    db_thread.close()
