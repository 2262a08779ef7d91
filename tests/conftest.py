"""What many tests need: the knowledge base, a clock of their own, a derandomised Hypothesis."""

import logging
from contextlib import ExitStack

import pytest
from hypothesis import settings
from support.clocks import MONDAY, RunningClock

from bot.clock import PROCESS_CLOCK
from bot.logs import OURS, repeated_lines
from knowledge import KnowledgeBase, load_knowledge

settings.register_profile("check", derandomize=True, deadline=None)
settings.register_profile("torture", derandomize=False, deadline=None, print_blob=True)
settings.load_profile("check")

TODAY = pytest.StashKey[ExitStack]()


def pytest_sessionstart(session: pytest.Session) -> None:
    """The product lives on a Monday that goes on, whatever the day on which it is tested."""
    session.stash[TODAY] = ExitStack()
    session.stash[TODAY].enter_context(PROCESS_CLOCK.running_by(RunningClock(MONDAY)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    session.stash[TODAY].close()


@pytest.fixture(scope="session")
def knowledge() -> KnowledgeBase:
    return load_knowledge()


@pytest.fixture(autouse=True)
def _loggers_as_new() -> None:
    """A command that was tried before may have silenced them, and said what is said again."""
    for name in OURS:
        logging.getLogger(name).setLevel(logging.NOTSET)
    repeated_lines.reset()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test calls stands on this machine: the proxy of whoever runs it is not asked."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests that mostly wait begin first: the others fill the time beside them."""
    items.sort(key=lambda item: "torture" not in item.path.parts)
