"""Seen from outside: reasons, metrics and alarms, and nothing personal in any of them."""

import asyncio
import logging
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import text
from support.disk import no_more_bytes

from bot.app import App
from bot.domain.account import Account, AccountRole, Holder
from bot.domain.people import Employer
from bot.domain.reminder_rules import ReminderCalendar
from bot.monitoring.alerts import Monitor
from bot.monitoring.health import ConnectionStatus, Health, HealthCheck, HealthFacts, check_health
from bot.monitoring.metrics import HealthEndpoint
from bot.services.reminders import DailyReminders
from bot.storage.keys import make_key
from bot.storage.statistics import Condition

TUESDAY = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)  # 11 h in Paris, no holiday
CALENDAR = ReminderCalendar()
SECRET = "Zéphyrine Canari"
HOLDER = Holder(last_name=SECRET, first_name=SECRET, email="zephyrine@canari.example")
MAIRIE = Employer("21750001600019", f"Mairie de {SECRET}")
FINE = Condition(
    waiting=0,
    oldest=None,
    buried=0,
    kept_aside=0,
    unreachable_administrators=0,
    filed=0,
    last_reminders=TUESDAY,
    last_backup=TUESDAY,
)


def found(
    *, overlooked: int = 0, at: datetime = TUESDAY, **changes: object
) -> dict[str, HealthCheck]:
    facts = HealthFacts(
        now=at,
        condition=replace(FINE, **changes),
        overlooked=overlooked,
        told_yesterday=0,
        key=replace(make_key(), made_at=TUESDAY),
    )
    return {check.name: check for check in check_health(facts, None, CALENDAR)}


def test_a_quiet_desk_is_well() -> None:
    assert all(check.good for check in found().values())


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("oldest_unsent", {"oldest": TUESDAY - timedelta(hours=1)}),
        ("backlog", {"waiting": 20_001}),
        ("reminders", {"last_reminders": TUESDAY - timedelta(minutes=31)}),
        ("reminders", {"last_reminders": None}),
        ("reminders", {"overlooked": 1}),
        ("buried", {"buried": 1}),
        ("keys", {"at": TUESDAY + timedelta(days=731)}),
        ("backup", {"last_backup": None}),
        ("backup", {"last_backup": TUESDAY - timedelta(days=2, minutes=1)}),
    ],
)
def test_what_is_wrong_is_named_and_nothing_else(name: str, changes: dict[str, object]) -> None:
    checks = found(**changes)  # type: ignore[arg-type]

    assert not checks[name].good
    if "at" not in changes:
        assert all(check.good for check in checks.values() if check.name != name)


def test_nobody_expects_reminders_at_night() -> None:
    night = TUESDAY + timedelta(hours=12)

    assert found(at=night, last_reminders=TUESDAY, overlooked=3)["reminders"].good


def test_telegram_may_be_silent_for_a_moment() -> None:
    clock = [TUESDAY]
    connection = ConnectionStatus(clock=lambda: clock[0])
    facts = HealthFacts(
        now=TUESDAY + timedelta(minutes=4),
        condition=FINE,
        overlooked=0,
        told_yesterday=0,
        key=make_key(),
    )

    def is_good(after: timedelta) -> bool:
        checks = check_health(replace(facts, now=TUESDAY + after), connection, CALENDAR)
        return next(check for check in checks if check.name == "telegram").good

    connection.missed()
    assert is_good(timedelta(minutes=4))
    assert not is_good(timedelta(minutes=5))
    connection.answered()
    assert is_good(timedelta(minutes=5))


def register(app: App, expires: datetime) -> None:
    """An administrator of an employer whose account expires."""
    account = Account(
        id="a1",
        identifier="A001",
        holder=HOLDER,
        role=AccountRole.ADMINISTRATOR,
        expires=expires.date(),
        origin=HOLDER,
    )
    with app.store.transaction() as db:
        db.accounts.add_employer(MAIRIE, TUESDAY)
        before = db.accounts.load(MAIRIE.siret)
        assert before is not None
        db.accounts.save(before, replace(before, accounts=(account,)), TUESDAY)
        person = db.people.of("terminal:anne", TUESDAY)
        db.accounts.link("a1", MAIRIE.siret, person.id, TUESDAY)


async def test_reminders_that_were_due_yesterday_and_did_not_leave_are_noticed(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    register(app, TUESDAY + timedelta(days=29))
    with app.store.transaction() as db:
        db.condition.note_done("reminders", TUESDAY)
    health = Health(app, clock=lambda: TUESDAY)
    monitor = Monitor(health, app.settings)
    caplog.set_level(logging.INFO)

    assert (await health.facts()).overlooked == 1
    await monitor.look()
    await monitor.look()
    assert DailyReminders(app.helpdesk.config, app.settings.calendar).run(TUESDAY) > 0
    await monitor.look()

    ours = ("bot.monitoring.alerts",)
    said = [one.getMessage() for one in caplog.records if one.name in ours]
    assert len(said) == 3
    assert said[0].startswith("alarme reminders")
    assert said[1] == "alarme reminders : terminée"
    assert said[2].startswith("rappels : dernier tour")
    assert (await health.facts()).overlooked == 0


async def test_who_has_just_started_is_not_late_with_a_round(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [TUESDAY]
    monitor = Monitor(Health(app, clock=lambda: clock[0]), app.settings)
    for _ in range(3):
        await monitor.look()
        clock[0] += timedelta(minutes=14)
    assert "alarm" not in caplog.text

    clock[0] += timedelta(minutes=14)
    await monitor.look()
    assert "Aucun tour de rappels" in caplog.text
    assert "0 étaient dus" not in caplog.text


async def test_an_hour_without_telegram_is_an_alarm_once(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [TUESDAY.replace(hour=2)]
    connection = ConnectionStatus(clock=lambda: clock[0])
    asked: list[datetime] = []

    async def ask() -> None:
        asked.append(clock[0])
        connection.missed()
        raise OSError

    monitor = Monitor(Health(app, connection, clock=lambda: clock[0]), app.settings, ping=ask)
    for _ in range(70):
        await monitor.look()
        clock[0] += timedelta(minutes=1)
    connection.answered()
    await monitor.look()

    said = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
    assert len(asked) == 70
    assert len(said) == 2
    assert "24 heures" in said[0]
    assert said[1] == "alarme telegram : terminée"


async def test_health_and_metrics_say_what_is_wrong_and_nothing_personal(app: App) -> None:
    register(app, TUESDAY + timedelta(days=29))
    with app.store.transaction() as db:
        db.outbox.add("terminal:anne", "say", {"text": SECRET}, TUESDAY - timedelta(hours=2))
        db.condition.note_done("reminders", TUESDAY)
    health = Health(app, ConnectionStatus(), clock=lambda: TUESDAY)
    server = TestServer(HealthEndpoint(health, app.settings).application())
    async with TestClient(server) as client:
        answer = await client.get("/healthz")
        said = await answer.json()
        metrics = await (await client.get("/metrics")).text()

    assert answer.status == 503
    wrong = {check["name"] for check in said["checks"] if not check["good"]}
    assert wrong == {"oldest_unsent", "reminders", "backup"}
    assert 'guichet_well{check="database"} 1.0' in metrics
    assert "guichet_outbox_waiting 1.0" in metrics
    assert "guichet_outbox_oldest_seconds 7200.0" in metrics
    assert "process_resident_memory_bytes" in metrics
    for secret in (SECRET, "anne", MAIRIE.siret, "A001"):
        assert secret not in metrics
        assert secret not in str(said)


async def test_a_database_that_does_not_answer_is_a_reason(app: App) -> None:
    with app.store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE outbox RENAME TO elsewhere"))
    health = Health(app, clock=lambda: TUESDAY)

    checks = {check.name: check for check in await health.checks()}

    assert not checks["database"].good
    async with TestClient(TestServer(HealthEndpoint(health, app.settings).application())) as client:
        assert (await client.get("/healthz")).status == 503
        assert (await client.get("/metrics")).status == 200


async def test_a_database_that_takes_nothing_in_is_not_well(app: App) -> None:
    """The disk takes no byte more: everything can be read, and no commit succeeds."""
    minutes = count()
    health = Health(app, clock=lambda: TUESDAY + timedelta(minutes=next(minutes)))
    assert (await health.facts()).fault is None
    with no_more_bytes():
        checks = {check.name: check for check in await health.checks()}
        assert not checks["database"].good
        assert checks["database"].why == "disk"
        assert not await well_over_http(health, app)
    assert await well_over_http(health, app)


async def well_over_http(health: Health, app: App) -> bool:
    async with TestClient(TestServer(HealthEndpoint(health, app.settings).application())) as client:
        answer = await client.get("/healthz")
        said = 'guichet_well{check="database"} 1.0' in await (await client.get("/metrics")).text()
        database = next(one for one in (await answer.json())["checks"] if one["name"] == "database")
        assert said == database["good"]
        assert said or answer.status == 503
        return said


async def test_what_fails_to_be_written_is_not_well(app: App) -> None:
    health = Health(app, clock=lambda: TUESDAY)
    with app.store.engine.begin() as connection:
        connection.execute(
            text("CREATE TRIGGER broken BEFORE UPDATE ON mark BEGIN SELECT RAISE(ABORT, 'no'); END")
        )
        connection.execute(text("INSERT INTO mark (name, at) VALUES ('probe', '2026-03-02')"))

    checks = {check.name: check for check in await health.checks()}

    assert (checks["database"].good, checks["database"].why) == (False, "other")
    assert checks["backlog"].good
    async with TestClient(TestServer(HealthEndpoint(health, app.settings).application())) as client:
        answer = await client.get("/healthz")
        assert (answer.status, (await answer.json())["status"]) == (503, "unwell")
        assert 'guichet_well{check="database"} 0.0' in await (await client.get("/metrics")).text()


async def test_a_damaged_page_is_noticed_before_somebody_needs_it(app: App) -> None:
    health = Health(app, clock=lambda: TUESDAY)
    file = app.settings.data_dir / "guichet.db"
    with app.store.engine.connect() as connection:
        root = connection.scalar(text("SELECT rootpage FROM sqlite_master WHERE name = 'ticket'"))
        size = connection.scalar(text("PRAGMA page_size"))
    app.store.engine.dispose()  # the last connection empties the log into the file
    with file.open("r+b") as opened:
        opened.seek((root - 1) * size)
        opened.write(b"\xff" * size)

    facts = await health.facts()

    assert facts.fault == "damaged"
    assert not check_health(facts, None, CALENDAR)[0].good


async def test_while_the_database_is_locked_those_who_ask_do_not_pile_up(app: App) -> None:
    other = sqlite3.connect(app.settings.data_dir / "guichet.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    health = Health(app, clock=lambda: TUESDAY, patience=0.05)
    for _ in range(5):
        assert (await health.facts()).fault == "silent"
    waiting = [one for one in asyncio.all_tasks() if "to_thread" in repr(one.get_coro())]
    assert len(waiting) == 1
    other.execute("ROLLBACK")
    other.close()
    await waiting[0]
    patient = Health(app, clock=lambda: TUESDAY)
    assert (await patient.facts()).fault is None
