"""What many tests need: the knowledge base, loaded once, and a derandomised Hypothesis."""

import logging
from collections.abc import Iterator

import pytest
from hypothesis import settings

from bot.logs import OURS
from knowledge import KnowledgeBase, load_knowledge

settings.register_profile("check", derandomize=True, deadline=None)
settings.register_profile("torture", derandomize=False, deadline=None, print_blob=True)
settings.load_profile("check")


@pytest.fixture(scope="session")
def knowledge() -> KnowledgeBase:
    return load_knowledge()


@pytest.fixture(autouse=True)
def _loggers_as_found() -> Iterator[None]:
    """A command that is tried says how much is logged: only while it is tried."""
    levels = {name: logging.getLogger(name).level for name in ("", *OURS)}
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests that mostly wait begin first: the others fill the time beside them."""
    items.sort(key=lambda item: "torture" not in item.path.parts)
