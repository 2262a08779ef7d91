"""What is tortured runs beside processes of its own, which read the real clock: all do here."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.clock import PROCESS_CLOCK


@pytest.fixture(autouse=True)
def _real_clock() -> Iterator[None]:
    with PROCESS_CLOCK.running_by(lambda: datetime.now(UTC)):
        yield
