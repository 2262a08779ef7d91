"""The inbox: each update once, begun ones known, failures kept aside, long texts put together."""

from datetime import timedelta

import pytest
from storage.samples import HOUR, NOW
from storage.together import run_together

from bot.domain.retention import Retention
from bot.storage.inbox import BegunUpdate
from bot.storage.store import Store

SECOND = timedelta(seconds=1)
SOMEBODY = "telegram:1"


def test_an_offset_is_kept_for_each_channel(store: Store) -> None:
    with store.transaction() as db:
        assert db.inbox.offset("telegram") is None
        db.inbox.save_offset("telegram", 2**40)
        db.inbox.save_offset("other", 1)
    with store.transaction() as db:
        db.inbox.save_offset("telegram", 2**40 + 1)

    with store.transaction() as db:
        assert db.inbox.offset("telegram") == 2**40 + 1
        assert db.inbox.offset("other") == 1


def test_an_update_is_new_once(store: Store) -> None:
    with store.transaction() as db:
        assert db.inbox.remember_update("telegram", 7, NOW)
        assert not db.inbox.remember_update("telegram", 7, NOW + HOUR)
        assert db.inbox.remember_update("other", 7, NOW)


def test_an_update_received_by_two_is_new_to_one(store: Store) -> None:
    new: list[bool] = []

    def receive() -> None:
        with store.transaction() as db:
            new.append(db.inbox.remember_update("telegram", 7, NOW))

    run_together(*[receive] * 4)

    assert sorted(new) == [False, False, False, True]


def test_an_update_whose_turn_failed_is_new_again(store: Store) -> None:
    with store.transaction() as db:
        with pytest.raises(RuntimeError), db.savepoint():  # noqa: PT012 - it fails last
            db.inbox.remember_update("telegram", 7, NOW)
            raise RuntimeError
        assert db.inbox.remember_update("telegram", 7, NOW)


def test_a_long_text_is_put_together_and_taken_once(store: Store) -> None:
    with store.transaction() as db:
        db.inbox.hold_text(SOMEBODY, "Il était ", NOW + 2 * SECOND)
    with store.transaction() as db:
        db.inbox.hold_text(SOMEBODY, "une fois", NOW + 3 * SECOND)

    with store.transaction() as db:
        assert db.inbox.due_held_texts(NOW + 2 * SECOND) == ()
        assert db.inbox.due_held_texts(NOW + 3 * SECOND) == (SOMEBODY,)
        assert db.inbox.take_held_text(SOMEBODY) == "Il était une fois"
        assert db.inbox.take_held_text(SOMEBODY) is None


def test_who_waited_longest_comes_first(store: Store) -> None:
    with store.transaction() as db:
        db.inbox.hold_text("telegram:2", "b", NOW + SECOND)
        db.inbox.hold_text("telegram:1", "a", NOW + 2 * SECOND)

        assert db.inbox.due_held_texts(NOW + HOUR) == ("telegram:2", "telegram:1")


def test_what_is_begun_is_known_to_the_next_life_until_it_is_ended(store: Store) -> None:
    with store.transaction() as db:
        db.inbox.begin_updates("telegram", [7, 8, 8], "first", NOW)
        db.inbox.begin_updates("other", [7], "first", NOW)
    with store.transaction() as db:
        assert db.inbox.begun_before("telegram", [7, 8, 9], "first") == {}
        db.inbox.begin_updates("telegram", [7], "first", NOW + HOUR)  # once a life
        db.inbox.begin_updates("telegram", [8, 9], "second", NOW + HOUR)
    with store.transaction() as db:
        assert db.inbox.begun_before("telegram", [7, 8, 9], "third") == {
            7: BegunUpdate(1, NOW),
            8: BegunUpdate(2, NOW),
            9: BegunUpdate(1, NOW + HOUR),
        }
        db.inbox.end_updates("telegram", [7, 8])
        assert list(db.inbox.begun_before("telegram", [7, 8, 9], "third")) == [9]
        assert list(db.inbox.begun_before("other", [7], "third")) == [7]


def test_a_mark_that_nobody_ended_is_forgotten_like_what_was_received(store: Store) -> None:
    with store.transaction() as db:
        db.inbox.begin_updates("telegram", [7], "first", NOW)
        db.retention.apply(NOW + 30 * 24 * HOUR, Retention())
        assert db.inbox.begun_before("telegram", [7], "second") == {}
