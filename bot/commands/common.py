"""What the subcommands share: settings, logs, the application, options, tables and refusals."""

import atexit
import getpass
import json
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Column, Table

from bot import logs
from bot.app import App, build_app, open_store
from bot.channels import formatting, terminal
from bot.channels.telegram import rendering as telegram
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.dates import in_paris
from bot.domain.errors import InvalidAnswerError
from bot.settings import Settings
from bot.storage.store import Store

RENDERERS = {
    "terminal": terminal.render,
    "telegram": telegram.render,
    "mail": formatting.render_letter,
}

AsJson = Annotated[bool, typer.Option("--json", help="En JSON.")]
Limit = Annotated[int, typer.Option(help="Au plus tant de lignes.")]
LimitFromOne = Annotated[int, typer.Option(min=1, help="Au plus tant de lignes.")]
Reason = Annotated[str, typer.Option(help="Pourquoi : la raison est gardée au journal.")]


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


def show_rows(rows: Iterable[Iterable[str]], *headings: str | Column, empty: str) -> None:
    """Print a table of these rows, or the sentence for none."""
    table = Table(*headings)
    for row in rows:
        table.add_row(*row)
    show_table(table if table.row_count else empty)


def show_json(value: Any, *, indent: int | None = None) -> None:
    """Print a value as JSON; what JSON has no type for, as text."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=indent, default=str))


def day_and_time(moment: datetime) -> str:
    return f"{in_paris(moment):%d/%m/%Y %H:%M}"


def plain(said: Text) -> str:
    """A text of the conversation as a terminal shows it."""
    return unescape(fill(said))


def fail(message: str) -> NoReturn:
    """End the command with status 1 and one sentence on standard error."""
    typer.echo(message, err=True)
    raise typer.Exit(1)


def fail_on_answer(error: InvalidAnswerError) -> NoReturn:
    """End the command with the sentence that the conversation has for this mistake."""
    fail(plain(text(f"fault.{error.fault}")))


def read_value(asked: str, *, hidden: bool) -> str:
    """A value from standard input, never from the command line, which other accounts can see and
    the shell keeps; asked for at a terminal, without showing a `hidden` one."""
    if sys.stdin.isatty():
        typed: str = typer.prompt(asked, hide_input=hidden)
        return typed.strip()
    return sys.stdin.read().strip()


def require_reason(reason: str, command: str) -> str:
    """The reason that the audit log keeps, trimmed; the command ends where there is none."""
    if not reason.strip():
        fail(f"Donnez une raison : guichet {command} … --reason « … »")
    return reason.strip()
