"""What the subcommands share: settings, logs, the application, options, tables and refusals."""

import atexit
import json
import os
import pwd
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Column, Table
from sqlalchemy.exc import DBAPIError

from bot import logs
from bot.app import App, build_app, open_store
from bot.channels import formatting, terminal
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.dates import in_paris, parse_date
from bot.domain.errors import InvalidAnswerError
from bot.domain.redaction import REDACTED, number_in
from bot.domain.sensitive_data import redact_sensitive
from bot.settings import Settings
from bot.storage.database import explain, open_database
from bot.storage.database_faults import DatabaseFault, fault_of
from bot.storage.store import Store

RENDERERS = {
    "terminal": terminal.render,
    "telegram": formatting.render_telegram,
    "mail": formatting.render_letter,
    "web": formatting.render_web,
}

AsJson = Annotated[bool, typer.Option("--json", help="En JSON.")]
Limit = Annotated[int, typer.Option(help="Au plus tant de lignes.")]
LimitFromOne = Annotated[int, typer.Option(min=1, help="Au plus tant de lignes.")]
FROM_INPUT = "-"
Reason = Annotated[
    str,
    typer.Option(
        help="Pourquoi, gardé au journal ; « - » : lu sur l'entrée standard, d'où personne ne "
        "le voit passer."
    ),
]


DAY = "JJ/MM/AAAA"


def parse_day(words: str) -> date:
    """The day of an option: 23/11/2026, 23/11/26, « 23 novembre 2026 » or 2026-11-23."""
    try:
        return parse_date(words, range(1970, 2070))
    except InvalidAnswerError:
        raise typer.BadParameter("ce n'est pas une date") from None


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


def database_words(error: Exception) -> str:
    """What the operator does about a database that failed; nothing where the mistake is ours."""
    if not isinstance(error, DBAPIError) or fault_of(error) is DatabaseFault.OTHER:
        return ""
    engine = open_database(Settings.load().database)
    return str(explain(engine, error))


LOGIN_UID = Path("/proc/self/loginuid")
NOBODY_LOGGED_IN = 2**32 - 1
"""What the kernel says of a process that no login began: a service, a container."""


def local_user() -> str:
    """The address of whoever runs the command, as the audit log names them.

    It is the account that logged in, which the kernel keeps and nobody can change; without a login
    the account that called `sudo`; else the process's own. Never LOGNAME or USER, which anybody
    sets.
    """
    uid = _login_uid()
    if uid is None:
        called = os.environ.get("SUDO_UID", "")
        uid = int(called) if called.isdecimal() else os.getuid()
    with suppress(KeyError):
        return f"local:{pwd.getpwuid(uid).pw_name}"
    return f"local:uid-{uid}"


def _login_uid() -> int | None:
    with suppress(OSError, ValueError):
        uid = int(LOGIN_UID.read_text())
        return None if uid == NOBODY_LOGGED_IN else uid
    return None


_CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}
"""What moves the cursor or begins an escape of a terminal: no text of a person's needs it."""


def say(words: str = "", *, err: bool = False, newline: bool = True) -> None:
    """Print a text; whoever wrote it cannot steer the operator's terminal."""
    typer.echo(words.translate(_CONTROLS), err=err, nl=newline)


def show_table(shown: Table | str) -> None:
    """Print a table; nothing in it is taken for markup: « [/b] » comes out as it was typed."""
    words = shown.translate(_CONTROLS) if isinstance(shown, str) else shown
    Console(markup=False, emoji=False, highlight=False).print(words)


def show_rows(rows: Iterable[Iterable[str]], *headings: str | Column, empty: str) -> None:
    """Print a table of these rows, or the sentence for none."""
    table = Table(*headings)
    for row in rows:
        table.add_row(*(cell.translate(_CONTROLS) for cell in row))
    show_table(table if table.row_count else empty)


def warn_left_out(references: Iterable[str]) -> None:
    """Say which tickets a list goes without, on standard error."""
    if left_out := ", ".join(references):
        say(
            f"Laissées de côté, car changées hors du guichet : {left_out}. Voyez guichet doctor.",
            err=True,
        )


def show_json(value: Any, *, indent: int | None = None) -> None:
    """Print a value as JSON; what JSON has no type for, as text."""
    written = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    typer.echo(written.translate({code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}))


def day_and_time(moment: datetime) -> str:
    return f"{in_paris(moment):%d/%m/%Y %H:%M}"


def plain(said: Text) -> str:
    """A text of the conversation as a terminal shows it."""
    return unescape(fill(said))


def fail(message: str) -> NoReturn:
    """End the command with status 1 and one sentence on standard error; what was typed may be
    repeated in it, but no NIR and no bank number."""
    say(redact_sensitive(message, REDACTED), err=True)
    raise typer.Exit(1)


def refuse_number(name: str) -> None:
    """End the command where a name that an operator gives holds a NIR or a bank number."""
    if number_in(name):
        fail(
            "Un numéro de sécurité sociale ou bancaire n'a pas sa place ici : donnez un nom, sans "
            "ce numéro."
        )


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


def option_or_line(given: str, asked: str) -> str:
    """What an option says, trimmed; of « - » the next line of standard input.

    One line only: what comes after it may answer the question that the command asks next.
    """
    if given != FROM_INPUT:
        return given.strip()
    if sys.stdin.isatty():
        return str(typer.prompt(asked)).strip()
    return sys.stdin.readline().strip()


def require_reason(reason: str, command: str) -> str:
    """The reason that the audit log keeps, trimmed; the command ends where there is none."""
    said = option_or_line(reason, "Pourquoi")
    if not said:
        fail(f"Donnez une raison : guichet {command} … --reason « … »")
    return said
