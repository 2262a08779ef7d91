"""Logs: lines for people or JSON for machines, with the reference of the turn, never typed words.

An error's message may quote what somebody typed, and some libraries write errors with their
message: of every error only its kind and where it happened is written, whoever logs it.
"""

import json
import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from traceback import format_tb
from types import TracebackType
from typing import Any

turn_reference: ContextVar[str] = ContextVar("turn_reference", default="")
"""The turn at hand: the reference that a person is told when it fails."""

OURS = ("bot", "knowledge")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_PLAIN = "%(asctime)s %(levelname)s %(name)s %(message)s"
_QUOTING = "asyncio"
"""Whose messages go on after their first line with the error itself."""
_Raised = tuple[type[BaseException], BaseException, TracebackType | None]


class LogFormat(StrEnum):
    """How lines are written."""

    PLAIN = "plain"
    JSON = "json"


class Discreet(logging.Formatter):
    """Lines for people."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__(_PLAIN)

    def formatException(self, ei: Any) -> str:  # noqa: N802 -- the library's name
        return where(ei)

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler may have put the whole error there
        if record.name == _QUOTING:
            record.msg, record.args = str(record.getMessage()).partition("\n")[0], None
        reference = turn_reference.get()
        line = super().format(record)
        record.exc_text = None
        return f"{line} [{reference}]" if reference and reference not in line else line


class AsJson(Discreet):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        if record.name == _QUOTING:
            record.msg, record.args = str(record.getMessage()).partition("\n")[0], None
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if reference := turn_reference.get():
            said["turn"] = reference
        if record.exc_info and record.exc_info[1] is not None:
            said["where"] = where(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def where(raised: Any) -> str:
    """What kind of error, and where it came from; never its message."""
    kind, _error, trace = raised
    return "".join([*format_tb(trace), kind.__name__ if kind else ""])


def log_failure(log: logging.Logger, what: str, error: BaseException) -> None:
    """What failed, how and where; never the error's message, which may hold what somebody typed."""
    for one in _alone(error):
        log.error("%s: %s\n%s", what, type(one).__name__, "".join(format_tb(one.__traceback__)))


def _alone(error: BaseException) -> Iterator[BaseException]:
    """An error, or each of those that came together."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _alone(one)
    else:
        yield error


def start() -> None:
    """Log to standard error, for people until the settings are known."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler(sys.stderr))
    for handler in root.handlers:
        handler.setFormatter(Discreet())
    sys.excepthook = _lost
    threading.excepthook = lambda lost: _lost(lost.exc_type, lost.exc_value, lost.exc_traceback)
    sys.unraisablehook = lambda lost: _lost(lost.exc_type, lost.exc_value, lost.exc_traceback)


def configure(level: str, style: LogFormat) -> None:
    """As the settings say; the libraries never say more than warnings, whatever is asked for.

    At their lower levels they tell what they carry: statements, parameters, requests.
    """
    root = logging.getLogger()
    root.setLevel(max(logging.getLevelName(level), logging.WARNING))
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    if style is LogFormat.JSON:
        for handler in root.handlers:
            handler.setFormatter(AsJson())


def _lost(kind: type[BaseException], error: BaseException | None, trace: Any) -> None:
    """An error that nobody caught: Python itself would write its message."""
    if error is not None and not issubclass(kind, KeyboardInterrupt):
        logging.getLogger("bot").critical(
            "an error was caught by nobody\n%s", where((kind, error, trace))
        )
