"""`guichet demo`: an employer that nobody knows, with accounts in every state, and a reminder."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated

import typer

from bot.app import App, build_app
from bot.channels import terminal
from bot.clock import utc_now
from bot.commands.common import RENDERERS, load_settings
from bot.domain.account import Account, AccountRole, Holder
from bot.domain.dates import day_in_paris
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.people import Employer
from bot.services.account_admin import Actor, accept_invitation, invite, remember_invited
from bot.services.reminders import DailyReminders

# The SIREN of nobody: 217 500 016 belongs to a test range of documentation; both keys hold.
EMPLOYER = Employer("21750001600019", "Ville d'Exemple")

# Identifier, first name, surname, administrator, days left, estimated, leaving: all invented.
PEOPLE = (
    ("A001", "Yann", "Le Gall", True, 29, False, False),
    ("A002", "Awa", "N'Diaye", False, 6, False, False),
    ("A003", "Léa", "Étienne", False, 28, True, False),
    ("A004", "Hugo", "Morin", False, -12, False, False),
    ("A005", "Inès", "Carpentier", False, 1, False, False),
    ("A006", "Paul", "Guérin", False, 85, False, False),
    ("A007", "Nora", "Benali", False, 300, False, True),
    ("A008", "Jean-Luc", "Fabre", False, 14, False, False),
    ("A009", "Maëlle", "Kerbrat", False, 410, False, False),
    ("A010", "Sacha", "Da Silva", False, 512, True, False),
    ("A011", "Rose", "Lambert", True, 200, False, False),
    ("A012", "Omar", "Haddad", False, 120, False, False),
)


def demo(
    folder: Annotated[
        Path | None, typer.Option("--dir", help="Où la garder ; sinon un dossier temporaire.")
    ] = None,
) -> None:
    """Ouvre la conversation d'un administrateur, chez un employeur inventé, un rappel déjà reçu.

    Rien de ce qui est installé n'est touché : la démonstration a son propre dossier.
    """
    place = folder or Path(mkdtemp(prefix="guichet-demo-"))
    own = {"data_dir": place, "database_url": "", "keys_folder": None}
    settings = load_settings().model_copy(update=own)
    app = build_app(settings, RENDERERS)
    name = "demo"
    now = utc_now()
    fill_register(app, f"terminal:{name}", now)
    send_reminder(app, now)
    typer.echo("Démonstration : vous êtes Yann Le Gall, administrateur de Ville d'Exemple.")
    typer.echo("Un rappel vous attend. Essayez ensuite : Faire la revue, /depart, /comptes.")
    terminal.run(app, name)


def fill_register(app: App, address: str, now: datetime) -> None:
    """The employer and its accounts, once; the person takes their seat as anybody would."""
    with app.store.transaction() as db:
        if not db.accounts.add_employer(EMPLOYER, now):
            return
        empty = EmployerAccounts(employer=EMPLOYER)
        accounts = tuple(demo_accounts(day_in_paris(now)))
        db.accounts.save(empty, replace(empty, accounts=accounts), now)
        person = db.people.of(address, now)
        code = invite(db, EMPLOYER.siret, accounts[0].id, Actor("demo"), now)
        accept_invitation(db, code, person.id, now)
        remember_invited(db, person.id, address, EMPLOYER)


def demo_accounts(today: date) -> Iterator[Account]:
    for identifier, first, last, administrator, days, estimated, leaving in PEOPLE:
        mail = f"{identifier.lower()}@exemple.fr"
        holder = Holder(last_name=last, first_name=first, email=mail)
        yield Account(
            id=f"demo-{identifier.lower()}",
            identifier=identifier,
            holder=holder,
            role=AccountRole.ADMINISTRATOR if administrator else AccountRole.USER,
            expires=today + timedelta(days=days),
            estimated=estimated,
            leaving=leaving,
            origin=holder,
        )


def send_reminder(app: App, now: datetime) -> None:
    """Today's reminder, also on a day off: what it counts is true for who reads it today."""
    calendar = replace(app.settings.calendar, every_day=True)
    DailyReminders(app.helpdesk.config, calendar).run(now)
