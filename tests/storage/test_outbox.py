"""The outbox: nothing is lost, nothing overtakes in its lane, a dead holder holds nothing up."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from storage.samples import DAY, HOUR, NOW
from storage.together import run_together

from bot.domain.delivery import OutboxMessage, OutboxState
from bot.storage.encryption import SealError
from bot.storage.outbox import LANE_SHARE
from bot.storage.store import Store

MINUTE = timedelta(minutes=1)
ANNE, BRUNO = "telegram:1", "telegram:2"


def enqueue(store: Store, *lanes: str) -> list[int]:
    with store.transaction() as db:
        return [db.outbox.add(lane, "say", {"n": n}, NOW) for n, lane in enumerate(lanes)]


def claim(
    store: Store, now: datetime = NOW, *, holder: str = "a", limit: int = 100, lanes: str = ""
) -> list[int]:
    with store.transaction() as db:
        rows = db.outbox.claim(now, holder=holder, limit=limit, lease=MINUTE, lanes=lanes)
    return [row.id for row in rows]


def send(store: Store, *ids: int) -> None:
    with store.transaction() as db:
        db.outbox.mark_sent(ids, NOW)


def show(store: Store, entry_id: int) -> OutboxMessage:
    with store.transaction() as db:
        row = db.outbox.get(entry_id)
    assert row is not None
    return row


def test_what_was_put_in_comes_out_in_order(store: Store) -> None:
    ids = enqueue(store, ANNE, BRUNO, ANNE)

    with store.transaction() as db:
        rows = db.outbox.claim(NOW, holder="a", limit=100, lease=MINUTE)

    assert [row.id for row in rows] == ids
    assert [(row.lane, row.kind, row.payload) for row in rows] == [
        (ANNE, "say", {"n": 0}),
        (BRUNO, "say", {"n": 1}),
        (ANNE, "say", {"n": 2}),
    ]
    assert rows[0].attempts == 1
    assert rows[0].state is OutboxState.WAITING


def test_what_is_sent_is_not_sent_again(store: Store) -> None:
    send(store, *enqueue(store, ANNE, BRUNO))

    assert claim(store, NOW + HOUR) == []


def test_a_turn_that_fails_sends_nothing(store: Store) -> None:
    with store.transaction() as db:
        with pytest.raises(RuntimeError), db.savepoint():  # noqa: PT012 - it fails last
            db.outbox.add(ANNE, "say", {}, NOW)
            raise RuntimeError
        kept = db.outbox.add(ANNE, "sorry", {}, NOW)

    assert claim(store) == [kept]


def test_what_is_leased_is_nobody_elses_until_the_lease_runs_out(store: Store) -> None:
    ids = enqueue(store, ANNE)

    assert claim(store, holder="a") == ids
    assert claim(store, NOW + MINUTE / 2, holder="b") == []
    assert claim(store, NOW + MINUTE, holder="b") == ids
    assert show(store, ids[0]).attempts == 2


def test_nothing_overtakes_what_is_still_out(store: Store) -> None:
    first, second = enqueue(store, ANNE, ANNE)
    assert claim(store, limit=1) == [first]

    assert claim(store, holder="b") == []
    assert claim(store, holder="a") == []
    send(store, first)
    assert claim(store, holder="b") == [second]


def test_nothing_overtakes_what_waits_for_another_try(store: Store) -> None:
    first, second, other = enqueue(store, ANNE, ANNE, BRUNO)
    claim(store)
    with store.transaction() as db:
        db.outbox.retry_later(first, NOW + HOUR, "telegram.429")

    assert claim(store, NOW + 2 * MINUTE) == [other]  # its lease ran out, Anne's lane sleeps
    assert claim(store, NOW + HOUR) == [first, second, other]
    assert show(store, first).failure == "telegram.429"


def test_what_was_claimed_behind_a_failure_waits_with_it(store: Store) -> None:
    first, second = enqueue(store, ANNE, ANNE)
    assert claim(store) == [first, second]
    with store.transaction() as db:
        db.outbox.retry_later(first, NOW + timedelta(seconds=5), "timeout")

    assert claim(store, NOW + timedelta(seconds=5), holder="b") == [first, second]


def test_what_was_claimed_behind_a_failure_was_not_tried(store: Store) -> None:
    first, second = enqueue(store, ANNE, ANNE)
    claim(store)
    with store.transaction() as db:
        db.outbox.retry_later(first, NOW + HOUR, "timeout")

    assert (show(store, first).attempts, show(store, second).attempts) == (1, 0)


def test_a_holder_at_work_keeps_what_it_holds(store: Store) -> None:
    mine, other = enqueue(store, ANNE, BRUNO)
    claim(store, holder="a", lanes=ANNE)
    claim(store, holder="b", lanes=BRUNO)
    with store.transaction() as db:
        db.outbox.renew([mine, other], "a", NOW + HOUR)

    assert claim(store, NOW + MINUTE, holder="c") == [other]
    assert claim(store, NOW + HOUR, holder="c") == [mine, other]


def test_what_is_sent_later_lets_nobody_by(store: Store) -> None:
    with store.transaction() as db:
        later = db.outbox.add(ANNE, "say", {}, NOW, due_at=NOW + HOUR)
    (after,) = enqueue(store, ANNE)

    assert claim(store) == []
    assert claim(store, NOW + HOUR) == [later, after]


def test_what_is_given_up_lets_the_others_by_and_is_seen(store: Store) -> None:
    first, second = enqueue(store, ANNE, ANNE)
    claim(store)
    with store.transaction() as db:
        db.outbox.bury(first, "telegram.400", NOW)
        db.outbox.mark_sent([second], NOW)
        (buried,) = db.outbox.rows(OutboxState.BURIED)
        (sent,) = db.outbox.rows(OutboxState.SENT)
        assert db.outbox.rows(OutboxState.WAITING) == ()
        assert len(db.outbox.rows()) == 2

    assert (buried.id, buried.failure, buried.state) == (first, "telegram.400", OutboxState.BURIED)
    assert (sent.id, sent.state) == (second, OutboxState.SENT)


def test_the_operator_revives_what_was_buried(store: Store) -> None:
    (entry,) = enqueue(store, ANNE)
    claim(store)
    with store.transaction() as db:
        db.outbox.bury(entry, "smtp.550", NOW)
    with store.transaction() as db:
        assert db.outbox.revive(entry, NOW + DAY)
        assert not db.outbox.revive(entry, NOW + DAY)

    assert claim(store, NOW + DAY) == [entry]


def test_a_key_is_used_once(store: Store) -> None:
    with store.transaction() as db:
        first = db.outbox.add("glpi", "create", {"n": 1}, NOW, key="PEPS-2026-000001/create")
    with store.transaction() as db:
        again = db.outbox.add("glpi", "create", {"n": 2}, NOW, key="PEPS-2026-000001/create")

    assert again == first
    assert show(store, first).payload == {"n": 1}


def test_a_key_used_by_two_at_once_is_one_row(store: Store) -> None:
    ids: list[int] = []

    def enqueue_once() -> None:
        with store.transaction() as db:
            ids.append(db.outbox.add("glpi", "create", {}, NOW, key="same"))

    run_together(*[enqueue_once] * 4)

    assert len(set(ids)) == 1
    assert claim(store) == ids[:1]


def test_lanes_are_chosen_by_how_their_names_begin(store: Store) -> None:
    chat, _, mail, _ = enqueue(store, ANNE, "telegram_2:1", "email", "email2")

    assert claim(store, lanes="telegram:") == [chat]
    assert claim(store, lanes="%:") == []
    assert claim(store, lanes="telegram") == []
    assert claim(store, lanes="email") == [mail]


def test_a_long_lane_does_not_take_all(store: Store) -> None:
    ids = enqueue(store, *[ANNE] * 20, BRUNO)

    assert claim(store) == [*ids[:LANE_SHARE], ids[-1]]
    assert len(claim(store, NOW + HOUR, limit=3)) == 3


def test_no_row_is_claimed_by_two(store: Store) -> None:
    """Four processes at forty lanes: each row once, each lane in its order."""
    ids = enqueue(store, *[f"telegram:{n % 40}" for n in range(120)])
    sent: list[int] = []
    guard = threading.Lock()

    def work(holder: str) -> None:
        while len(sent) < len(ids):
            claimed = claim(store, holder=holder, limit=7)
            with guard:
                sent.extend(claimed)
            send(store, *claimed)

    run_together(*(lambda n=n: work(f"process-{n}") for n in range(4)))

    assert sorted(sent) == ids
    for lane in range(40):
        in_lane = [entry for entry in sent if ids.index(entry) % 40 == lane]
        assert in_lane == sorted(in_lane)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_the_first_of_a_lane_in_another_hand_holds_its_lane(store: Store) -> None:
    """The other has claimed and not committed: its lane is skipped, not overtaken."""
    mine, _, other = enqueue(store, ANNE, ANNE, BRUNO)
    with store.transaction() as db:
        db.outbox.claim(NOW, holder="a", limit=1, lease=MINUTE, lanes=ANNE)
        assert claim(store, holder="b") == [other]

    assert claim(store, NOW + MINUTE, holder="c")[0] == mine


def test_one_rows_payload_does_not_open_as_anothers(store: Store, engine: Engine) -> None:
    first, second = enqueue(store, ANNE, BRUNO)
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE outbox SET payload_sealed = (SELECT o.payload_sealed FROM outbox o "
                "WHERE o.id = :first) WHERE id = :second"
            ),
            {"first": first, "second": second},
        )

    with pytest.raises(SealError):
        show(store, second)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_sent_rows_are_not_read_when_the_next_are_looked_for(store: Store, engine: Engine) -> None:
    said: list[tuple[str, Any]] = []
    event.listen(engine, "before_cursor_execute", lambda *args: said.append((args[2], args[3])))
    claim(store)
    heads, values = next(one for one in said if "row_number" in one[0])
    with engine.connect() as connection:
        plan = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {heads}", values)

    indexes = " ".join(str(step[3]) for step in plan.fetchall())
    assert "SCAN outbox USING INDEX ix_outbox_lane" in indexes
