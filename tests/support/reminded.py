"""Employers with accounts and administrators, and the reminders that reach them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from support.registers import ANNE, TODAY, TOWN

from bot.app import App, assemble, open_store
from bot.channels import formatting, terminal
from bot.connectors.factory import build_connectors
from bot.domain.account import Account
from bot.domain.account_changes import Change
from bot.domain.delivery import OutboxMessage, OutboxState
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.people import Employer
from bot.services.account_admin import Actor, change_register
from bot.services.reminders import DailyReminders
from bot.settings import Settings
from knowledge import KnowledgeBase

NOW = datetime.combine(TODAY, time(9), UTC)


class Scene:
    """The desk, the employers added to it, and what waits for their administrators."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.reminding = DailyReminders(app.helpdesk.config, app.settings.calendar)

    def add(
        self, *accounts: Account, employer: Employer = TOWN, seated: tuple[str, ...] = ()
    ) -> None:
        with self.app.store.transaction() as db:
            db.accounts.add_employer(employer, NOW)
            before = EmployerAccounts(employer=employer)
            db.accounts.save(before, replace(before, accounts=accounts), NOW)
            for name in seated:
                person = db.people.of(f"terminal:{name.partition('-')[0]}", NOW)
                db.accounts.link(name, employer.siret, person.id, NOW)

    def remind(self, day: date = TODAY) -> int:
        return self.reminding.run(datetime.combine(day, time(9), UTC), day)

    def waiting(self, name: str = "") -> list[OutboxMessage]:
        with self.app.store.transaction() as db:
            rows = db.outbox.list(OutboxState.WAITING)
        return [row for row in rows if row.lane.startswith(f"terminal:{name}")]

    def text(self, name: str) -> str:
        return "\n".join(str(row.payload.get("text")) for row in self.waiting(name))

    def told(self) -> set[tuple[str, str]]:
        with self.app.store.transaction() as db:
            return {(subject, occasion) for subject, occasion, _ in db.reminders.everything_told()}

    def change(self, change: Change, account: str = ANNE, siret: str = TOWN.siret) -> None:
        with self.app.store.transaction() as db:
            change_register(db, siret, change, Actor("test", account), NOW)


def build_scene(settings: Settings, knowledge: KnowledgeBase) -> Iterator[Scene]:
    renderers = {"terminal": terminal.render, "mail": formatting.render_letter}
    connectors = build_connectors(settings, knowledge.catalogue)
    app = assemble(settings, open_store(settings), knowledge, renderers, connectors)
    yield Scene(app)
    app.store.close()


@pytest.fixture
def scene(tmp_path: Path, knowledge: KnowledgeBase) -> Iterator[Scene]:
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", tickets_to="console")
    yield from build_scene(settings, knowledge)


@pytest.fixture
def mailing(tmp_path: Path, knowledge: KnowledgeBase) -> Iterator[Scene]:
    """The same where a sender of e-mail is set; nothing is sent but by a test."""
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        smtp_host="127.0.0.1",
        smtp_security="none",
        mail_from="guichet@mairie-exemple.fr",
    )
    yield from build_scene(settings, knowledge)
