"""The doctor: each trouble is found, and said with what to do."""

import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from support.botapi.server import Server
from support.french import strange_in

from bot.app import open_store
from bot.domain.people import Colleague, StaffRole
from bot.monitoring.desk_checks import Finding, FindingLevel, check_register, read_staff
from bot.monitoring.doctor import ask_telegram, check_clock, check_everything, check_machine
from bot.settings import Settings
from bot.storage.audit_log import PARTLY_KEPT
from bot.storage.keys import ROTATE_AFTER
from bot.storage.store import Store

WHAT_TO_DO = re.compile(
    r"guichet [a-z]+|chmod|"
    r"(?:vérifi|renseign|libér|régl|sauvegard|restaur|gard|voy|rev|install|remplac)ez",
    re.IGNORECASE,
)
NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return Settings(_env_file=None, data_dir=tmp_path / "data")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    store = open_store(settings)
    yield store
    store.close()


def troubles(findings: Iterator[Finding]) -> str:
    found = [one.words for one in findings if one.level is not FindingLevel.GOOD]
    assert all(WHAT_TO_DO.search(words) and not strange_in(words) for words in found), found
    return "\n".join(found)


def test_a_fresh_desk_lacks_a_backup_and_nothing_else(store: Store, settings: Settings) -> None:
    assert troubles(check_machine(settings)) == ""
    (lacks,) = troubles(check_register(settings, NOW)).splitlines()
    assert "guichet backup" in lacks


def test_files_that_others_can_read_are_named(store: Store, settings: Settings) -> None:
    (settings.data_dir / "guichet.db").chmod(0o644)
    Path(".env").write_text("TELEGRAM_TOKEN=")
    Path(".env").chmod(0o640)

    said = troubles(check_machine(settings))

    assert "chmod 600 .env" in said
    assert f"chmod 600 {settings.data_dir / 'guichet.db'}" in said


def test_old_backups_worn_keys_and_buried_rows_are_named(store: Store, settings: Settings) -> None:
    with store.transaction() as db:
        db.audit_log.add("operator", "backup.made", "backup", "", NOW - timedelta(days=5))
        db.outbox.bury(db.outbox.add("telegram:1", "say", {}, NOW), "telegram.400", NOW)

    said = troubles(check_register(settings, NOW))

    assert "a 5 jours" in said
    assert "guichet keys rotate" not in said
    made = store.encryption.seal_key.made_at
    assert made is not None
    assert "guichet keys rotate" in troubles(check_register(settings, made + ROTATE_AFTER))
    assert "1 envois sont abandonnés" in said


def test_what_has_waited_for_long_is_named(store: Store, settings: Settings) -> None:
    with store.transaction() as db:
        db.outbox.add("telegram:1", "say", {}, NOW - timedelta(minutes=59))
    assert "attendent" not in troubles(check_register(settings, NOW))

    said = troubles(check_register(settings, NOW + timedelta(minutes=1)))

    assert "1 envois attendent, le plus ancien depuis le 03/03/2026 09:01 UTC" in said
    assert "guichet telegram" in said


def test_everything_is_checked_once_and_said_with_what_to_do(
    store: Store, settings: Settings
) -> None:
    broken = settings.model_copy(
        update={"tickets_to": ("glpi",), "smtp_host": "127.0.0.1", "smtp_port": 1}
        | {"mail_from": "a@exemple.fr", "telegram_base_url": "http://127.0.0.1:1/bot"}
        | {"telegram_token": SecretStr("1:a")}
    )

    said = troubles(iter(check_everything(broken, NOW)))

    for part in ("CONTROLLER", "CONTACT", "GLPI_URL", "127.0.0.1:1", "Telegram ne répond pas"):
        assert part in said
    assert "TICKETS_TO" in troubles(iter(check_everything(settings, NOW)))


def test_a_damaged_file_is_found(store: Store, settings: Settings) -> None:
    with store.transaction() as db:
        for number in range(200):
            db.outbox.add("telegram:1", "say", {"text": f"{number}" * 50}, NOW)
    store.close()
    path = settings.data_dir / "guichet.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_outbox_lane'"
        ).fetchone()
    connection.close()
    content = bytearray(path.read_bytes())
    content[(page - 1) * 4096 + 100 : page * 4096] = b"\7" * 3996
    path.write_bytes(content)

    assert "est abîmé" in troubles(check_register(settings, NOW))


def test_a_clock_that_is_wrong_is_noticed() -> None:
    assert troubles(check_clock(format_datetime(NOW, usegmt=True), NOW)) == ""
    assert "300 s" in troubles(
        check_clock(format_datetime(NOW, usegmt=True), NOW + timedelta(minutes=5))
    )
    assert troubles(check_clock(None, NOW)) == ""


def test_what_another_system_did_not_keep_is_named(store: Store, settings: Settings) -> None:
    with store.transaction() as db:
        for days, dropped in ((40, "title"), (3, "category"), (2, "category, requester_email")):
            at = NOW - timedelta(days=days)
            db.audit_log.add("connector:glpi", PARTLY_KEPT, "PEPS-2026-000001", dropped, at)

    said = troubles(check_register(settings, NOW))

    assert "2 envois incomplets" in said
    assert "PEPS-2026-000001" in said
    assert "la catégorie, l'adresse du demandeur" in said
    assert "Vérifiez GLPI_CATEGORIES" in said
    assert "le titre" not in said


def test_a_group_that_became_another_is_named_until_the_settings_have_it(
    store: Store, settings: Settings
) -> None:
    with store.transaction() as db:
        db.ticket_links.save_group_move(-5, -1005)

    before = settings.model_copy(update={"staff_queues": ("retraite:-5",)})
    after = settings.model_copy(update={"staff_chat_id": (-1005,)})
    assert "-5 est devenu -1005" in troubles(check_register(before, NOW))
    assert "-1005" not in troubles(check_register(after, NOW))


def test_a_desk_that_was_never_started_is_left_alone(settings: Settings) -> None:
    said = troubles(check_register(settings, NOW))

    assert "premier démarrage" in said
    assert not settings.data_dir.exists()


def test_nothing_is_written_by_looking(store: Store, settings: Settings) -> None:
    with store.transaction() as db:
        db.outbox.add("telegram:1", "say", {}, NOW)
        before = waiting(store)
        assert troubles(check_register(settings, NOW))  # in the middle of a turn that writes

    assert (before, waiting(store)) == (0, 1)


def waiting(store: Store) -> int:
    with store.read() as db:
        return db.condition.read(NOW).waiting


def test_a_database_of_another_version_is_named(store: Store, settings: Settings) -> None:
    store.close()
    with sqlite3.connect(settings.data_dir / "guichet.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0009'")
    connection.close()

    assert "autre version de Guichet" in troubles(check_register(settings, NOW))


async def test_who_is_in_the_groups_is_compared_with_the_people_of_the_desk() -> None:
    group, other = -1001, -1002
    luc, zoe, paul, leo = (
        Colleague(f"telegram:{number}", name, StaffRole.ADVISOR)
        for number, name in ((1, "Luc"), (2, "Zoé"), (3, "Paul"), (4, "Léo"))
    )
    server = Server()
    base = await server.start()
    token = "123456789:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    for number, name in ((1, "Luc"), (2, "Zoé"), (3, "Paul"), (4, "Léo"), (5, "Inconnue")):
        server.add_user(number, first_name=name)
    bot = server.bot(token).user["id"]
    members = {1: "creator", 2: "member", 3: "left", 5: "administrator", bot: "administrator"}
    server.add_chat(group, members=members)
    server.add_chat(other, members={4: "member", bot: "administrator"})
    settings = Settings(
        _env_file=None, telegram_base_url=f"{base}/bot", staff_chat_id=(group, other)
    )
    staff = (luc, zoe, paul, leo, Colleague("local:anne", "Anne", StaffRole.DPO))

    async def said(**changes: tuple[int, ...]) -> str:
        found = await ask_telegram(settings.model_copy(update=changes), token, staff)
        return troubles(one for one in found if "horloge" not in one.words)

    try:
        outside, left = (await said()).splitlines()
        assert "« Inconnue » (telegram:5) administre le groupe -1001" in outside
        assert "« Paul » (telegram:3)" in left
        assert "guichet staff remove telegram:3" in left

        assert "groupe -1009 ne se lit pas" in await said(staff_chat_id=(-1009,))
        assert not await said(staff_chat_id=())
    finally:
        await server.stop()


def test_the_people_of_the_desk_are_read_where_the_database_opens(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    anne = Colleague("local:anne", "Anne", StaffRole.DPO)
    with store.transaction() as db:
        db.staff.save(anne, NOW)
    assert read_staff(settings) == (anne,)
    assert read_staff(settings.model_copy(update={"data_dir": tmp_path / "none"})) == ()
