"""Alarms: said once for the whole desk, by log and by letter, whatever dies or is away."""

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from connectors.worlds import MailWorld
from sqlalchemy import text as sql

from bot.app import App
from bot.connectors.email import Mailer
from bot.conversation.texts import text
from bot.monitoring.alerts import Alerts, Monitor
from bot.monitoring.health import ConnectionStatus, Health

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
            "over" if one.getMessage().endswith("over") else "alarm"
            for one in self.caplog.records
            if one.name == "bot.monitoring.alerts" and one.getMessage().startswith("alarm telegram")
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
