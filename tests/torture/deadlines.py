"""Deadlines: employers whose accounts run out, one after the other, in a desk that is killed.

Inside the desk (`keep_coming`) the register grows by an employer whenever few are left that nobody
has reviewed, and what is due is told at any hour: the day counts, not the clock on the wall.
Outside, an administrator a employer reads the reminder and goes through the review.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from bot.app import App
from bot.domain.account import Account, AccountRole, Holder
from bot.domain.dates import day_in_paris
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.people import Employer
from bot.domain.working_days import Region, is_working_day
from bot.services.account_admin import Actor, accept_invitation, invite
from bot.services.reminders import DailyReminders
from bot.storage.store import Database

FIRST = 500_001  # the number of the first administrator on Telegram
MOST = 2_000
LEFT = 25  # days until the accounts run out: in the window of thirty, on whatever day it is told
WINDOW = "30"
EVERY = 0.2  # seconds
RENEWED = timedelta(days=400)
REMINDED = r"^Comptes PEP's de Commune \d+ : 2 à revoir"


@dataclass(frozen=True, slots=True)
class Case:
    """One employer: who administers it, and the two accounts that run out."""

    number: int

    @property
    def who(self) -> int:
        return FIRST + self.number

    @property
    def employer(self) -> Employer:
        return Employer(f"{self.number:014d}", f"Commune {self.number}")

    @property
    def administrators(self) -> str:
        return f"gestion-{self.number}"

    @property
    def colleagues(self) -> str:
        return f"agent-{self.number}"

    @property
    def windows(self) -> tuple[tuple[str, str], ...]:
        """What is to be noted as told, once each."""
        return ((self.administrators, WINDOW), (self.colleagues, WINDOW))

    def accounts(self, today: date) -> tuple[Account, ...]:
        return tuple(
            self._account(name, role, today + timedelta(days=LEFT))
            for name, role in (
                (self.administrators, AccountRole.ADMINISTRATOR),
                (self.colleagues, AccountRole.USER),
            )
        )

    def _account(self, name: str, role: AccountRole, expires: date) -> Account:
        holder = Holder(last_name="Martin", first_name="Camille", email=f"{name}@mairie-exemple.fr")
        return Account(
            id=name,
            identifier=name.upper(),
            holder=holder,
            role=role,
            expires=expires,
            origin=holder,
        )


def day_to_remind(today: date) -> date:
    """The next working day, today if it is one: within `LEFT`, it makes no difference."""
    while not is_working_day(today, Region.METROPOLE):
        today += timedelta(days=1)
    return today


def review_steps(now: datetime) -> tuple[tuple[str, str, str], ...]:
    """What an administrator does about it, from the reminder on."""
    until = day_in_paris(now) + RENEWED
    return (
        ("wait", "", f"{REMINDED}|interrompu"),
        ("press", "Faire la revue", "^Compte 1 sur 2"),
        ("press", "^Supprimer$", "AGENT-.*« Supprimer »"),
        ("press", "C'est fait", "^Compte 2 sur 2"),
        ("press", "^Renouveler$", "GESTION-.*« Renouveler »"),
        ("press", "C'est fait", "^Quelle nouvelle date"),
        ("say", f"{until:%d/%m/%Y}", "^Revue des comptes .* terminée"),
    )


async def keep_coming(app: App, at_once: int) -> None:
    """The life of the register, for ever. Whoever was killed may have left something untold."""
    reminding = DailyReminders(app.helpdesk.config, app.settings.calendar)
    grew = True
    while True:
        grew = await asyncio.to_thread(_go_on, app, reminding, at_once, grew)
        await asyncio.sleep(EVERY)


def _go_on(app: App, reminding: DailyReminders, at_once: int, grew: bool) -> bool:
    """Grow if there is room, tell what is due if it grew before or now; whether it did now.

    It looks before it writes: the desk needs its database.
    """
    now = datetime.now(UTC)
    today = day_in_paris(now)
    with app.store.read() as db:
        has_room = next(missing(db, at_once), None) is not None
    if has_room:
        with app.store.transaction() as db:
            for case in missing(db, at_once):
                _begin(db, case, today, now)
    if has_room or grew:
        reminding.run(now, day_to_remind(today))
    return has_room


def missing(db: Database, at_once: int) -> Iterator[Case]:
    """The next employers, as many as are to be open besides those that are."""
    place = 0
    while _is_there(db, place):
        place += 1
    for number in range(place, MOST):
        if _open_before(db, number, at_once) >= at_once:
            return
        yield Case(number)


def _is_there(db: Database, number: int) -> bool:
    return bool(db.accounts.employer_names([Case(number).employer.siret]))


def _open_before(db: Database, number: int, at_once: int) -> int:
    """How many of the last ones are not reviewed: the colleague's account is deleted there."""
    last = [Case(one).colleagues for one in range(max(0, number - 20 * at_once), number)]
    return len(db.accounts.by_id(last))


def _begin(db: Database, case: Case, today: date, now: datetime) -> None:
    if not db.accounts.add_employer(case.employer, now):
        return  # another process was quicker
    empty = EmployerAccounts(employer=case.employer)
    db.accounts.save(empty, replace(empty, accounts=case.accounts(today)), now)
    address = f"telegram:{case.who}"
    person = db.people.of(address, now)
    siret = case.employer.siret
    code = invite(db, siret, case.administrators, Actor("essai"), now)
    accept_invitation(db, code, person.id, now)
