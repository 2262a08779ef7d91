"""A reminder on its way: looked at again before it leaves, by whatever it leaves."""

from datetime import timedelta

import pytest
from connectors.worlds import MailWorld
from support.registers import ANNE, BRUNO, CHLOE, SCHOOLS, TODAY, TOWN, an_account, an_administrator
from support.reminded import NOW, Scene

from bot.background.email_delivery import EmailDelivery
from bot.background.sender import Deliverer, DeliveryRecorder, RecheckedDeliverer
from bot.connectors.email import Mailer
from bot.domain.account_changes import AnnounceDeparture, DeleteAccount, EditAccount, RenewAccounts
from bot.domain.delivery import (
    Delivered,
    DeliveryResult,
    OutboxMessage,
    OutboxState,
    Refused,
    RetryLater,
    Withdrawn,
)
from bot.monitoring.doctor import check_everything
from bot.storage.store import DatabaseThread

RENEWED = TODAY + timedelta(days=540)


class RecordingChannel(Deliverer):
    """Delivers everything, and keeps what it delivered."""

    def __init__(self) -> None:
        self.delivered: list[OutboxMessage] = []

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        self.delivered.append(row)
        return Delivered()


async def leave(scene: Scene, channel: RecordingChannel, now=NOW) -> list[DeliveryResult]:
    """Everything that waits tries to leave, until nothing waits."""
    db_thread = DatabaseThread(scene.app.store)
    deliverer = RecheckedDeliverer(channel, scene.app.reminder_messages, db_thread, lambda: now)
    recorder = DeliveryRecorder(deliverer)
    results: list[DeliveryResult] = []
    while rows := scene.waiting():
        for row in rows:
            result = await deliverer.deliver(row)
            results.append(result)
            with scene.app.store.transaction() as db:
                recorder.record(db, [(row, result)], now)
    db_thread.close()
    return results


def words(channel: RecordingChannel) -> list[str]:
    return [str(row.payload["text"]) for row in channel.delivered]


def said(channel: RecordingChannel) -> str:
    return "\n".join(words(channel))


async def test_what_still_holds_leaves_as_it_is(scene: Scene) -> None:
    scene.add(an_administrator(ANNE, 400), an_account(CHLOE, 7), seated=(ANNE,))
    scene.remind()
    channel = RecordingChannel()
    assert await leave(scene, channel) == [Delivered()]
    assert "Chloe Martin" in said(channel)


async def test_what_was_renewed_on_the_way_is_taken_out_and_the_rest_leaves_once(
    scene: Scene,
) -> None:
    scene.add(
        an_administrator(ANNE, 400), an_administrator(BRUNO, 400), an_account(CHLOE, 7),
        an_account("dora", 7), seated=(ANNE, BRUNO),
    )  # fmt: skip
    scene.remind()
    scene.change(RenewAccounts(seen={CHLOE: 1}, expires=RENEWED))
    channel = RecordingChannel()
    results = await leave(scene, channel)
    assert results.count(Withdrawn()) == results.count(Delivered()) == 2
    assert "Chloe" not in said(channel)
    assert [str(row.payload["text"]).count("Dora Martin") for row in channel.delivered] == [1, 1]
    assert scene.told() == {("dora", "7")}
    assert scene.remind(TODAY) == 0


class SilentChannel(RecordingChannel):
    """Takes what it is given, and never says so."""

    def __init__(self, *, answers: bool = True) -> None:
        super().__init__()
        self.answers = answers

    async def deliver(self, row: OutboxMessage) -> DeliveryResult:
        self.delivered.append(row)
        if not self.answers:
            raise InterruptedError
        return RetryLater("no_answer", perhaps=True)


async def try_once(scene: Scene, channel: RecordingChannel) -> DeliveryResult | None:
    """The next row tries to leave; None when the process dies over it."""
    (row,) = scene.waiting()
    db_thread = DatabaseThread(scene.app.store)
    deliverer = RecheckedDeliverer(channel, scene.app.reminder_messages, db_thread, lambda: NOW)
    try:
        result = await deliverer.deliver(row)
    except InterruptedError:
        return None
    finally:
        db_thread.close()
    with scene.app.store.transaction() as db:
        DeliveryRecorder(deliverer).record(db, [(row, result)], NOW)
    return result


@pytest.mark.parametrize("answers", [True, False])
async def test_a_reminder_that_may_have_arrived_is_not_told_again(
    scene: Scene, *, answers: bool
) -> None:
    """Whether the line was cut, or the process died over it."""
    scene.add(an_administrator(ANNE, 400), an_account(CHLOE, 7), seated=(ANNE,))
    scene.remind()
    silent = SilentChannel(answers=answers)
    for _ in range(2):
        await try_once(scene, silent)
    channel = RecordingChannel()
    assert await try_once(scene, channel) == Delivered()

    assert [said.count("Chloe Martin") for said in words(silent)] == [1, 0]
    assert "interrompu" in said(channel)
    assert "Chloe" not in said(channel)


async def test_a_reminder_that_did_not_leave_is_tried_again_as_it_is(scene: Scene) -> None:
    scene.add(an_administrator(ANNE, 400), an_account(CHLOE, 7), seated=(ANNE,))
    scene.remind()

    class Closed(RecordingChannel):
        async def deliver(self, row: OutboxMessage) -> DeliveryResult:
            return RetryLater("closed")

    await try_once(scene, Closed())
    channel = RecordingChannel()
    await try_once(scene, channel)
    assert "Chloe Martin" in said(channel)


async def test_nothing_leaves_when_nothing_is_left_to_say(scene: Scene) -> None:
    scene.add(an_administrator(ANNE, 400), an_account(CHLOE, 7), an_account("dora", 7),
              seated=(ANNE,))  # fmt: skip
    scene.remind()
    scene.change(RenewAccounts(seen={CHLOE: 1}, expires=RENEWED))
    scene.change(DeleteAccount(account="dora", seen=1))
    channel = RecordingChannel()
    assert await leave(scene, channel) == [Withdrawn()]
    assert channel.delivered == []
    assert scene.told() == set()


async def test_a_removed_administrator_hears_nothing_of_what_was_on_its_way(scene: Scene) -> None:
    scene.add(
        an_administrator(ANNE, 400), an_administrator(BRUNO, 400), an_account(CHLOE, 7),
        seated=(ANNE, BRUNO),
    )  # fmt: skip
    scene.add(an_administrator("bruno-2", 30), employer=SCHOOLS, seated=("bruno-2",))
    scene.remind()
    scene.change(DeleteAccount(account=BRUNO, seen=1))
    channel = RecordingChannel()
    await leave(scene, channel)
    by_lane = {row.lane: str(row.payload["text"]) for row in channel.delivered}
    assert TOWN.name in by_lane["terminal:anne"]
    assert TOWN.name not in by_lane["terminal:bruno"]
    assert SCHOOLS.name in by_lane["terminal:bruno"]


async def test_who_lost_the_profile_hears_nothing_either(scene: Scene) -> None:
    bruno = an_administrator(BRUNO, 400)
    scene.add(an_administrator(ANNE, 400), bruno, an_account(CHLOE, 7), seated=(BRUNO,))
    scene.remind()
    scene.change(EditAccount(account=an_account(BRUNO, 400)), BRUNO)
    assert await leave(scene, RecordingChannel()) == [Withdrawn()]


async def test_a_promise_to_stay_takes_the_task_back(scene: Scene) -> None:
    scene.add(
        an_administrator(ANNE, 400), an_administrator(BRUNO, 400),
        an_account(CHLOE, 300, leaves=TODAY), seated=(ANNE,),
    )  # fmt: skip
    scene.remind()
    scene.change(AnnounceDeparture(account=CHLOE, leaves=None))
    assert await leave(scene, RecordingChannel()) == [Withdrawn()]


async def test_held_up_over_days_only_what_is_still_open_leaves_and_in_hours(scene: Scene) -> None:
    scene.add(
        an_administrator(ANNE, 400), an_administrator(BRUNO, 400), an_account(CHLOE, 7),
        an_account("dora", 30), seated=(ANNE,),
    )  # fmt: skip
    scene.remind()
    channel = RecordingChannel()
    assert await leave(scene, channel, NOW + timedelta(days=6, hours=12)) == [Withdrawn()]
    assert scene.told() == set()
    scene.remind(TODAY + timedelta(days=1))
    await leave(scene, channel, NOW + timedelta(days=7))
    assert "Chloe" not in said(channel)
    assert "expire dans 23 jours" in said(channel)


async def test_at_a_terminal_it_reads_as_of_the_day_it_is_read(scene: Scene) -> None:
    scene.add(an_administrator(ANNE, 400), an_account(CHLOE, 15), seated=(ANNE,))
    scene.remind()
    (row,) = scene.waiting()
    with scene.app.store.transaction() as db:
        later = NOW + timedelta(days=5, hours=11)
        assert not scene.app.reminder_messages.still_holds(db, row, later, pushed=False)
    assert "expire dans 10 jours" in scene.text(ANNE)


def blocked(scene: Scene, *names: str) -> None:
    """The messages to them came back."""
    with scene.app.store.transaction() as db:
        for row in db.outbox.list(OutboxState.WAITING):
            if row.lane.removeprefix("terminal:") in names:
                db.people.mark_unreachable(row.lane, NOW)
                db.outbox.bury(row.id, "telegram.403", NOW)


def letters(scene: Scene) -> list[OutboxMessage]:
    with scene.app.store.transaction() as db:
        return [r for r in db.outbox.list(OutboxState.WAITING) if r.lane.startswith("mail:")]


async def test_whom_the_chat_does_not_reach_is_written_to(mailing: Scene) -> None:
    mailing.add(an_administrator(ANNE, 400), an_account(CHLOE, 7), seated=(ANNE,))
    mailing.remind()
    blocked(mailing, ANNE)
    assert mailing.remind() == 1
    assert mailing.remind() == 0
    (row,) = letters(mailing)
    assert row.lane == "mail:anne"
    world = MailWorld()
    await world.open()
    mailer = Mailer(server=world.connector.server, sender="Guichet <guichet@mairie-exemple.fr>")
    db_thread = DatabaseThread(mailing.app.store)
    assert (
        await EmailDelivery(mailer, db_thread, mailing.app.helpdesk.tell).deliver(row)
        == Delivered()
    )
    db_thread.close()
    (letter,) = world.postman.letters
    assert letter["To"] == "anne@mairie-exemple.fr"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["X-Auto-Response-Suppress"] == "All"
    assert "dates d'expiration" in letter["Subject"]
    plain, html = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "Chloe Martin" in plain
    assert "Chloe Martin" in html
    assert "Gestion des comptes" in plain
    await world.close()


def test_the_other_administrators_come_before_the_mail(mailing: Scene) -> None:
    mailing.add(
        an_administrator(ANNE, 400), an_administrator(BRUNO, 400), an_account(CHLOE, 7),
        seated=(ANNE, BRUNO),
    )  # fmt: skip
    mailing.remind()
    blocked(mailing, ANNE)
    mailing.remind()
    assert letters(mailing) == []
    assert "Chloe Martin" in mailing.text(BRUNO)


def test_without_a_sender_the_window_stays_due_and_nobody_is_written_to(scene: Scene) -> None:
    scene.add(an_administrator(ANNE, 400), an_account(CHLOE, 7), seated=(ANNE,))
    scene.remind()
    blocked(scene, ANNE)
    assert scene.remind() == 0
    assert letters(scene) == []
    assert scene.told() == set()


def test_the_operator_sees_who_is_not_reached(scene: Scene) -> None:
    scene.add(an_administrator(ANNE, 400), an_account(CHLOE, 7), seated=(ANNE,))
    scene.remind()
    blocked(scene, ANNE)
    with scene.app.store.transaction() as db:
        assert db.accounts.count_unreachable() == 1
        (came_back,) = db.outbox.list(OutboxState.BURIED)
    assert came_back.failure == "telegram.403"
    advice = [one.words for one in check_everything(scene.app.settings, NOW)]
    assert any(words.startswith("1 administrateurs ne sont plus joignables") for words in advice)


def test_a_letter_that_is_refused_for_good_is_not_written_again_and_again(mailing: Scene) -> None:
    mailing.add(an_administrator(ANNE, 400), an_account(CHLOE, 7), seated=(ANNE,))
    mailing.remind()
    blocked(mailing, ANNE)
    mailing.remind()
    (row,) = letters(mailing)
    with mailing.app.store.transaction() as db:
        db.outbox.bury(row.id, "email.550", NOW)
    assert mailing.remind() == 0
    assert (CHLOE, "7") in mailing.told()


async def test_a_letter_is_looked_at_again_as_well(mailing: Scene) -> None:
    mailing.add(an_administrator(ANNE, 400), an_account(CHLOE, 7), seated=(ANNE,))
    mailing.remind()
    blocked(mailing, ANNE)
    mailing.remind()
    (row,) = letters(mailing)
    mailing.change(RenewAccounts(seen={CHLOE: 1}, expires=RENEWED))
    with mailing.app.store.transaction() as db:
        assert not mailing.app.reminder_messages.still_holds(db, row, NOW)
    assert letters(mailing) == []


async def test_what_the_mail_server_answers_is_patience_or_the_end(
    db_thread: DatabaseThread,
) -> None:
    world = MailWorld()
    await world.open()
    mailer = Mailer(server=world.connector.server, sender="a@mairie-exemple.fr")
    deliverer = EmailDelivery(mailer, db_thread, lambda *_: None)
    row = OutboxMessage(
        id=7, lane="mail:anne", kind="letter", state=OutboxState.WAITING, created_at=NOW,
        due_at=NOW, attempts=1,
        payload={"to": "b@mairie-exemple.fr", "subject": "S", "words": "NIR 2 85 06 75 004 123 50"},
    )  # fmt: skip
    world.faults.extend(["450_before", "550_before", "reset_after", ""])
    assert await deliverer.deliver(row) == RetryLater("email.450")
    assert await deliverer.deliver(row) == Refused("email.550")
    assert isinstance(await deliverer.deliver(row), RetryLater)
    assert await deliverer.deliver(row) == Delivered()
    first, second = world.postman.letters
    assert first["Message-ID"] == second["Message-ID"]
    assert "numéro retiré" in second.get_body(("plain",)).get_content()
    assert "75 004" not in second.as_string()
    await world.close()
