"""`make simulate`: three years of reminders for thousands of employers, in minutes.

    python -m torture.simulate [--employers N] [--months N] [--seed N]

A virtual clock walks from day to day over a real register in a temporary folder. People renew,
delete, come and go by chance; the process is down on some days. What the bot sent is then held
against a reckoning that shares no code with it: day by day, straight from the rule. The exit code
is 1 where a reminder that was due is missing, left twice, left after a renewal or went to somebody
who is no administrator any more.
"""

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rich.table import Table
from torture.reckoning import START, Life, Reckoning

from bot.app import open_store
from bot.commands.common import RENDERERS, show_table
from bot.domain.account import Account, AccountRole, Holder
from bot.domain.account_changes import Change, DeleteAccount, RenewAccounts
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.people import Employer
from bot.domain.reminder_rules import AFTER
from bot.domain.working_days import is_working_day
from bot.services.account_admin import Actor, change_register
from bot.services.helpdesk_config import HelpDeskConfig
from bot.services.reminders import DailyReminders
from bot.settings import Settings
from bot.storage.store import Store
from knowledge import KnowledgeBase, load_knowledge

PAUSE: Final = "simulation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a simulation showed."""

    employers: int
    accounts: int
    days: int
    messages: int
    told: Counter[int]
    missing: int
    twice: int
    late: int
    strangers: int

    @property
    def is_good(self) -> bool:
        return self.missing == self.twice == self.late == self.strangers == 0


def run_simulation(
    folder: Path, knowledge: KnowledgeBase, employers: int, months: int, seed: int
) -> Outcome:
    """A whole simulation in a folder of its own."""
    settings = Settings(_env_file=None, data_dir=folder, nir_in_chat=True)  # type: ignore[call-arg] # pydantic's own
    store = open_store(settings)
    world = World(store, knowledge, settings, random.Random(seed))
    world.people(employers)
    for day in range(round(months * 30.44)):
        world.live(START + timedelta(days=day))
    outcome = world.outcome(round(months * 30.44))
    store.close()
    return outcome


class World:
    """Employers, their accounts and what happens to them."""

    def __init__(
        self, store: Store, knowledge: KnowledgeBase, settings: Settings, chance: random.Random
    ) -> None:
        self._store = store
        self._chance = chance
        self._calendar = settings.calendar
        desk = HelpDeskConfig(store=store, knowledge=knowledge, renderers=RENDERERS)
        self._reminding = DailyReminders(desk, settings.calendar)
        self.lives: dict[str, Life] = {}
        self._by_siret: dict[str, list[tuple[str, Life]]] = defaultdict(list)
        self.down: set[date] = set()
        self.seated: dict[str, list[tuple[str, date, date | None]]] = defaultdict(list)
        self._sent: list[tuple[str, date]] = []
        self._strangers = 0
        self._ids = 0

    def people(self, employers: int) -> None:
        """Everybody who is there on the first day."""
        now = _moment(START)
        with self._store.transaction() as db:
            for number in range(employers):
                employer = Employer(f"{number:014d}", f"Commune {number}")
                db.accounts.add_employer(employer, now)
                house = EmployerAccounts(employer=employer)
                accounts = tuple(self._accounts(employer.siret))
                db.accounts.save(house, replace(house, accounts=accounts), now)
                for account in accounts:
                    if account.is_administrator:
                        address = f"terminal:{account.id}"
                        person = db.people.of(address, now)
                        db.accounts.link(account.id, employer.siret, person.id, now)
                        self.seated[address].append((employer.siret, START, None))

    def _accounts(self, siret: str) -> Iterator[Account]:
        administrators = self._chance.choice((1, 2, 2))
        for number in range(administrators + self._chance.randrange(1, 9)):
            self._ids += 1
            expires = START + timedelta(days=self._chance.randrange(1, 549))
            holder = Holder(last_name=f"Nom{chr(65 + number)}", first_name="Prénom")
            account = Account(
                id=f"a{self._ids}",
                identifier=f"A{number:03d}",
                holder=holder,
                role=AccountRole.ADMINISTRATOR if number < administrators else AccountRole.USER,
                expires=expires,
                origin=holder,
            )
            life = Life(siret, account.identifier, account.is_administrator, [(START, expires)])
            self.lives[account.id] = life
            self._by_siret[siret].append((account.id, life))
            yield account

    def live(self, today: date) -> None:
        """One day: reminders in the morning (or none, the process being down), then people act."""
        now = _moment(today)
        if self._chance.random() < 0.03:
            self.down.add(today)
        elif is_working_day(today, self._calendar.region):
            self._reminding.run(now, today)
            if self._chance.random() < 0.2:
                self._reminding.run(now + timedelta(minutes=5), today)  # begun again the same day
            self._read_mail(today)
        self._people_act(today, now)

    def _read_mail(self, today: date) -> None:
        """Every message is taken out of the outbox, and held against who sits where today."""
        now = _moment(today)
        while True:
            with self._store.transaction() as db:
                rows = db.outbox.claim(
                    now, holder=PAUSE, limit=500, lease=timedelta(minutes=9), lanes="terminal:"
                )
                db.outbox.mark_sent([row.id for row in rows], now)
            if not rows:
                return
            for row in rows:
                self._sent.append((row.lane, today))
                if not any(
                    since <= today and (until is None or today < until)
                    for _, since, until in self.seated[row.lane]
                ):
                    self._strangers += 1

    def _people_act(self, today: date, now: datetime) -> None:
        with self._store.transaction() as db:
            for account_id, life in self.lives.items():
                expires = life.expires_on(today)
                if expires is None:
                    continue
                change = self._whim(account_id, life, (expires - today).days, today)
                if change is None:
                    continue
                change_register(db, life.siret, change, Actor(PAUSE), now)
                self._record(account_id, life, change, today + timedelta(days=1))

    def _whim(self, account_id: str, life: Life, left: int, today: date) -> Change | None:
        """Near the date some renew; some expire and are renewed late; some leave."""
        dice = self._chance.random()
        if left <= 90 and dice < 0.012:
            return RenewAccounts(
                seen={account_id: life.version}, expires=today + timedelta(days=548)
            )
        if not life.administrator and dice > 0.9995:
            return DeleteAccount(account=account_id, seen=life.version)
        if life.administrator and dice > 0.9997 and self._has_colleague(account_id, life, today):
            return DeleteAccount(account=account_id, seen=life.version)
        return None

    def _has_colleague(self, account_id: str, life: Life, today: date) -> bool:
        return any(
            (day := other.expires_on(today)) is not None and day >= today
            for other_id, other in self._of(life.siret)
            if other_id != account_id and other.administrator and other.deleted is None
        )

    def _record(self, account_id: str, life: Life, change: Change, tomorrow: date) -> None:
        life.version += 1
        if isinstance(change, RenewAccounts):
            life.dates.append((tomorrow, change.expires))
            return
        life.deleted = tomorrow
        lane = f"terminal:{account_id}"
        self.seated[lane] = [(siret, since, tomorrow) for siret, since, _ in self.seated[lane]]

    def outcome(self, days: int) -> Outcome:
        """What was noted as told, against what the rule says was to be told."""
        self._read_told()
        reckoning = Reckoning(self.lives, self._calendar, self.down)
        missing = twice = late = 0
        told: Counter[int] = Counter()
        for account_id, life in self.lives.items():
            wanted = Counter(reckoning.wanted(account_id, life, days))
            given = Counter(reckoning.cycles(life))
            missing += sum((wanted - given).values())
            twice += sum(count - 1 for count in given.values() if count > 1)
            late += sum((given - wanted).values())
            told.update(window for window, _ in life.told)
        return Outcome(
            employers=len({life.siret for life in self.lives.values()}),
            accounts=len(self.lives),
            days=days,
            messages=len(self._sent),
            told=told,
            missing=missing,
            twice=twice,
            late=late,
            strangers=self._strangers,
        )

    def _read_told(self) -> None:
        with self._store.transaction() as db:
            for subject, occasion, told_on in db.reminders.everything_told():
                if subject in self.lives and occasion.lstrip("-").isdecimal():
                    self.lives[subject].told.append((int(occasion), told_on))

    def _of(self, siret: str) -> list[tuple[str, Life]]:
        return self._by_siret[siret]


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(10), UTC)


def _table(outcome: Outcome) -> Table:
    table = Table("mesure", "nombre")
    for name, number in (
        ("employeurs", outcome.employers),
        ("comptes", outcome.accounts),
        ("jours simulés", outcome.days),
        ("messages", outcome.messages),
    ):
        table.add_row(name, str(number))
    for window, number in sorted(outcome.told.items(), reverse=True):
        name = "le lendemain de l'expiration" if window == AFTER else f"fenêtre de {window} jours"
        table.add_row(name, str(number))
    for name, number in (
        ("fenêtres dues et non rappelées", outcome.missing),
        ("rappelées deux fois", outcome.twice),
        ("rappelées sans être dues (après renouvellement, suppression…)", outcome.late),
        ("messages à qui n'est plus administrateur", outcome.strangers),
    ):
        table.add_row(name, str(number))
    return table


def main() -> int:
    asked = argparse.ArgumentParser(description="Simulate years of reminders.")
    asked.add_argument("--employers", type=int, default=2000)
    asked.add_argument("--months", type=int, default=36)
    asked.add_argument("--seed", type=int, default=1, help="the same number, the same chance")
    sizes = asked.parse_args()
    with TemporaryDirectory(prefix="guichet-simulation-") as folder:
        outcome = run_simulation(
            Path(folder), load_knowledge(), sizes.employers, sizes.months, sizes.seed
        )
    show_table(_table(outcome))
    return 0 if outcome.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
