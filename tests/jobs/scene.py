"""A register with people in it, and what the reminders make of it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

from support.houses import ANNE, TODAY, TOWN

from bot.app import App
from bot.domain.account import Account
from bot.domain.changes import Change
from bot.domain.employer import Employer
from bot.domain.house import House
from bot.services.account_admin import Actor, change_register
from bot.services.reminders import DailyReminders
from bot.storage.outbox import OutboxRow, OutboxState

NOW = datetime.combine(TODAY, time(9), UTC)


class Scene:
    """A register with people in it, and what reaches them."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.reminding = DailyReminders(app.helpdesk.config, app.settings.calendar)

    def add(
        self, *accounts: Account, employer: Employer = TOWN, seated: tuple[str, ...] = ()
    ) -> None:
        with self.app.store.transaction() as records:
            records.add_employer(employer, NOW)
            before = House(employer=employer)
            records.save_house(before, replace(before, accounts=accounts), NOW)
            for name in seated:
                person = records.person(f"terminal:{name.partition('-')[0]}", NOW)
                records.link(name, employer.siret, person.id, NOW)

    def remind(self, day: date = TODAY) -> int:
        return self.reminding.run(datetime.combine(day, time(9), UTC), day)

    def waiting(self, name: str = "") -> list[OutboxRow]:
        with self.app.store.transaction() as records:
            rows = records.list_outbox(OutboxState.WAITING)
        return [row for row in rows if row.lane.startswith(f"terminal:{name}")]

    def text(self, name: str) -> str:
        return "\n".join(str(row.payload.get("text")) for row in self.waiting(name))

    def told(self) -> set[tuple[str, str]]:
        with self.app.store.transaction() as records:
            return {(subject, occasion) for subject, occasion, _ in records.everything_told()}

    def change(self, change: Change, account: str = ANNE, siret: str = TOWN.siret) -> None:
        with self.app.store.transaction() as records:
            change_register(records, siret, change, Actor("test", account), NOW)
