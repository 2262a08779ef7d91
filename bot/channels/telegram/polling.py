"""Long polling: asks Telegram for updates, and acknowledges them by asking for what comes after.

The offset asked for is the committed one. Nothing that goes wrong here ends the loop: Telegram out
of reach, another process polling, a database that is busy, an update that cannot be taken.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from traceback import format_tb

from telegram.error import Conflict, TelegramError

from bot.channels.telegram.intake import Arrival, Intake, Reader
from bot.channels.telegram.line import Line, RawUpdate
from bot.channels.telegram.transport import SlowDownError
from bot.domain.retry import delay_before
from bot.jobs.clerk import Clerk

log = logging.getLogger(__name__)

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
LIMIT = 100
LONGEST_WAIT = 30.0  # seconds: Telegram is back the sooner it is asked
HELD_CHECK = 0.5  # seconds between two looks at long texts whose rest may come


class Polling:
    """Keeps asking, until `stop`."""

    def __init__(
        self,
        line: Line,
        intake: Intake,
        clerk: Clerk,
        reader: Reader,
        *,
        committed: Callable[[], None],
        timeout: int = 30,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._line = line
        self._intake = intake
        self._clerk = clerk
        self._reader = reader
        self._committed = committed
        self._timeout = timeout
        self._clock = clock
        self._offset: int | None = None
        self._failures = 0
        self._behind = False
        self._stopping = asyncio.Event()
        self._presses: set[asyncio.Task[None]] = set()
