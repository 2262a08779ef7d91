"""The intake: each update once, failures kept aside, long texts put together again."""

from datetime import timedelta

import pytest
from storage.samples import HOUR, NOW
from storage.together import run_together

from bot.storage.inbox import KeptAside
from bot.storage.store import Store

SECOND = timedelta(seconds=1)
SOMEBODY = "telegram:1"


def test_an_offset_is_kept_for_each_channel(store: Store) -> None:
    with store.transaction() as records:
        assert records.offset("telegram") is None
        records.save_offset("telegram", 2**40)
        records.save_offset("other", 1)
    with store.transaction() as records:
        records.save_offset("telegram", 2**40 + 1)

    with store.transaction() as records:
        assert records.offset("telegram") == 2**40 + 1
        assert records.offset("other") == 1


def test_an_update_is_new_once(store: Store) -> None:
    with store.transaction() as records:
        assert records.remember_update("telegram", 7, NOW)
        assert not records.remember_update("telegram", 7, NOW + HOUR)
        assert records.remember_update("other", 7, NOW)


def test_an_update_received_by_two_is_new_to_one(store: Store) -> None:
    new: list[bool] = []

    def receive() -> None:
        with store.transaction() as records:
            new.append(records.remember_update("telegram", 7, NOW))

    run_together(*[receive] * 4)

    assert sorted(new) == [False, False, False, True]


def test_an_update_whose_turn_failed_is_new_again(store: Store) -> None:
    with store.transaction() as records:
        with pytest.raises(RuntimeError), records.savepoint():  # noqa: PT012 - it fails last
            records.remember_update("telegram", 7, NOW)
            raise RuntimeError
        assert records.remember_update("telegram", 7, NOW)


def test_a_turn_that_failed_is_kept_for_the_operator(store: Store) -> None:
    with store.transaction() as records:
        records.keep_aside("R-1", SOMEBODY, '{"text": "\\ud83d"}', "KeyError", NOW)
        records.keep_aside("R-2", SOMEBODY, "\ud83d", "ValueError", NOW + HOUR)

    with store.transaction() as records:
        kept = records.kept_aside()

    assert [one.reference for one in kept] == ["R-2", "R-1"]
    assert kept[1] == KeptAside(
        reference="R-1",
        address=SOMEBODY,
        event='{"text": "\\ud83d"}',
        error="KeyError",
        kept_at=NOW,
    )


def test_a_long_text_is_put_together_and_taken_once(store: Store) -> None:
    with store.transaction() as records:
        records.hold_text(SOMEBODY, "Il était ", NOW + 2 * SECOND)
    with store.transaction() as records:
        records.hold_text(SOMEBODY, "une fois", NOW + 3 * SECOND)

    with store.transaction() as records:
        assert records.due_held_texts(NOW + 2 * SECOND) == ()
        assert records.due_held_texts(NOW + 3 * SECOND) == (SOMEBODY,)
        assert records.take_held_text(SOMEBODY) == "Il était une fois"
        assert records.take_held_text(SOMEBODY) is None


def test_who_waited_longest_comes_first(store: Store) -> None:
    with store.transaction() as records:
        records.hold_text("telegram:2", "b", NOW + SECOND)
        records.hold_text("telegram:1", "a", NOW + 2 * SECOND)

        assert records.due_held_texts(NOW + HOUR) == ("telegram:2", "telegram:1")
