"""Updates that failed, and updates whose taking was begun and never ended."""

from storage.samples import HOUR, NOW

from bot.storage.inbox import BegunUpdate
from bot.storage.store import Store


def test_a_failed_update_is_listed_opened_and_forgotten(store: Store) -> None:
    with store.transaction() as db:
        db.failed_updates.add("R-1", "telegram:1", '{"text": "x"}', "KeyError", NOW)
        db.failed_updates.add("R-2", "telegram:2", "{}", "KeyError", NOW + HOUR)

    with store.transaction() as db:
        assert db.failed_updates.count() == 2
        assert [one.reference for one in db.failed_updates.newest(5)] == ["R-2", "R-1"]
        assert db.failed_updates.open("R-1") == '{"text": "x"}'
        assert db.failed_updates.open("R-3") is None
        assert db.failed_updates.delete("R-1")
        assert not db.failed_updates.delete("R-1")


def test_an_update_that_was_begun_by_another_life_is_known(store: Store) -> None:
    for life in ("one", "one", "two"):
        with store.transaction() as db:
            db.inbox.begin_updates("telegram", [7, 8], life, NOW)
    with store.transaction() as db:
        assert db.inbox.begun_before("telegram", [7, 9], "two") == {}
        assert db.inbox.begun_before("telegram", [7, 9], "three") == {7: BegunUpdate(2, NOW)}
        db.inbox.end_updates("telegram", [7])
        assert db.inbox.begun_before("telegram", [7], "three") == {}


def test_the_audit_log_is_read_page_by_page(store: Store) -> None:
    with store.transaction() as db:
        for number in range(5):
            db.audit_log.add("anne", "ticket.read", f"R-{number}", "", NOW + number * HOUR)
        newest = db.audit_log.entries(limit=2)
        assert [one.seq for one in newest] == [5, 4]
        assert [one.seq for one in db.audit_log.entries(before=4, limit=2)] == [3, 2]
        assert [one.seq for one in db.audit_log.entries(since=NOW + 3 * HOUR)] == [5, 4]
