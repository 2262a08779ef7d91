"""`guichet tickets`: the register of tickets, the NIR masked, and its audited reveal."""

import getpass
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from bot.commands.setup import load_app
from bot.connectors.wording import piece_lines
from bot.conversation.fields import masked_value
from bot.domain.clock import in_paris
from bot.domain.ticket import Answer, Ticket, TicketMessage, TicketStatus

app = typer.Typer(help="Les demandes déposées.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="En JSON.")]
Reference = Annotated[
    str, typer.Argument(metavar="RÉFÉRENCE", help="Par exemple PEPS-2026-000001.")
]


@app.command("list")
def list_tickets(
    status: Annotated[TicketStatus | None, typer.Option(help="Un seul état.")] = None,
    limit: Annotated[int, typer.Option(help="Au plus tant de lignes.")] = 50,
    as_json: Json = False,
) -> None:
    """Les demandes, les plus récentes d'abord."""
    tickets = load_app().backoffice.tickets(status=status, limit=limit)
    if as_json:
        for ticket in tickets:
            row = {
                "reference": ticket.reference,
                "status": ticket.status,
                "filed_at": ticket.filed_at.isoformat(),
                "label": ticket.label,
            }
            typer.echo(json.dumps(row, ensure_ascii=False))
        return
    table = Table("référence", "état", "déposée le", "sous-motif")
    for ticket in tickets:
        day = f"{in_paris(ticket.filed_at):%d/%m/%Y %H:%M}"
        table.add_row(ticket.reference, ticket.status, day, ticket.label)
    Console().print(table if tickets else "Aucune demande.")


@app.command()
def show(reference: Reference, as_json: Json = False) -> None:
    """Une demande, le NIR masqué."""
    ticket = load_app().backoffice.ticket(reference.upper())
    if ticket is None:
        _unknown(reference)
    if as_json:
        typer.echo(json.dumps(_as_dict(ticket), ensure_ascii=False, indent=2))
        return
    for line in ticket_lines(ticket):
        typer.echo(line)


@app.command()
def reveal(
    reference: Reference,
    reason: Annotated[str, typer.Option(help="Pourquoi : la raison est gardée au journal.")],
) -> None:
    """Montre les NIR d'une demande. Qui, quoi et pourquoi sont inscrits au journal."""
    if not reason.strip():
        typer.echo("Donnez une raison : guichet tickets reveal … --reason « … »", err=True)
        raise typer.Exit(1)
    who = f"local:{getpass.getuser()}"
    office = load_app().backoffice
    nirs = office.reveal(reference.upper(), who=who, reason=reason.strip(), now=datetime.now(UTC))
    if nirs is None:
        _unknown(reference)
    for place, nir in enumerate(nirs, 1):
        typer.echo(f"Agent {place} : {nir or 'non disponible'}")


def ticket_lines(ticket: Ticket) -> Iterator[str]:
    request = ticket.request
    yield f"{ticket.reference} · {ticket.status} · {in_paris(ticket.filed_at):%d/%m/%Y %H:%M}"
    yield " > ".join(request.labels)
    yield f"Employeur : {request.employer.name} ({request.employer.siret})"
    yield f"Demandeur : {request.assurance}, réponse à {request.email or 'cette conversation'}"
    if request.fund:
        yield f"Fonds : {request.fund}"
    for answer in request.answers:
        yield _answer_line(answer)
    for place, agent in enumerate(request.agents, 1):
        yield f"Agent {place}"
        for answer in agent.answers:
            yield f"  {_answer_line(answer)}"
    yield f"Description : {request.description}"
    yield from piece_lines(ticket, None)
    for message in ticket.messages:
        yield _message_line(message)
        yield from piece_lines(ticket, message.place)


def _message_line(message: TicketMessage) -> str:
    kind = "note" if message.internal else message.author
    return f"{in_paris(message.written_at):%d/%m/%Y %H:%M} {kind} : {message.text}"


def _answer_line(answer: Answer) -> str:
    note = f" [{answer.note}]" if answer.note else ""
    return f"{answer.key} : {masked_value(answer) if answer.value else 'non indiqué'}{note}"


def _as_dict(ticket: Ticket) -> dict[str, Any]:
    request = ticket.request
    return {
        "reference": ticket.reference,
        "status": ticket.status,
        "filed_at": ticket.filed_at.isoformat(),
        "path": request.path,
        "labels": request.labels,
        "fund": request.fund,
        "employer": {"siret": request.employer.siret, "name": request.employer.name},
        "email": request.email,
        "assurance": request.assurance,
        "answers": [_answer_dict(answer) for answer in request.answers],
        "agents": [[_answer_dict(answer) for answer in agent.answers] for agent in request.agents],
        "description": request.description,
        "messages": [
            {
                "author": message.author,
                "internal": message.internal,
                "text": message.text,
                "written_at": message.written_at.isoformat(),
            }
            for message in ticket.messages
        ],
    }


def _answer_dict(answer: Answer) -> dict[str, str]:
    value = masked_value(answer) if answer.value else ""
    return {"key": answer.key, "value": value, "note": answer.note}


def _unknown(reference: str) -> NoReturn:
    typer.echo(f"La demande {reference} n'existe pas. La liste : guichet tickets list", err=True)
    raise typer.Exit(1)
