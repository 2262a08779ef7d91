"""Leases: one holder at a time, renewed by it alone, free again when it runs out."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

from storage.together import run_together

from bot.storage.leases import is_gone, process_name
from bot.storage.store import Store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TERM = timedelta(seconds=10)


def hold(store: Store, holder: str, now: datetime, name: str = "polling") -> bool:
    with store.transaction() as db:
        return db.leases.hold(name, holder, now, now + TERM)


def holders(store: Store, now: datetime = NOW) -> dict[str, str]:
    with store.transaction() as db:
        return {lease.name: lease.holder for lease in db.leases.running(now)}


def test_the_first_holds_and_the_second_waits(store: Store) -> None:
    assert hold(store, "one", NOW)
    assert not hold(store, "two", NOW + TERM / 2)
    assert holders(store) == {"polling": "one"}


def test_what_is_renewed_does_not_run_out(store: Store) -> None:
    assert hold(store, "one", NOW)
    assert hold(store, "one", NOW + TERM * 0.9)
    assert not hold(store, "two", NOW + TERM * 1.5)


def test_what_ran_out_goes_to_the_next_who_asks(store: Store) -> None:
    hold(store, "one", NOW)

    assert holders(store, NOW + TERM) == {}
    assert hold(store, "two", NOW + TERM)
    assert not hold(store, "one", NOW + TERM)


def test_a_lease_of_before_the_clock_went_back_holds_nobody_up(store: Store) -> None:
    hold(store, "another-boot/999999/x", NOW)
    before = NOW - timedelta(hours=1)

    assert holders(store, before) == {}
    assert hold(store, "two", before)
    assert not hold(store, "another-boot/999999/x", before)


def test_what_was_given_back_is_free_and_nobody_gives_back_what_others_hold(store: Store) -> None:
    hold(store, "one", NOW, "polling")
    hold(store, "one", NOW, "reminders")
    with store.transaction() as db:
        db.leases.drop("two", ["polling"])
        db.leases.drop("one", ["reminders"])

    assert holders(store) == {"polling": "one"}


def test_of_many_who_ask_together_one_holds(store: Store) -> None:
    told: dict[str, bool] = {}

    def asking(holder: str) -> None:
        told[holder] = hold(store, holder, NOW)

    run_together(*(lambda n=n: asking(n) for n in ("one", "two", "three")))

    assert sorted(told.values()) == [False, False, True]
    assert holders(store) == {"polling": next(one for one, held in told.items() if held)}


def test_the_lease_of_a_process_that_is_gone_is_free_at_once(store: Store) -> None:
    ended = subprocess.Popen([sys.executable, "-c", "pass"])
    ended.wait()
    place = process_name().partition("/")[0]
    hold(store, f"{place}/{ended.pid}/x", NOW)
    with store.transaction() as db:
        db.leases.drop_dead("polling", NOW)

    assert hold(store, "two", NOW)


def test_the_lease_of_another_machine_is_waited_out(store: Store) -> None:
    hold(store, "another-boot/999999/x", NOW)
    with store.transaction() as db:
        db.leases.drop_dead("polling", NOW)

    assert not hold(store, "two", NOW)


def test_a_process_of_another_machine_is_never_thought_gone() -> None:
    assert not is_gone(process_name())
    assert not is_gone("another-boot/999999/x")
    assert not is_gone("-/1/x")
    assert not is_gone("")
