"""`guichet chat` and `guichet telegram`: the conversation, in a terminal and on Telegram."""

import asyncio
import gc
import re
from collections.abc import Coroutine
from typing import Annotated

import typer

from bot.app import App
from bot.background.leader import stop_on_signals
from bot.background.tasks import send_emails, send_tickets
from bot.channels import terminal
from bot.commands.common import load_app
from bot.settings import SettingsError, Systemd
from bot.storage.db_thread import DatabaseThread

NAME = re.compile(r"[a-z0-9_-]{1,32}")

As = Annotated[
    str,
    typer.Option("--as", metavar="NOM", help="Qui parle : chaque nom a sa propre conversation."),
]


def chat(name: As = "moi") -> None:
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

    clerk, stopping = DatabaseThread(app.store), stop_on_signals()
    health = Health(app)
    watch = Monitor(health, app.settings, mailer=app.mailer)
    async with monitored(health, watch, app.settings), deliveries(app, clerk):
        await stopping.wait()
    clerk.close()


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


async def _supervised(work: Coroutine[None, None, None]) -> None:
    from bot.background.watchdog import supervised

    async with supervised(Systemd.read()):
        await work
