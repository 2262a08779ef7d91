"""The outbox: nothing is lost, nothing overtakes in its lane, a dead holder holds nothing up."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, event, text
from storage.samples import DAY, HOUR, NOW
from storage.together import run_together

from bot.domain.delivery import OutboxMessage, OutboxState, OutgoingMessage, Priority
from bot.storage.encryption import Encryption
from bot.storage.keys import make_keys
from bot.storage.outbox import CHANGED, NO_KEY
from bot.storage.store import Store

MINUTE = timedelta(minutes=1)
ANNE, BRUNO, CHLOE = "telegram:1", "telegram:2", "telegram:3"


def add(store: Store, *lanes: str, priority: Priority = Priority.DIALOGUE) -> list[int]:
    with store.transaction() as db:
        return [
            db.outbox.add(lane, "say", {"n": n}, NOW, priority=priority)
            for n, lane in enumerate(lanes)
        ]


def claim(
    store: Store,
    now: datetime = NOW,
    *,
    holder: str = "a",
    limit: int = 100,
    lanes: str = "",
    least: Priority = Priority.BULK,
) -> list[int]:
    with store.transaction() as db:
        rows = db.outbox.claim(
            now, holder=holder, limit=limit, lease=MINUTE, lanes=lanes, least=least
        )
    return [row.id for row in rows]


def send(store: Store, *ids: int) -> None:
    with store.transaction() as db:
        db.outbox.mark_sent(ids, NOW)


def show(store: Store, entry_id: int) -> OutboxMessage:
    with store.transaction() as db:
        row = db.outbox.get(entry_id)
    assert row is not None
    return row


def everything(store: Store, now: datetime = NOW) -> list[int]:
    """What leaves, in order, when each message arrives at once."""
    left: list[int] = []
    while ids := claim(store, now, limit=1):
        send(store, *ids)
        left += ids
    return left


def test_what_was_put_in_comes_out_in_order(store: Store) -> None:
    ids = add(store, ANNE, BRUNO, ANNE)

    with store.transaction() as db:
        first, other = db.outbox.claim(NOW, holder="a", limit=100, lease=MINUTE)
        assert [first.id, other.id] == ids[:2]
        assert (first.lane, first.kind, first.payload) == (ANNE, "say", {"n": 0})
        assert (first.attempts, first.state) == (1, OutboxState.WAITING)
        db.outbox.mark_sent([first.id, other.id], NOW)

    assert claim(store) == ids[2:]


def test_the_replies_of_turns_leave_in_the_order_of_the_turns(store: Store) -> None:
    with store.transaction() as db:
        for words in ("un", "deux"):
            both = [OutgoingMessage("say", {"text": f"{words} {n}"}) for n in (1, 2)]
            db.outbox.add_all(ANNE, both, NOW)
        db.outbox.add(ANNE, "say", {"text": "trois"}, NOW)

    with store.read() as db:
        texts = {one.id: one.payload["text"] for one in db.outbox.list()}
    assert [texts[one] for one in everything(store)] == [
        "un 1",
        "un 2",
        "deux 1",
        "deux 2",
        "trois",
    ]


def test_what_is_sent_is_not_sent_again(store: Store) -> None:
    send(store, *add(store, ANNE, BRUNO))

    assert claim(store, NOW + HOUR) == []


def test_what_was_sent_does_not_leave_again_in_sql(store: Store) -> None:
    (entry,) = add(store, ANNE)
    send(store, entry)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE outbox SET sent_at = NULL"))

    assert claim(store) == []
    shown = show(store, entry)
    assert (shown.state, shown.failure, shown.payload) == (OutboxState.BURIED, CHANGED, {})


def test_a_turn_that_fails_sends_nothing(store: Store) -> None:
    with store.transaction() as db:
        with pytest.raises(RuntimeError), db.savepoint():  # noqa: PT012 - it fails last
            db.outbox.add(ANNE, "say", {}, NOW)
            raise RuntimeError
        kept = db.outbox.add(ANNE, "sorry", {}, NOW)

    assert claim(store) == [kept]


def test_a_commit_tells_its_lanes_and_what_is_rolled_back_tells_nobody(store: Store) -> None:
    told: list[frozenset[str]] = []
    store.subscribe(told.append)
    add(store, ANNE, BRUNO)
    with pytest.raises(RuntimeError), store.transaction() as db:  # noqa: PT012
        db.outbox.add(ANNE, "say", {}, NOW)
        raise RuntimeError
    claim(store)
    assert told == [frozenset({ANNE, BRUNO})]

    store.unsubscribe(told.append)
    add(store, ANNE)
    assert len(told) == 1


def test_what_is_leased_is_nobody_elses_until_the_lease_runs_out(store: Store) -> None:
    ids = add(store, ANNE)

    assert claim(store, holder="a") == ids
    assert claim(store, NOW + MINUTE / 2, holder="b") == []
    assert claim(store, NOW + MINUTE, holder="b") == ids
    assert show(store, ids[0]).attempts == 2


def test_nothing_overtakes_what_is_still_out(store: Store) -> None:
    first, second = add(store, ANNE, ANNE)
    assert claim(store) == [first]

    assert claim(store, holder="b") == []
    assert claim(store, holder="a") == []
    send(store, first)
    assert claim(store, holder="b") == [second]


def test_nothing_overtakes_what_waits_for_another_try(store: Store) -> None:
    first, second, other = add(store, ANNE, ANNE, BRUNO)
    claim(store)
    with store.transaction() as db:
        db.outbox.retry_later(first, NOW + HOUR, "telegram.429")

    assert claim(store, NOW + 2 * MINUTE) == [other]  # its lease ran out, Anne's lane sleeps
    send(store, other)
    assert everything(store, NOW + HOUR) == [first, second]
    assert show(store, first).failure == "telegram.429"


def test_an_answer_asked_for_later_does_not_overtake(store: Store) -> None:
    """An advisor's reply waits while Telegram is away; the requester asks twice meanwhile."""
    with store.transaction() as db:
        reply = db.outbox.add(ANNE, "say", {"rows": [["Répondre"]]}, NOW)
    claim(store)
    with store.transaction() as db:
        db.outbox.retry_later(reply, NOW + MINUTE, "telegram.502")
    later = [*add(store, ANNE), *add(store, ANNE)]

    assert everything(store, NOW + MINUTE) == [reply, *later]
    assert show(store, reply).priority is Priority.DIALOGUE


def test_what_was_claimed_and_not_tried_goes_back_as_it_was(store: Store) -> None:
    (first,) = add(store, ANNE)
    claim(store)
    with store.transaction() as db:
        db.outbox.give_back([first])

    assert show(store, first).attempts == 0
    assert claim(store, holder="b") == [first]


def test_a_holder_at_work_keeps_what_it_holds(store: Store) -> None:
    mine, other = add(store, ANNE, BRUNO)
    claim(store, holder="a", lanes=ANNE)
    claim(store, holder="b", lanes=BRUNO)
    with store.transaction() as db:
        db.outbox.renew([mine, other], "a", NOW + 3 * MINUTE)

    assert claim(store, NOW + MINUTE, holder="c") == [other]
    assert claim(store, NOW + HOUR, holder="c") == [mine, other]


def test_what_a_holder_had_that_is_gone_is_free_at_once(store: Store) -> None:
    gone, alive = add(store, ANNE, BRUNO)
    claim(store, holder="gone", lanes=ANNE)
    claim(store, holder="alive", lanes=BRUNO)
    with store.transaction() as db:
        assert sorted(db.outbox.holders(NOW)) == ["alive", "gone"]
        db.outbox.release("gone")
        assert db.outbox.holders(NOW) == ("alive",)

    assert claim(store) == [gone]
    assert claim(store, NOW + MINUTE, lanes=BRUNO) == [alive]


def test_what_is_meant_for_later_lets_the_others_pass_until_then(store: Store) -> None:
    """A NIR that was shown is erased two minutes later; the conversation goes on meanwhile."""
    with store.transaction() as db:
        erase = db.outbox.add(ANNE, "erase", {}, NOW, due_at=NOW + 2 * MINUTE)
    answer, another = add(store, ANNE, ANNE)

    assert claim(store) == [answer]
    send(store, answer)
    assert everything(store, NOW + 2 * MINUTE) == [erase, another]


def test_what_was_meant_for_later_holds_its_lane_once_it_was_tried(store: Store) -> None:
    with store.transaction() as db:
        erase = db.outbox.add(ANNE, "erase", {}, NOW, due_at=NOW + MINUTE)
    (after,) = add(store, ANNE)
    with store.transaction() as db:
        db.outbox.mark_sent([after], NOW)
    assert claim(store, NOW + MINUTE) == [erase]
    with store.transaction() as db:
        db.outbox.retry_later(erase, NOW + HOUR, "telegram.500")
    add(store, ANNE)

    assert claim(store, NOW + 3 * MINUTE) == []


BACK = [timedelta(minutes=20), HOUR, DAY]


@pytest.mark.parametrize("back", BACK)
def test_what_was_never_tried_leaves_although_the_clock_went_back(
    store: Store, back: timedelta
) -> None:
    ids = add(store, ANNE, ANNE)

    assert everything(store, NOW - back) == ids


@pytest.mark.parametrize("back", [HOUR, DAY])
def test_what_waits_for_another_try_leaves_although_the_clock_went_back(
    store: Store, back: timedelta
) -> None:
    first, second = add(store, ANNE, ANNE)
    claim(store)
    with store.transaction() as db:
        db.outbox.retry_later(first, NOW + MINUTE, "500")
    now = NOW - back

    assert claim(store, now) == [first]
    with store.transaction() as db:  # under the new clock it waits as long as it has to, no more
        db.outbox.retry_later(first, now + MINUTE, "500")
    assert claim(store, now) == []
    assert everything(store, now + MINUTE) == [first, second]


@pytest.mark.parametrize("back", BACK)
def test_what_is_leased_is_free_although_the_clock_went_back(store: Store, back: timedelta) -> None:
    ids = add(store, ANNE)
    claim(store)

    assert claim(store, NOW - back) == ids


@pytest.mark.parametrize("back", BACK)
def test_what_is_meant_for_later_does_not_wait_for_the_clock_that_went_back(
    store: Store, back: timedelta
) -> None:
    """A NIR that was shown is erased too soon rather than a day late."""
    with store.transaction() as db:
        erase = db.outbox.add(ANNE, "erase", {}, NOW, due_at=NOW + MINUTE)

    assert claim(store, NOW) == []
    assert claim(store, NOW - timedelta(seconds=30)) == []  # two machines, two clocks
    assert claim(store, NOW - back) == [erase]


def test_the_most_urgent_lane_goes_first_and_no_lane_changes_its_order(store: Store) -> None:
    many = add(store, ANNE, BRUNO, CHLOE, priority=Priority.BULK)
    answer, erase = add(store, CHLOE, "telegram:4")
    (erase,) = add(store, "telegram:5", priority=Priority.AT_ONCE)

    assert everything(store)[:4] == [erase, many[2], answer, erase - 1]
    assert everything(store) == []
    assert [show(store, one).state for one in many] == [OutboxState.SENT] * 3


def test_who_has_enough_in_hand_claims_only_lanes_that_are_waited_for(store: Store) -> None:
    reminder, behind = add(store, ANNE, BRUNO, priority=Priority.BULK)
    (answer,) = add(store, BRUNO)

    assert claim(store, least=Priority.DIALOGUE) == [behind]
    assert show(store, behind).priority is Priority.DIALOGUE
    send(store, behind)
    assert claim(store, least=Priority.DIALOGUE) == [answer]
    assert claim(store) == [reminder]


def test_what_is_given_up_lets_the_others_by_and_is_seen(store: Store) -> None:
    first, second = add(store, ANNE, ANNE)
    claim(store)
    with store.transaction() as db:
        db.outbox.bury(first, "telegram.400", NOW)
        db.outbox.mark_sent([second], NOW)
        (buried,) = db.outbox.list(OutboxState.BURIED)
        (sent,) = db.outbox.list(OutboxState.SENT)
        assert db.outbox.list(OutboxState.WAITING) == ()
        assert len(db.outbox.list()) == 2

    assert (buried.id, buried.failure, buried.state) == (first, "telegram.400", OutboxState.BURIED)
    assert (sent.id, sent.state) == (second, OutboxState.SENT)


def test_the_operator_revives_what_was_buried(store: Store) -> None:
    (entry,) = add(store, ANNE)
    claim(store)
    with store.transaction() as db:
        db.outbox.bury(entry, "smtp.550", NOW)
    with store.transaction() as db:
        assert db.outbox.revive(entry, NOW + DAY)
        assert not db.outbox.revive(entry, NOW + DAY)

    assert claim(store, NOW + DAY) == [entry]


def test_a_key_is_used_once(store: Store) -> None:
    key = "PEPS-2026-000001/create"
    with store.transaction() as db:
        first = db.outbox.add("glpi", "create", {"n": 1}, NOW, key=key)
    with store.transaction() as db:
        again = db.outbox.add("glpi", "create", {"n": 2}, NOW, key=key)

    assert again == first
    assert show(store, first).payload == {"n": 1}


def test_a_key_used_by_two_at_once_is_one_row(store: Store) -> None:
    ids: list[int] = []

    def add_once() -> None:
        with store.transaction() as db:
            ids.append(db.outbox.add("glpi", "create", {}, NOW, key="same"))

    run_together(*[add_once] * 4)

    assert len(set(ids)) == 1
    assert claim(store) == ids[:1]


def test_lanes_are_chosen_by_how_their_names_begin(store: Store) -> None:
    chat, _, mail, _ = add(store, ANNE, "telegram_2:1", "email", "email2")

    assert claim(store, lanes="telegram:") == [chat]
    assert claim(store, lanes="%:") == []
    assert claim(store, lanes="telegram") == []
    assert claim(store, lanes="email") == [mail]


def test_of_a_lane_one_message_at_a_time_and_of_all_as_many_as_are_asked_for(store: Store) -> None:
    ids = add(store, *[ANNE] * 20, BRUNO, CHLOE)

    assert claim(store, limit=2) == [ids[0], ids[-2]]
    assert claim(store) == [ids[-1]]


def test_no_row_is_claimed_by_two(store: Store) -> None:
    """Four processes at forty lanes: each row once, each lane in its order."""
    ids = add(store, *[f"telegram:{n % 40}" for n in range(120)])
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
    mine, _, other = add(store, ANNE, ANNE, BRUNO)
    with store.transaction() as db:
        db.outbox.claim(NOW, holder="a", limit=1, lease=MINUTE, lanes=ANNE)
        assert claim(store, holder="b") == [other]

    assert claim(store, NOW + MINUTE, holder="c")[0] == mine


def test_one_rows_payload_does_not_open_as_anothers(store: Store, engine: Engine) -> None:
    first, second = add(store, ANNE, BRUNO)
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE outbox SET payload_sealed = (SELECT o.payload_sealed FROM outbox o "
                "WHERE o.id = :first) WHERE id = :second"
            ),
            {"first": first, "second": second},
        )

    assert show(store, second).failure == CHANGED
    assert show(store, second).payload == {}


@pytest.mark.parametrize(
    "change",
    ["lane = 'telegram:666'", "kind = 'fetch'", "lane = 'x', seal_id = replace(seal_id, '1', 'x')"],
)
def test_a_message_whose_destination_was_changed_reaches_nobody(
    store: Store, engine: Engine, change: str
) -> None:
    first, second = add(store, ANNE, BRUNO)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE outbox SET {change} WHERE id = :id"), {"id": first})

    assert claim(store) == [second]

    shown = show(store, first)
    assert (shown.state, shown.failure, shown.payload) == (OutboxState.BURIED, CHANGED, {})


def test_a_message_whose_key_is_not_held_waits_for_it(store: Store, engine: Engine) -> None:
    (first,) = add(store, ANNE)
    elsewhere = Store(engine, Encryption(make_keys()))
    (second,) = add(elsewhere, BRUNO)

    assert claim(elsewhere) == [second]
    assert (show(elsewhere, first).state, show(elsewhere, first).failure) == (
        OutboxState.WAITING,
        NO_KEY,
    )
    assert claim(store, NOW + HOUR) == [first]


def test_a_claim_is_one_statement(store: Store, engine: Engine) -> None:
    add(store, ANNE, BRUNO)
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    claim(store)

    assert len([one for one in said if "outbox" in one]) == 1


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_sent_rows_are_not_read_when_the_next_are_looked_for(store: Store, engine: Engine) -> None:
    said: list[tuple[str, tuple[object, ...]]] = []
    event.listen(engine, "before_cursor_execute", lambda *args: said.append((args[2], args[3])))
    claim(store)
    statement, values = next(one for one in said if "outbox" in one[0])
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        plan = cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()

    steps = [str(step[3]) for step in plan]
    assert [one for one in steps if "SCAN" in one and "USING" not in one and "row_" in one] == []
    assert any("row_ USING INDEX ix_outbox_" in one for one in steps), steps
