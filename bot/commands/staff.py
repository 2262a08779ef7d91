"""`guichet staff`: who works at the desk, and in which role."""

import getpass
import re
from typing import Annotated, NoReturn

import typer
from rich.table import Table

from bot.clock import utc_now
from bot.commands.common import load_store
from bot.commands.common import show as show_table
from bot.domain.people import Colleague, StaffRole

app = typer.Typer(help="Les personnes du bureau et leurs rôles.", no_args_is_help=True)

ADDRESS = re.compile(r"telegram:\d{1,15}|local:[\w.-]{1,32}")

Address = Annotated[str, typer.Argument(metavar="ADRESSE", help="telegram:12345, ou local:anne.")]


@app.command()
def add(
    address: Address,
    name: Annotated[str, typer.Option(help="Comme les collègues et les demandeurs la lisent.")],
    role: Annotated[StaffRole, typer.Option(help="advisor ou dpo.")] = StaffRole.ADVISOR,
) -> None:
    """Ajoute une personne, ou change son nom ou son rôle."""
    if not ADDRESS.fullmatch(address):
        _fail("Une adresse s'écrit telegram:12345 (le numéro de la personne) ou local:anne.")
    now = utc_now()
    with load_store().transaction() as db:
        db.staff.save(Colleague(address, name.strip(), role), now)
        db.audit_log.add(f"local:{getpass.getuser()}", "staff.added", address, role.value, now)
    typer.echo(f"{name.strip()} ({address}) : {role}.")


@app.command()
def remove(address: Address) -> None:
    """Retire une personne : ce qu'elle a fait garde son nom."""
    now = utc_now()
    with load_store().transaction() as db:
        removed = db.staff.remove(address, now)
        if removed:
            db.audit_log.add(f"local:{getpass.getuser()}", "staff.removed", address, "", now)
    if not removed:
        _fail(f"{address} ne fait pas partie du bureau. La liste : guichet staff list")
    typer.echo(f"{address} est retirée du bureau.")


@app.command("list")
def list_staff() -> None:
    """Les personnes du bureau."""
    with load_store().transaction() as db:
        colleagues = db.staff.all()
    table = Table("adresse", "nom", "rôle")
    for one in colleagues:
        table.add_row(one.address, one.name, one.role)
    show_table(table if colleagues else "Personne. Pour ajouter : guichet staff add")


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
