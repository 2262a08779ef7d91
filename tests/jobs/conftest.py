"""A register for the jobs, with nothing in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.jobs.clerk import Clerk
from bot.storage.database import migrate, open_database
from bot.storage.keyring import Keyring, make_key
from bot.storage.store import Store
from bot.storage.vault import Vault


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    engine = open_database(f"sqlite:///{tmp_path}/desk.db")
    migrate(engine)
    store = Store(engine, Vault(Keyring(seals=(make_key(),), fingerprints=(make_key(),))))
    yield store
    store.close()


@pytest.fixture
def clerk(store: Store) -> Iterator[Clerk]:
    clerk = Clerk(store)
    yield clerk
    clerk.close()
