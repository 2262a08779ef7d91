"""The command line: `guichet`, one subcommand a process."""

import logging
import sys

import typer

from bot.canned import CannedError
from bot.commands import (
    accounts,
    advising,
    audit,
    demo,
    desk,
    kb,
    keys,
    outbox,
    reminders,
    report,
    running,
    simulate,
    staff,
    tickets,
)
from bot.settings import SettingsError
from bot.storage.database import DatabaseError
from bot.storage.keyring import KeyringError
from knowledge import ContentError

app = typer.Typer(
    help="Guichet : l'aide aux employeurs publics sur PEP's, en conversation.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(kb.app, name="kb")
app.add_typer(tickets.app, name="tickets")
app.add_typer(outbox.app, name="outbox")
app.add_typer(accounts.app, name="accounts")
app.add_typer(audit.app, name="audit")
app.add_typer(keys.app, name="keys")
app.add_typer(advising.app, name="desk")
app.add_typer(staff.app, name="staff")
app.command()(running.chat)
app.command()(running.telegram)
app.command()(running.bridge)
app.command()(desk.doctor)
app.command()(desk.retention)
app.command("invite")(accounts.invite_command)
app.command()(reminders.reminders)
app.command()(demo.demo)
app.command()(simulate.simulate)
app.command()(report.report)


def main() -> None:
    """Run a subcommand; what is wrong with settings, keys or content is said in one sentence."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        app()
    except (SettingsError, DatabaseError, KeyringError, ContentError, CannedError) as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
