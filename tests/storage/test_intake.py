"""The intake: each update once, failures kept aside, long texts put together again."""

from datetime import timedelta

import pytest
from storage.samples import HOUR, NOW
from storage.together import run_together

from bot.storage.inbox import FailedUpdateContent
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


def test_a_turn_that_failed_is_kept_for_the_operator(store: Store) -> None:
    with store.transaction() as db:
        db.inbox.add_failed("R-1", SOMEBODY, '{"text": "\\ud83d"}', "KeyError", NOW)
        db.inbox.add_failed("R-2", SOMEBODY, "\ud83d", "ValueError", NOW + HOUR)

    with store.transaction() as db:
        kept = db.inbox.failed()

    assert [one.reference for one in kept] == ["R-2", "R-1"]
    assert kept[1] == FailedUpdateContent(
        reference="R-1",
        address=SOMEBODY,
        event='{"text": "\\ud83d"}',
        error="KeyError",
        kept_at=NOW,
    )


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
