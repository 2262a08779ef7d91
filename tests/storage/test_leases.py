"""Leases: one holder at a time, renewed by it alone, free again when it runs out."""

from datetime import UTC, datetime, timedelta

from storage.together import run_together

from bot.storage.store import Store

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TERM = timedelta(seconds=10)


def hold(store: Store, holder: str, now: datetime, *names: str) -> dict[str, str]:
    with store.transaction() as db:
        db.leases.hold(names, holder, now, now + TERM)
        return {lease.name: lease.holder for lease in db.leases.running(now)}


def test_the_first_holds_and_the_second_waits(store: Store) -> None:
    assert hold(store, "one", NOW, "polling", "reminders") == dict.fromkeys(
        ("polling", "reminders"), "one"
    )
    assert hold(store, "two", NOW + TERM / 2, "polling") == dict.fromkeys(
        ("polling", "reminders"), "one"
    )


def test_what_is_renewed_does_not_run_out(store: Store) -> None:
    hold(store, "one", NOW, "polling")
    hold(store, "one", NOW + TERM * 0.9, "polling")

    assert hold(store, "two", NOW + TERM * 1.5, "polling") == {"polling": "one"}


def test_what_ran_out_goes_to_the_next_who_asks(store: Store) -> None:
    hold(store, "one", NOW, "polling")

    assert hold(store, "two", NOW + TERM, "polling") == {"polling": "two"}
    assert hold(store, "one", NOW + TERM, "polling") == {"polling": "two"}


def test_what_was_given_back_is_free_and_nobody_gives_back_what_others_hold(store: Store) -> None:
    hold(store, "one", NOW, "polling", "reminders")
    with store.transaction() as db:
        db.leases.drop("two", ["polling"])
        db.leases.drop("one", ["reminders"])

    assert hold(store, "two", NOW, "polling", "reminders") == {"polling": "one", "reminders": "two"}


def test_old_ones_are_forgotten(store: Store) -> None:
    hold(store, "one", NOW, "present:one")
    with store.transaction() as db:
        db.leases.sweep(NOW + TERM)
        assert db.leases.running(NOW) == ()


def test_of_many_who_ask_together_one_holds(store: Store) -> None:
    told: list[dict[str, str]] = []

    def asking(holder: str, *names: str) -> None:
        told.append(hold(store, holder, NOW, *names))

    run_together(
        lambda: asking("one", "a", "b", "c"),
        lambda: asking("two", "c", "b", "a"),
        lambda: asking("three", "b", "a", "c"),
    )

    final = hold(store, "nobody", NOW)
    assert len(set(final.values())) == 1
    assert all(leases == final for leases in told)
