"""`guichet chat`, `telegram`, `web`, `bridge`, `demo`: the conversation and deliveries at work."""

import asyncio
import gc
import re
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated

import typer

from bot.app import App, build_app
from bot.background.leader import stop_on_signals
from bot.background.tasks import send_emails, send_tickets
from bot.channels import terminal
from bot.clock import utc_now
from bot.commands.common import RENDERERS, load_app, load_settings, say
from bot.domain.account import Account, AccountRole, Holder
from bot.domain.dates import day_in_paris
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.people import Employer
from bot.services.account_admin import Actor, accept_invitation, invite
from bot.services.reminders import DailyReminders
from bot.settings import SettingsError, Systemd
from bot.storage.store import DatabaseThread

NAME = re.compile(r"[a-z0-9_-]{1,32}")

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


def chat(
    name: Annotated[
        str,
        typer.Option(
            "--as", metavar="NOM", help="Qui parle : chaque nom a sa propre conversation."
        ),
    ] = "moi",
) -> None:
    """Ouvre la conversation dans ce terminal, sans réseau ni compte.

    Si l'entrée n'est pas un terminal, chaque ligne est un tour : la conversation peut être écrite
    d'avance dans un fichier.
    """
    if not NAME.fullmatch(name.lower()):
        rule = "lettres sans accent, chiffres, - et _, 32 au plus"
        raise typer.BadParameter(rule, param_hint="--as")
    app = load_app()
    terminal.run(app, name.lower(), after=lambda: send_emails(app))
    send_tickets(app)


def bridge() -> None:
    """Relie le guichet aux outils de traitement, sans Telegram, jusqu'à ce qu'on l'arrête."""
    asyncio.run(_supervised(_bridge(load_app())))


async def _bridge(app: App) -> None:
    from bot.background.tasks import deliveries
    from bot.monitoring.alerts import Monitor, monitored
    from bot.monitoring.health import Health

    db_thread, stopping = DatabaseThread(app.store), stop_on_signals()
    health = Health(app)
    monitor = Monitor(health, app.settings, mailer=app.mailer)
    async with monitored(health, monitor, app.settings), deliveries(app, db_thread):
        await stopping.wait()
    db_thread.close()


def telegram() -> None:
    """Répond sur Telegram, jusqu'à ce qu'on l'arrête (Ctrl-C ou SIGTERM).

    Demande TELEGRAM_TOKEN, que @BotFather donne en une minute.
    """
    app = load_app()
    if not app.settings.telegram_token.get_secret_value():
        message = (
            "Le réglage TELEGRAM_TOKEN manque : créez un bot auprès de @BotFather sur Telegram, "
            "puis écrivez TELEGRAM_TOKEN=… dans le fichier .env."
        )
        raise SettingsError(message)
    # Loaded here: the terminal should open without waiting for a library it has no use for.
    from bot.channels.telegram import run as channel

    gc.freeze()  # what is loaded stays, next to none of it garbage: it is looked through no more
    asyncio.run(_supervised(channel.run(app)))


def web() -> None:
    """Ouvre la conversation dans un navigateur, jusqu'à ce qu'on l'arrête (Ctrl-C ou SIGTERM).

    Sans réglage, elle n'est ouverte qu'à cette machine : http://127.0.0.1:8080/.
    """
    app = load_app()
    from bot.channels.web import run as channel

    def tell(address: str) -> None:
        say(f"Le guichet est ouvert dans un navigateur : {address}  (Ctrl-C pour l'arrêter)")

    asyncio.run(_supervised(channel.run(app, tell)))


async def _supervised(work: Coroutine[None, None, None]) -> None:
    from bot.background.watchdog import supervised

    async with supervised(Systemd.read()):
        await work


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
    now = utc_now()
    fill_register(app, "terminal:demo", now)
    send_reminder(app, now)
    say("Démonstration : vous êtes Yann Le Gall, administrateur de Ville d'Exemple.")
    say("Un rappel vous attend. Essayez ensuite : Faire la revue, /depart, /comptes.")
    terminal.run(app, "demo")


def fill_register(app: App, address: str, now: datetime) -> None:
    """The employer and its accounts, once; the person accepts an invitation as anybody would."""
    with app.store.transaction() as db:
        if not db.accounts.add_employer(EMPLOYER, now):
            return
        empty = EmployerAccounts(employer=EMPLOYER)
        accounts = tuple(demo_accounts(day_in_paris(now)))
        db.accounts.save(empty, replace(empty, accounts=accounts), now)
        person = db.people.of(address, now)
        code = invite(db, EMPLOYER.siret, accounts[0].id, Actor("demo"), now)
        accept_invitation(db, code, person.id, now)


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
            leaves=today if leaving else None,
            origin=holder,
        )


def send_reminder(app: App, now: datetime) -> None:
    """Today's reminder, also on a day off: what it counts is true for who reads it today."""
    calendar = replace(app.settings.calendar, every_day=True)
    DailyReminders(app.helpdesk.config, calendar).run(now)
