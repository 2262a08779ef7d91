"""A register for the jobs, with nothing in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from jobs.scene import Scene

from bot.app import assemble, choose_connectors, open_store
from bot.channels import formatting, terminal
from bot.settings import Settings
from bot.storage.database import migrate, open_database
from bot.storage.db_thread import DatabaseThread
from bot.storage.encryption import Encryption
from bot.storage.keys import Keys, make_key
from bot.storage.store import Store
from knowledge import KnowledgeBase


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    engine = open_database(f"sqlite:///{tmp_path}/desk.db")
    migrate(engine)
    store = Store(engine, Encryption(Keys(seals=(make_key(),), fingerprints=(make_key(),))))
    yield store
    store.close()


@pytest.fixture
def clerk(store: Store) -> Iterator[DatabaseThread]:
    clerk = DatabaseThread(store)
    yield clerk
    clerk.close()


def a_scene(settings: Settings, knowledge: KnowledgeBase) -> Iterator[Scene]:
    renderers = {"terminal": terminal.render, "mail": formatting.render_letter}
    connectors = choose_connectors(settings, knowledge)
    app = assemble(settings, open_store(settings), knowledge, renderers, connectors)
    yield Scene(app)
    app.store.close()


@pytest.fixture
def scene(tmp_path: Path, knowledge: KnowledgeBase) -> Iterator[Scene]:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", tickets_to="console")
    yield from a_scene(settings, knowledge)


@pytest.fixture
def mailing(tmp_path: Path, knowledge: KnowledgeBase) -> Iterator[Scene]:
    """The same where a sender of e-mail is set; nothing is sent but by a test."""
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        smtp_host="127.0.0.1",
        smtp_security="none",
        mail_from="guichet@mairie-exemple.fr",
    )
    yield from a_scene(settings, knowledge)
