"""Failures: what the log says of our own mistakes."""

import logging
from collections.abc import Iterator
from traceback import format_tb


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
