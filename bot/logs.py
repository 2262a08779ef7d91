"""Logs: lines for people or JSON for machines, with the reference of the turn, never typed words.

An error's message may quote what somebody typed, and some libraries write errors with their
message: of every error only its kind and where it happened is written, whoever logs it. An absence
of the database fails everything again and again: what repeats is written once a minute.
"""

import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Hashable
from contextvars import ContextVar
from datetime import UTC, datetime
from enum import StrEnum
from traceback import extract_tb, format_tb
from types import TracebackType
from typing import Any

turn_reference: ContextVar[str] = ContextVar("turn_reference", default="")
"""The turn at hand: the reference that a person is told when it fails."""

OURS = ("bot", "knowledge")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_LEVEL_WORDS = {"WARNING": "ATTENTION", "ERROR": "ERREUR", "CRITICAL": "GRAVE"}

REPEATED_AFTER = 60.0  # seconds
_MOST_KEYS = 1_000


class RepeatLimit:
    """Lets one of equal messages pass each minute and counts the others; used from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._passed: dict[Hashable, tuple[float, int]] = {}

    def held_back(self, key: Hashable) -> int | None:
        """How many equal ones were held back since the last that passed; None for one more."""
        now = self._clock()
        with self._lock:
            passed_at, held = self._passed.get(key, (None, 0))
            if passed_at is not None and now - passed_at < REPEATED_AFTER:
                self._passed[key] = passed_at, held + 1
                return None
            if len(self._passed) >= _MOST_KEYS:
                self._passed.clear()
            self._passed[key] = now, 0
            return held

    def reset(self) -> None:
        with self._lock:
            self._passed.clear()


repeated_lines = RepeatLimit()


class LogFormat(StrEnum):
    """How lines are written."""

    PLAIN = "plain"
    JSON = "json"


def _cut_quoted_error(record: logging.LogRecord) -> None:
    """The messages of asyncio go on after their first line with the error itself."""
    if record.name == "asyncio":
        record.msg, record.args = record.getMessage().partition("\n")[0], None


class PlainFormatter(logging.Formatter):
    """Lines for people."""

    converter = staticmethod(time.gmtime)

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(level)s %(name)s %(message)s")
        self._traces = RepeatLimit()

    def formatException(self, ei: Any) -> str:  # noqa: N802 -- the library's name
        """The kind of an error, and its trace once a minute: a pool tells of each connection."""
        kind, _error, trace = ei
        name = kind.__name__ if kind else ""
        is_new = self._traces.held_back((name, _place(trace))) is not None
        return where(ei) if is_new else name

    def format(self, record: logging.LogRecord) -> str:
        record.exc_text = None  # another handler may have put the whole error there
        _cut_quoted_error(record)
        record.level = _LEVEL_WORDS.get(record.levelname, record.levelname)
        reference = turn_reference.get()
        line = super().format(record)
        record.exc_text = None
        return f"{line} [{reference}]" if reference and reference not in line else line


class JsonFormatter(PlainFormatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        _cut_quoted_error(record)
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if reference := turn_reference.get():
            said["turn"] = reference
        if record.exc_info and record.exc_info[1] is not None:
            said["where"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def log_failure(log: logging.Logger, what: str, error: BaseException) -> None:
    """What failed, how and where; never the error's message, which may hold what somebody typed.

    The same failure is written once a minute, with how many there were in between.
    """
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            log_failure(log, what, one)
        return
    kind = type(error).__name__
    held = repeated_lines.held_back((what, kind, _place(error.__traceback__)))
    if held is not None:
        again = f" ({held} fois de plus depuis)" if held else ""
        trace = "".join(format_tb(error.__traceback__))
        log.error("%s: %s%s\n%s", what, kind, again, trace)


def _place(trace: TracebackType | None) -> tuple[str, int]:
    """The file and line where an error was raised."""
    frames = extract_tb(trace)
    return (frames[-1].filename, frames[-1].lineno or 0) if frames else ("", 0)


def where(raised: Any) -> str:
    """What kind of error, and where it came from; never its message."""
    kind, _error, trace = raised
    return "".join([*format_tb(trace), kind.__name__ if kind else ""])


def start() -> None:
    """Log to standard error, for people until the settings are known."""
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler(sys.stderr))
    for handler in root.handlers:
        handler.setFormatter(PlainFormatter())
    sys.excepthook = _uncaught
    threading.excepthook = lambda it: _uncaught(it.exc_type, it.exc_value, it.exc_traceback)
    sys.unraisablehook = lambda it: _uncaught(it.exc_type, it.exc_value, it.exc_traceback)


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
            handler.setFormatter(JsonFormatter())


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: Any) -> None:
    """An error that nobody caught: Python itself would write its message."""
    if error is not None and not issubclass(kind, KeyboardInterrupt):
        logging.getLogger("bot").critical(
            "une erreur que rien n'attendait\n%s", where((kind, error, trace))
        )
