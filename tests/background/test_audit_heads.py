"""The head of the audit log leaves every hour, and soon after a reveal."""

from datetime import timedelta
from pathlib import Path

import pytest
from services.conftest import Desk, desk

from bot.background.audit_heads import AuditHeads, HeadNotSentError
from bot.storage.audit_log import AuditHead
from bot.storage.store import DatabaseThread

__all__ = ["desk"]

MINUTE = timedelta(minutes=1)


def done(desk: Desk, what: str) -> None:
    with desk.app.store.transaction() as db:
        db.audit_log.add("local:anne", what, "PEPS-2026-000001", "", desk.now)


def heads_in(file: Path) -> list[int]:
    return [AuditHead.parse(line).seq for line in file.read_text().splitlines()]


async def test_heads_leave_every_hour_and_after_a_reveal(desk: Desk, tmp_path: Path) -> None:
    file, db_thread = tmp_path / "heads", DatabaseThread(desk.app.store)
    desk.app.settings.audit_head_to = str(file)
    heads = AuditHeads(desk.app, db_thread, lambda: desk.now)

    await heads.look()
    assert not file.exists()  # nothing was done yet
    done(desk, "ticket.filed")
    await heads.look()
    assert heads_in(file) == [1]
    done(desk, "ticket.status")
    desk.now += MINUTE
    await heads.look()
    assert heads_in(file) == [1]  # within the hour it can wait
    done(desk, "ticket.revealed")
    await heads.look()
    assert heads_in(file) == [1, 3]
    done(desk, "ticket.status")
    desk.now += 60 * MINUTE
    await heads.look()
    await heads.look()
    assert heads_in(file) == [1, 3, 4]
    with desk.app.store.read() as db:
        last = AuditHead.parse(file.read_text().splitlines()[-1])
        assert db.audit_log.verify(last) is None
    db_thread.close()


async def test_what_could_not_leave_is_sent_again(desk: Desk, tmp_path: Path) -> None:
    db_thread = DatabaseThread(desk.app.store)
    heads = AuditHeads(desk.app, db_thread, lambda: desk.now)
    done(desk, "ticket.filed")
    desk.app.settings.audit_head_to = str(tmp_path / "not there" / "heads")
    with pytest.raises(OSError, match="not there"):
        await heads.look()
    desk.app.settings.audit_head_to = "dpo@mairie-exemple.fr"  # and no mail server
    with pytest.raises(HeadNotSentError):
        await heads.look()
    desk.app.settings.audit_head_to = str(tmp_path / "heads")

    await heads.look()

    assert heads_in(tmp_path / "heads") == [1]
    db_thread.close()
