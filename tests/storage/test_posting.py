"""Replies in the outbox: in order, and their senders are told once they are committed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from storage.samples import HOUR, NOW

from bot.domain.delivery import OutboxMessage, OutgoingMessage, Priority
from bot.storage.store import Database, Store

MINUTE = timedelta(minutes=1)


@dataclass
class Sender:
    """A sender that counts how often it was told that there is something new."""

    lanes: str = "telegram:"
    told: int = 0

    def notice(self) -> None:
        self.told += 1


@pytest.fixture
def sender(store: Store) -> Sender:
    sender = Sender()
    store.employ(sender)
    return sender


def say(db: Database, lane: str, *texts: str, priority: Priority = Priority.DIALOGUE) -> None:
    db.outbox.add_replies(
        lane, [OutgoingMessage("say", {"text": one}, priority) for one in texts], NOW
    )


def texts(store: Store, at: timedelta = timedelta(0)) -> list[str]:
    with store.transaction() as db:
        rows: Sequence[OutboxMessage] = db.outbox.claim(
            NOW + at, holder="other", limit=10, lease=MINUTE
        )
        return [str(row.payload["text"]) for row in rows]


def test_replies_go_in_the_order_in_which_they_were_added(store: Store) -> None:
    with store.transaction() as db:
        with db.savepoint():
            say(db, "telegram:1", "1", "2")
        say(db, "telegram:1", "to many", priority=Priority.BULK)
        with db.savepoint():
            say(db, "telegram:1", "3")

    assert texts(store) == ["1", "2", "3", "to many"]


def test_a_sender_is_told_of_its_own_lanes_once_they_are_committed(
    store: Store, sender: Sender
) -> None:
    with store.transaction() as db:
        say(db, "telegram:1", "1")
        assert sender.told == 0
    assert sender.told == 1

    with store.transaction() as db:
        say(db, "staff:1", "2")
    assert sender.told == 1


def test_nobody_is_told_of_what_was_rolled_back(store: Store, sender: Sender) -> None:
    with pytest.raises(LookupError), store.transaction() as db:  # noqa: PT012 - it fails last
        say(db, "telegram:1", "1")
        raise LookupError

    assert sender.told == 0
    assert texts(store) == []


def test_what_is_put_off_leaves_once_it_is_released(store: Store) -> None:
    with store.transaction() as db:
        db.outbox.put_off_replies(NOW + HOUR)
        say(db, "telegram:1", "1")
    assert texts(store) == []

    with store.transaction() as db:
        db.outbox.release_replies("telegram:", NOW)

    assert texts(store) == ["1"]
