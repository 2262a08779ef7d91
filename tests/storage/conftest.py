"""Every storage test runs on both databases: `store` is one on SQLite, then one on PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from support.postgres import PostgresServer, SharedDatabase, running_postgres

from bot.storage.database import migrate, open_database
from bot.storage.encryption import Encryption
from bot.storage.key_check import check_keys
from bot.storage.keys import make_keys
from bot.storage.store import Store

TEMPLATE = "migrated"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server a test process; `migrated` is the database that the others are copied from."""
    with running_postgres() as server, server.database(TEMPLATE) as url:
        _migrate(url)
        yield server


@pytest.fixture(scope="session")
def postgres_desk(postgres: PostgresServer) -> SharedDatabase:
    return SharedDatabase(postgres, "desk", TEMPLATE)


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file that the others are copied from."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty desk's database."""
    if request.param == "sqlite":
        path = tmp_path / "desk.db"
        shutil.copy(request.getfixturevalue("sqlite_file"), path)
        yield f"sqlite:///{path}"
    else:
        database: SharedDatabase = request.getfixturevalue("postgres_desk")
        yield database.url
        database.clear()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    engine = open_database(url)
    yield engine
    engine.dispose()


@pytest.fixture
def encryption() -> Encryption:
    return Encryption(make_keys())


@pytest.fixture
def store(engine: Engine, encryption: Encryption) -> Store:
    check_keys(engine, encryption)
    return Store(engine, encryption)


def _migrate(url: str) -> None:
    engine = open_database(url)
    migrate(engine)
    engine.dispose()
