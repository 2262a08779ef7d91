"""Alarms: said once for the whole desk, by log and by letter, whatever dies or is away."""

import logging
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from connectors.worlds import MailWorld
from sqlalchemy import text as sql
from support.disk import no_more_bytes

from bot.app import App
from bot.connectors.email import Mailer
from bot.conversation.texts import text
from bot.monitoring.alerts import Alerts, Monitor
from bot.monitoring.health import ConnectionStatus, Health
from bot.storage.database_faults import DatabaseFault

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WORDS = text("alarm.telegram", since="le matin")


@pytest.fixture
async def mailbox() -> AsyncIterator[MailWorld]:
    world = MailWorld()
    await world.open()
    yield world
    await world.close()


class Desk:
    """The processes of a desk, and what they say aloud."""

    def __init__(self, app: App, mailbox: MailWorld, caplog: pytest.LogCaptureFixture) -> None:
        self.app, self.mailbox, self.caplog = app, mailbox, caplog
        self.mailer = Mailer(server=mailbox.connector.server, sender="guichet@mairie-exemple.fr")
        self.now = NOON

    def process(self) -> Alerts:
        return Alerts(self.app.store, "exploitation@mairie-exemple.fr", self.mailer)

    async def look(self, *processes: Alerts, wrong: bool = True, after: timedelta = MINUTE) -> None:
        self.now += after
        for one in processes:
            await one.report("telegram", WORDS, self.now, is_wrong=wrong)

    @property
    def said(self) -> list[str]:
        return [
            "over" if one.getMessage().endswith("terminée") else "alarm"
            for one in self.caplog.records
            if one.name == "bot.monitoring.alerts"
            and one.getMessage().startswith("alarme telegram")
        ]

    @property
    def letters(self) -> int:
        return len(self.mailbox.postman.letters)


@pytest.fixture
def desk(app: App, mailbox: MailWorld, caplog: pytest.LogCaptureFixture) -> Desk:
    caplog.set_level(logging.INFO)
    return Desk(app, mailbox, caplog)


async def test_several_processes_say_it_once_and_write_one_letter(desk: Desk) -> None:
    several = [desk.process() for _ in range(3)]
    for _ in range(5):
        await desk.look(*several)

    assert desk.said == ["alarm"]
    assert desk.letters == 1
    (arrived,) = desk.mailbox.arrived()
    assert arrived.startswith("Guichet : à vérifier\n")
    assert "attendent 24 heures" in arrived
    assert desk.mailbox.postman.letters[0]["To"] == "exploitation@mairie-exemple.fr"

    for _ in range(2):
        await desk.look(*several, wrong=False)
    assert desk.said == ["alarm", "over"]


async def test_a_process_that_starts_anew_does_not_say_it_again(desk: Desk) -> None:
    first = desk.process()
    await desk.look(first)
    await first.release()
    for _ in range(3):
        await desk.look(desk.process())  # none of them gives its lease back: they were killed

    assert desk.said == ["alarm"]
    assert desk.letters == 1
    await desk.look(desk.process(), wrong=False, after=timedelta(hours=1))
    assert desk.said == ["alarm", "over"]


async def test_what_lasts_is_said_again_every_day(desk: Desk) -> None:
    one = desk.process()
    for _ in range(50):
        await desk.look(one, after=timedelta(hours=1))

    assert desk.said == ["alarm"] * 3
    assert desk.letters == 3


async def test_a_letter_that_is_not_taken_is_tried_until_it_is(desk: Desk) -> None:
    desk.mailbox.faults.extend(["450_before", "450_before"])
    one = desk.process()
    for _ in range(5):
        await desk.look(one)

    assert desk.said == ["alarm"]
    assert desk.letters == 1


async def test_without_the_register_it_is_said_all_the_same(desk: Desk) -> None:
    with desk.app.store.engine.begin() as connection:
        connection.execute(sql("ALTER TABLE lease RENAME TO elsewhere"))
    one = desk.process()
    for _ in range(3):
        await desk.look(one)
    await desk.look(one, wrong=False)

    assert desk.said == ["alarm", "over"]
    assert desk.letters == 1


async def test_an_hour_without_telegram_reaches_the_operator_by_mail(
    desk: Desk, mailbox: MailWorld
) -> None:
    clock = [NOON.replace(hour=2)]
    connection = ConnectionStatus(clock=lambda: clock[0])
    settings = desk.app.settings.model_copy(update={"alarm_to": "astreinte@exemple.fr"})
    health = Health(desk.app, connection, clock=lambda: clock[0])

    async def ask() -> None:
        connection.missed()
        raise OSError

    monitors = [Monitor(health, settings, ping=ask, mailer=desk.mailer) for _ in range(2)]
    for minute in range(70):
        for monitor in monitors:
            await monitor.look()
        assert desk.letters == (minute >= 60)
        clock[0] += MINUTE

    assert "depuis le 03/03/2026 02:00 UTC" in mailbox.arrived()[0]
    assert mailbox.postman.letters[0]["To"] == "astreinte@exemple.fr"


async def test_a_database_that_takes_nothing_in_is_said_with_the_cause_and_its_end(
    desk: Desk,
) -> None:
    clock = [NOON]
    monitor = Monitor(Health(desk.app, clock=lambda: clock[0]), desk.app.settings)
    await monitor.look()
    with no_more_bytes():
        for _ in range(5):
            clock[0] += MINUTE
            await monitor.look()
    clock[0] += MINUTE
    await monitor.look()

    ours = [one for one in desk.caplog.records if one.name == "bot.monitoring.alerts"]
    said = [one.getMessage() for one in ours if "alarme database" in one.getMessage()]
    assert len(said) == 2
    assert "n'enregistre plus rien" in said[0]
    assert "df, dmesg" in said[0]
    assert said[1] == "alarme database : terminée"
    failures = [one for one in ours if one.getMessage().startswith("alarms: ")]
    assert len(failures) <= 2  # what repeats is counted, not written


async def test_a_lock_is_said_to_be_one(desk: Desk) -> None:
    other = sqlite3.connect(desk.app.settings.data_dir / "guichet.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    facts = await Health(desk.app, clock=lambda: NOON).facts()
    other.execute("ROLLBACK")
    other.close()

    assert facts.fault is DatabaseFault.LOCKED
    assert facts.condition is not None
    assert (await Health(desk.app, clock=lambda: NOON).facts()).fault is None


async def test_what_could_have_left_an_hour_ago_is_an_alarm(desk: Desk) -> None:
    with desk.app.store.transaction() as db:
        db.outbox.add("telegram:1", "say", {}, NOON - timedelta(hours=1))
    monitor = Monitor(Health(desk.app, clock=lambda: NOON), desk.app.settings)
    await monitor.look()
    await monitor.look()

    said = [one.getMessage() for one in desk.caplog.records if "alarme outbox" in one.getMessage()]
    (words,) = said
    assert "1 envois attendent, le plus ancien depuis le 03/03/2026 11:00 UTC" in words
    assert "guichet outbox list" in words


async def test_who_reveals_more_in_a_day_than_anybody_needs_is_looked_at(desk: Desk) -> None:
    def reveal(who: str, count: int, at: datetime) -> None:
        with desk.app.store.transaction() as db:
            for number in range(count):
                db.audit_log.add(who, "ticket.revealed", f"PEPS-2026-{number:06}", "motif", at)

    most = desk.app.settings.reveals_a_day
    monitor = Monitor(Health(desk.app, clock=lambda: NOON), desk.app.settings)
    reveal("local:anne", most, NOON - timedelta(hours=2))
    reveal("local:luc", most + 1, NOON - timedelta(days=2))
    await monitor.look()
    assert "alarme reveals" not in desk.caplog.text

    reveal("local:anne", 1, NOON)
    await monitor.look()
    await monitor.look()
    (words,) = [one for one in desk.caplog.messages if "alarme reveals" in one]
    assert "local:anne" in words
    assert str(most + 1) in words
