"""What every subcommand begins with: settings, logs, the application; tables and refusals."""

import atexit
import getpass
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Table

from bot import logs
from bot.app import App, build_app, open_store
from bot.channels import formatting, terminal
from bot.channels.telegram import rendering as telegram
from bot.conversation.texts import Text, fill, unescape
from bot.settings import Settings
from bot.storage.store import Store

RENDERERS = {
    "terminal": terminal.render,
    "telegram": telegram.render,
    "mail": formatting.render_letter,
}


def load_settings() -> Settings:
    settings = Settings.load()
    logs.configure(settings.log_level, settings.log_format)
    return settings


def load_app() -> App:
    app = build_app(load_settings(), RENDERERS)
    atexit.register(app.store.close)
    return app


def load_store() -> Store:
    """The database alone, for commands that need no more."""
    store = open_store(load_settings())
    atexit.register(store.close)
    return store


def local_user() -> str:
    """The address of whoever runs the command, as the audit log names them."""
    return f"local:{getpass.getuser()}"


def show_table(shown: Table | str) -> None:
    """Print a table; nothing in it is taken for markup: « [/b] » comes out as it was typed."""
    Console(markup=False, emoji=False, highlight=False).print(shown)


def plain(said: Text) -> str:
    """A text of the conversation as a terminal shows it."""
    return unescape(fill(said))


def fail(message: str) -> NoReturn:
    """End the command with status 1 and one sentence on standard error."""
    typer.echo(message, err=True)
    raise typer.Exit(1)
