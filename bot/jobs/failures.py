"""Failures: what the log says of our own mistakes."""

import logging
from traceback import format_tb


def log_failure(log: logging.Logger, what: str, error: BaseException) -> None:
    """What failed, how and where; never the error's message, which may hold what somebody typed."""
    log.error("%s: %s\n%s", what, type(error).__name__, "".join(format_tb(error.__traceback__)))
