"""The command line: `guichet`, one subcommand a process.

Only the subcommand that was asked for is loaded: the terminal should open without waiting for what
others need.
"""

import gc
import logging
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from bot import logs
from bot.commands.french_help import USAGE, FrenchContext, explain, with_manual
from bot.domain.errors import RestrictedError, StartError
from bot.logs import log_failure
from knowledge.content_reader import ContentError

log = logging.getLogger(__name__)

COMMANDS: Final = {
    "chat": "run:chat",
    "telegram": "run:telegram",
    "web": "run:web",
    "bridge": "run:bridge",
    "desk": "advisor:app",
    "tickets": "tickets:app",
    "outbox": "outbox:app",
    "connectors": "connectors:app",
    "failed": "outbox:failed",
    "mail": "outbox:mail",
    "kb": "kb:app",
    "accounts": "accounts:app",
    "invite": "accounts:invite_command",
    "person": "person:app",
    "reminders": "report:reminders",
    "staff": "admin:staff",
    "report": "report:report",
    "audit": "admin:audit",
    "keys": "keys:app",
    "migrate": "backup:migrate",
    "backup": "backup:backup",
    "restore": "backup:restore",
    "retention": "admin:retention",
    "notice": "notice:app",
    "rights": "rights:rights",
    "breach": "rights:breach",
    "dpia": "dpia:dpia",
    "doctor": "admin:doctor",
    "demo": "run:demo",
}
"""Where each subcommand stands in `bot.commands`, in the order of `guichet --help`."""

FAILED: Final = 70  # EX_SOFTWARE of sysexits.h
GARBAGE: Final = 50_000
"""Objects between two collections: nearly all that a start makes stays, and need not be searched
for garbage again and again."""


class Commands(TyperGroup):
    """The subcommands, each loaded when it is wanted."""

    context_class = FrenchContext

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found = getattr(import_module(f"bot.commands.{module}"), name)
        command: Any
        if isinstance(found, typer.Typer):
            command = get_group(found)
        else:
            alone = typer.Typer(add_completion=False)
            alone.command()(found)
            command = get_command(alone)
        command.name = cmd_name
        return with_manual(command)


app = typer.Typer(
    cls=Commands,
    help="Guichet : l'aide aux employeurs publics sur PEP's, en conversation.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


@app.callback()
def guichet() -> None:
    """What is common to all subcommands: nothing to ask."""


def main() -> None:
    """Run a subcommand; whatever is wrong is said in one French sentence."""
    logs.start()
    gc.set_threshold(GARBAGE)
    status, words = _run()
    if words:
        typer.echo(words, err=True)
    sys.exit(status)


def _run() -> tuple[int, str]:
    """The status that the process ends with, and what there is to say."""
    try:
        return app(standalone_mode=False) or 0, ""
    except USAGE as error:
        return 2, explain(error)
    except typer.Abort:
        return 1, "Interrompu : rien d'autre n'est fait."
    except (StartError, RestrictedError, ContentError) as error:
        return 1, str(error)
    except Exception as error:  # noqa: BLE001 -- its message may quote what somebody typed
        return _explain_error(error)


def _explain_error(error: Exception) -> tuple[int, str]:
    """A file that was named and cannot be used, a database that is not well, or our own mistake."""
    if isinstance(error, OSError) and str(error.filename) in map(str, map(Path, sys.argv)):
        return 1, (
            f"« {error.filename} » ne peut pas être lu ou écrit : vérifiez le nom, et les "
            "droits de ce compte."
        )
    from bot.commands.common import database_words  # noqa: PLC0415 -- only an error needs it

    if words := database_words(error):
        return 1, words
    log_failure(log, "guichet", error)
    return FAILED, (
        f"Le guichet s'arrête sur une erreur de sa part ({type(error).__name__}, voyez les "
        "lignes ci-dessus). Ce qui était enregistré le reste : relancez, puis guichet doctor."
    )


if __name__ == "__main__":
    main()
