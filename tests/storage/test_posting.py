"""Posting: what a turn says goes to the sender at once, and never out of its lane's order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from storage.samples import HOUR, NOW

from bot.domain.delivery import OutboxMessage, OutgoingMessage, Priority
from bot.storage.store import Database, Store

MINUTE = timedelta(minutes=1)
ANNE, BRUNO = "telegram:1", "telegram:2"


@dataclass(eq=False)
class Hands:
    """A sender that keeps what it is given."""

    most: int = 100
    lanes: str = "telegram:"
    holder: str = "me"
    is_shared: bool = False
    now: datetime = NOW
    rows: list[OutboxMessage] = field(default_factory=list)
    noticed: int = 0

    def room(self) -> int:
        return self.most - len(self.rows)

    def lease(self) -> tuple[datetime, datetime]:
        return self.now, self.now + MINUTE

    def hand(self, rows: Sequence[OutboxMessage]) -> None:
        self.rows.extend(rows)

    def notice(self) -> None:
        self.noticed += 1

    @property
    def said(self) -> list[str]:
        return [row.payload["text"] for row in self.rows]


@pytest.fixture
def hands(store: Store) -> Hands:
    hands = Hands()
    store.employ(hands)
    return hands


def say(db: Database, lane: str, *texts: str) -> None:
    db.outbox.add_replies(lane, [OutgoingMessage("say", {"text": text}) for text in texts], NOW)


def claim(store: Store, now: datetime = NOW, holder: str = "other") -> list[OutboxMessage]:
    with store.transaction() as db:
        return list(db.outbox.claim(now, holder=holder, limit=100, lease=MINUTE))


def texts(rows: Sequence[OutboxMessage]) -> list[str]:
    return [row.payload["text"] for row in rows]


def test_what_is_handed_over_is_leased_and_what_stands_in_the_table(
    store: Store, hands: Hands
) -> None:
    with store.transaction() as db:
        say(db, ANNE, "a", "b")
        say(db, BRUNO, "c")
        assert hands.rows == []

    assert hands.said == ["a", "b", "c"]
    assert claim(store) == []
    for row in hands.rows:
        with store.transaction() as db:
            assert db.outbox.get(row.id) == row
    assert texts(claim(store, NOW + MINUTE)) == ["a", "b", "c"]


def test_what_was_taken_back_is_not_handed_over(store: Store, hands: Hands) -> None:
    with store.transaction() as db:
        with pytest.raises(LookupError), db.savepoint():  # noqa: PT012 - it fails last
            say(db, ANNE, "never")
            db.inbox.add_failed("A", ANNE, "{}", "LookupError", NOW)
            raise LookupError
        say(db, ANNE, "sorry")
    with pytest.raises(LookupError), store.transaction() as db:  # noqa: PT012
        say(db, ANNE, "never either")
        raise LookupError

    assert hands.said == ["sorry"]


def test_a_lane_in_this_senders_hands_takes_more(store: Store, hands: Hands) -> None:
    for text in ("a", "b"):
        with store.transaction() as db:
            say(db, ANNE, text)

    assert hands.said == ["a", "b"]


def test_nothing_overtakes_what_another_sender_has(store: Store, hands: Hands) -> None:
    with store.transaction() as db:
        db.outbox.add(ANNE, "say", {"text": "a"}, NOW)
    assert texts(claim(store)) == ["a"]
    with store.transaction() as db:
        say(db, ANNE, "b")

    assert hands.rows == []
    assert hands.noticed == 2


def test_nothing_overtakes_what_waits_for_another_try(store: Store, hands: Hands) -> None:
    with store.transaction() as db:
        say(db, ANNE, "a")
    with store.transaction() as db:
        db.outbox.retry_later(hands.rows[0].id, NOW + HOUR, "telegram.429")
        say(db, ANNE, "b")

    assert hands.said == ["a"]


def test_what_has_no_room_waits_in_the_table(store: Store, hands: Hands) -> None:
    hands.most = 1
    with store.transaction() as db:
        say(db, ANNE, "a", "b")
        say(db, BRUNO, "c")

    assert hands.said == ["c"]
    assert texts(claim(store)) == ["a", "b"]


def test_the_newest_answer_goes_first_where_not_all_can_go(store: Store, hands: Hands) -> None:
    hands.most = 0
    with store.transaction() as db:
        say(db, ANNE, "old 1", "old 2")
    with store.transaction() as db:
        say(db, ANNE, "middle")
        say(db, BRUNO, "b")
        say(db, ANNE, "new 1", "new 2")

    rows = claim(store)
    assert texts(rows) == ["b", "new 1", "new 2", "old 1", "old 2", "middle"]
    assert [row.priority for row in rows[1:4]] == [
        Priority.DIALOGUE,
        Priority.DIALOGUE,
        Priority.LATE,
    ]


def test_who_is_in_dialogue_goes_before_what_is_sent_to_many(store: Store, hands: Hands) -> None:
    with store.transaction() as db:
        for lane in (ANNE, BRUNO, "telegram:3"):
            db.outbox.add(lane, "say", {"text": "r"}, NOW, priority=Priority.BULK)
    with store.transaction() as db:
        say(db, BRUNO, "an answer")

    assert hands.said == ["an answer"]  # not behind the reminder to the same person
    hands.most = 0
    with store.transaction() as db:
        say(db, "telegram:9", "another")
    assert texts(claim(store)) == ["another", "r", "r"]
    with store.transaction() as db:
        db.outbox.mark_sent([row.id for row in hands.rows], NOW)
    assert texts(claim(store)) == ["r"]


def test_what_is_put_off_leaves_once_all_was_heard_the_newest_first(
    store: Store, hands: Hands
) -> None:
    for words in ("ancienne", "récente"):
        with store.transaction() as db:
            db.outbox.put_off_replies(NOW + HOUR)
            say(db, ANNE, words)
    assert hands.rows == []
    assert claim(store) == []

    with store.transaction() as db:
        db.outbox.release_replies("telegram:", NOW)
    assert hands.noticed
    assert texts(claim(store)) == ["récente", "ancienne"]


def test_what_is_put_off_leaves_by_itself_where_nobody_releases_it(
    store: Store, hands: Hands
) -> None:
    with store.transaction() as db:
        db.outbox.put_off_replies(NOW + MINUTE)
        say(db, ANNE, "bonjour")
    assert hands.rows == []
    assert texts(claim(store, NOW + MINUTE)) == ["bonjour"]


def test_what_waits_for_another_try_is_not_released(store: Store, hands: Hands) -> None:
    hands.most = 0
    with store.transaction() as db:
        say(db, ANNE, "bonjour")
    (row,) = claim(store)
    with store.transaction() as db:
        db.outbox.retry_later(row.id, NOW + HOUR, "429")
        db.outbox.release_replies("telegram:", NOW)
    assert claim(store) == []


def test_where_others_send_too_it_is_known_what_they_have_just_sent(
    store: Store, hands: Hands
) -> None:
    (row,) = _sent_by_another(store, ANNE)
    _sent_by_another(store, BRUNO, before=HOUR)
    for shared in (False, True):
        hands.is_shared = shared
        with store.transaction() as db:
            say(db, ANNE, "bonjour")
            say(db, BRUNO, "bonjour")

    assert [one.sent_before for one in hands.rows] == [(), (), (row,), ()]


def _sent_by_another(store: Store, lane: str, before: timedelta = MINUTE / 60) -> tuple[datetime]:
    at = NOW - before
    with store.transaction() as db:
        db.outbox.mark_sent([db.outbox.add(lane, "say", {"text": "déjà"}, at)], at)
    return (at,)
