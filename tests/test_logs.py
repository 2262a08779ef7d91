"""Logs: the reference of the turn in every line, and never a typed word."""

import asyncio
import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import assemble, open_store
from bot.conversation.events import Typed
from bot.domain.delivery import OutgoingMessage
from bot.logs import (
    REPEATED_AFTER,
    JsonFormatter,
    LogFormat,
    PlainFormatter,
    RepeatLimit,
    configure,
    log_failure,
    start,
    turn_reference,
)
from bot.services.helpdesk_config import IncomingEvent
from bot.settings import Settings
from knowledge import KnowledgeBase

CANARY = "2 85 06 01 999 123 49"
NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)


@pytest.fixture(params=[PlainFormatter, JsonFormatter])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """What the log holds, whoever wrote it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(request.param())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Python does with lost errors is put back."""
    for owner in (sys, threading):
        monkeypatch.setattr(owner, "excepthook", owner.excepthook)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    start()


def test_of_an_error_its_kind_and_place_are_written_and_not_its_message(
    written: io.StringIO,
) -> None:
    try:
        int(CANARY)
    except ValueError:
        logging.getLogger("anybody").exception("it failed")

    assert "it failed" in written.getvalue()
    assert "ValueError" in written.getvalue()
    assert "test_logs" in written.getvalue()
    assert CANARY not in written.getvalue()


def test_what_asyncio_says_of_a_lost_task_is_cut(written: io.StringIO) -> None:
    loop = asyncio.new_event_loop()
    lost = ValueError(CANARY)
    loop.call_exception_handler({"message": "a task was lost", "exception": lost, "task": CANARY})
    loop.close()

    assert "a task was lost" in written.getvalue()
    assert CANARY not in written.getvalue()


def test_every_line_of_a_turn_bears_its_reference(
    written: io.StringIO, tmp_path: Path, knowledge: KnowledgeBase
) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    told: list[str] = []

    def render(reply: object, turn: int, heard: IncomingEvent) -> list[OutgoingMessage]:
        told.append(repr(reply))
        if len(told) == 2:
            raise ValueError(heard.event)
        return []

    app = assemble(settings, open_store(settings), knowledge, {"paper": render}, {})
    app.helpdesk.receive([IncomingEvent(address="paper:1", event=Typed(CANARY))], NOW)
    app.helpdesk.receive([IncomingEvent(address="paper:1", event=Typed(CANARY))], NOW)
    with app.store.transaction() as db:
        (aside,) = db.failed_updates.newest()
    app.store.close()

    lines = written.getvalue()
    assert "tour pris : Typed" in lines
    assert f"le tour {aside.reference} a échoué : ValueError" in lines
    assert CANARY not in lines
    assert turn_reference.get() == ""


def test_an_error_that_nobody_catches_is_written_without_its_message(
    written: io.StringIO, hooks: None
) -> None:
    try:
        int(CANARY)
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    thread = threading.Thread(target=int, args=(CANARY,))
    thread.start()
    thread.join()

    assert written.getvalue().count("ValueError") == 2
    assert "test_logs" in written.getvalue()
    assert CANARY not in written.getvalue()


def test_libraries_say_no_more_than_warnings_whatever_is_asked_for(
    written: io.StringIO, hooks: None
) -> None:
    configure("DEBUG", LogFormat.PLAIN)
    for name in ("sqlalchemy.engine", "aiohttp.client", "bot.services.helpdesk"):
        logging.getLogger(name).debug("%s in %s", CANARY, name)

    assert written.getvalue().count(CANARY) == 1
    assert "bot.services.helpdesk" in written.getvalue()


def test_json_is_one_object_a_line() -> None:
    stream = io.StringIO()
    log = logging.Logger("apart")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    log.addHandler(handler)
    token = turn_reference.set("AB12CD34")

    log.warning("two\nlines of %s", "ours")

    turn_reference.reset(token)
    (line,) = stream.getvalue().splitlines()
    said = json.loads(line)
    assert said["message"] == "two\nlines of ours"
    assert said["turn"] == "AB12CD34"
    assert said["level"] == "WARNING"
    assert datetime.fromisoformat(said["at"]).tzinfo is not None


def connect() -> None:
    raise ConnectionError(CANARY)


def out_of_reach() -> Exception:
    try:
        connect()
    except ConnectionError as error:
        return error
    raise AssertionError


def test_an_absence_of_the_database_fills_no_log(written: io.StringIO) -> None:
    """Everything that is at work fails, again and again, for as long as it lasts."""
    log = logging.getLogger("bot.anything")
    for _ in range(500):
        for what in ("leases", "file d'envoi inaccessible", "intake", "polling"):
            log_failure(log, what, out_of_reach())
        try:
            connect()
        except ConnectionError:
            logging.getLogger("sqlalchemy.pool").exception("connection lost")

    lines = written.getvalue().splitlines()
    told = [line for line in lines if "ConnectionError" in line and "connection lost" not in line]
    assert sum("leases: ConnectionError" in line for line in told) == 1
    assert sum("polling: ConnectionError" in line for line in told) == 1
    assert sum("in connect" in line for line in lines) <= 5  # one trace a kind of failure
    assert CANARY not in written.getvalue()


def test_different_failures_are_each_written(written: io.StringIO) -> None:
    log = logging.getLogger("bot.anything")
    for number in range(3):
        log_failure(log, f"turn {number}", out_of_reach())
    log_failure(log, "group", ExceptionGroup("both", [ValueError(CANARY), KeyError(CANARY)]))

    for words in ("turn 0: ", "turn 1: ", "turn 2: ", "group: ValueError", "group: KeyError"):
        assert words in written.getvalue()


def test_what_lasts_is_written_again_with_how_often_it_was() -> None:
    moment = [0.0]
    limit = RepeatLimit(lambda: moment[0])

    assert limit.held_back("a") == 0
    assert [limit.held_back("a") for _ in range(7)] == [None] * 7
    assert limit.held_back("b") == 0
    moment[0] = REPEATED_AFTER
    assert limit.held_back("a") == 7
    assert limit.held_back("a") is None
