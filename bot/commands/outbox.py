"""`guichet outbox`: what waits to be delivered, what was given up, and another try for it."""

import json
from typing import Annotated, NoReturn

import typer
from rich.table import Table

from bot.background.email_delivery import send_emails
from bot.background.ticket_delivery import send_tickets
from bot.clock import utc_now
from bot.commands.common import load_app, load_store
from bot.commands.common import show as show_table
from bot.domain.dates import in_paris
from bot.domain.delivery import OutboxMessage, OutboxState

app = typer.Typer(help="Ce qui reste à livrer, et ce qui a été abandonné.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Une ligne JSON par envoi.")]
State = Annotated[
    OutboxState | None,
    typer.Option("--state", help="Un seul état."),
]
Number = Annotated[int, typer.Argument(metavar="NUMÉRO", help="Le numéro de l'envoi.")]


@app.command("list")
def list_rows(
    state: State = None,
    as_json: Json = False,
    limit: Annotated[int, typer.Option(help="Au plus tant de lignes.")] = 50,
) -> None:
    """Ce qui attend et ce qui est abandonné, sans le contenu : il peut être personnel."""
    states = [state] if state else [OutboxState.BURIED, OutboxState.WAITING]
    with load_store().transaction() as db:
        rows = [row for one in states for row in db.outbox.rows(one, limit)][:limit]
    if as_json:
        for row in rows:
            typer.echo(json.dumps(_as_dict(row), ensure_ascii=False))
        return
    table = Table("n°", "vers", "genre", "état", "essais", "depuis", "raison")
    for row in rows:
        since = f"{in_paris(row.created_at):%d/%m/%Y %H:%M}"
        reason = row.failure or ""
        table.add_row(str(row.id), row.lane, row.kind, row.state, str(row.attempts), since, reason)
    show_table(table if rows else "Rien à montrer.")


@app.command()
def show(number: Number) -> None:
    """Un envoi : état, essais, raison de l'échec ; jamais son contenu."""
    with load_store().transaction() as db:
        row = db.outbox.get(number)
    if row is None:
        _fail(f"L'envoi {number} n'existe pas. La liste : guichet outbox list")
    typer.echo(json.dumps(_as_dict(row), ensure_ascii=False, indent=2))


@app.command()
def retry(number: Number) -> None:
    """Redonne sa chance à un envoi abandonné."""
    with load_store().transaction() as db:
        revived = db.outbox.revive(number, utc_now())
    if not revived:
        _fail(f"L'envoi {number} n'est pas abandonné : il n'y a rien à relancer.")
    typer.echo(f"L'envoi {number} repartira dans un instant.")


@app.command()
def send() -> None:
    """Livre tout de suite les demandes et les courriels qui attendent ; Telegram le fait seul."""
    desk = load_app()
    send_tickets(desk)
    send_emails(desk)


def _as_dict(row: OutboxMessage) -> dict[str, str | int | None]:
    return {
        "id": row.id,
        "lane": row.lane,
        "kind": row.kind,
        "state": row.state,
        "attempts": row.attempts,
        "created_at": row.created_at.isoformat(),
        "due_at": row.due_at.isoformat(),
        "failure": row.failure,
    }


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
