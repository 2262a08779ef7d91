"""The command line: `guichet`, one subcommand a process.

Only the subcommand that was asked for is loaded: the terminal should open without waiting for what
others need.
"""

import gc
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from bot import logs
from bot.domain.errors import StartError
from knowledge.errors import ContentError

COMMANDS: Final = {
    "chat": "running:chat",
    "telegram": "running:telegram",
    "bridge": "running:bridge",
    "desk": "advising:app",
    "tickets": "tickets:app",
    "outbox": "outbox:app",
    "kb": "kb:app",
    "accounts": "accounts:app",
    "invite": "accounts:invite_command",
    "reminders": "reminders:reminders",
    "staff": "staff:app",
    "report": "report:report",
    "audit": "audit:app",
    "keys": "keys:app",
    "migrate": "migrating:migrate",
    "backup": "backup:backup",
    "restore": "backup:restore",
    "retention": "desk:retention",
    "doctor": "desk:doctor",
    "demo": "demo:demo",
    "simulate": "simulate:simulate",
}
"""Where each subcommand stands in `bot.commands`, in the order of `guichet --help`."""


GARBAGE: Final = 50_000
"""Objects between two collections: nearly all that a start makes stays, and need not be searched
for garbage again and again."""


class Commands(TyperGroup):
    """The subcommands, each loaded when it is wanted."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(f"bot.commands.{module}"), name)
        command = get_group(found) if isinstance(found, typer.Typer) else _alone(found)
        command.name = cmd_name
        return command


def _alone(function: Callable[..., None]) -> Any:
    """A function as a command of its own."""
    single = typer.Typer(add_completion=False)
    single.command()(function)
    return get_command(single)


app = typer.Typer(
    cls=Commands,
    help="Guichet : l'aide aux employeurs publics sur PEP's, en conversation.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def guichet() -> None:
    """What is common to all subcommands: nothing to ask."""


def main() -> None:
    """Run a subcommand; what is wrong with settings, keys or content is said in one sentence."""
    logs.start()
    gc.set_threshold(GARBAGE)
    try:
        app()
    except (StartError, ContentError) as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
