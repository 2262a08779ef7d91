"""A row of the outbox, as a test wants it."""

from datetime import UTC, datetime
from typing import Any

from bot.domain.delivery import OutboxMessage, OutboxState

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def a_row(**changes: Any) -> OutboxMessage:
    values: dict[str, Any] = {
        "id": 1,
        "lane": "telegram:7",
        "kind": "say",
        "payload": {"text": "x", "plain": "x"},
        "state": OutboxState.WAITING,
        "created_at": NOW,
        "due_at": NOW,
        "attempts": 1,
    }
    return OutboxMessage(**{**values, **changes})
