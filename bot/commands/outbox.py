"""`guichet outbox`, `failed` and `mail`: messages that wait or were given up; turns that failed;
e-mails that a mail server hands over."""

import sys
from dataclasses import asdict
from typing import Annotated, NoReturn

import typer
from rich.table import Column

from bot.background.tasks import send_emails, send_tickets
from bot.clock import utc_now
from bot.commands.common import (
    Limit,
    LimitFromOne,
    Reason,
    day_and_time,
    fail,
    load_app,
    load_store,
    local_user,
    require_reason,
    say,
    show_json,
    show_rows,
)
from bot.connectors.email_reader import MOST_BYTES, parse_incoming_email
from bot.domain.delivery import OutboxMessage, OutboxState
from bot.domain.errors import StartError
from bot.services.inbound_emails import EmailOutcome

app = typer.Typer(help="Ce qui reste à livrer, et ce qui a été abandonné.", no_args_is_help=True)
failed = typer.Typer(
    help="Les tours qui ont échoué, gardés pour l'opérateur.", no_args_is_help=True
)
mail = typer.Typer(help="Les courriels qui répondent à ceux du guichet.", no_args_is_help=True)

TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h
OUTCOMES = {
    EmailOutcome.MESSAGE: "Ajouté à la demande, au nom du demandeur.",
    EmailOutcome.ANSWER: "Réponse transmise au demandeur.",
    EmailOutcome.NOTE: "Gardé en note pour le bureau : l'expéditeur n'est pas reconnu.",
    EmailOutcome.BOUNCE: "Retour d'un courriel non remis : guichet outbox list.",
    EmailOutcome.KNOWN: "Déjà pris.",
    EmailOutcome.EMPTY: "Rien de nouveau dans ce courriel.",
    EmailOutcome.AUTOMATIC: "Réponse automatique, laissée de côté.",
    EmailOutcome.UNKNOWN: "Ne répond à aucun courriel du guichet, laissé de côté.",
    EmailOutcome.TOO_MANY: "Trop de courriels en une heure dans cette demande, laissé de côté.",
    EmailOutcome.FAILED: "En erreur, mis de côté : guichet failed list.",
}

STATES = {
    OutboxState.WAITING: "en attente",
    OutboxState.SENT: "parti",
    OutboxState.BURIED: "abandonné",
}

_Json = Annotated[bool, typer.Option("--json", help="Une ligne JSON par envoi.")]
_Reference = Annotated[
    str, typer.Argument(metavar="RÉFÉRENCE", help="Celle que la personne a lue.")
]
Number = Annotated[int, typer.Argument(metavar="NUMÉRO", help="Le numéro de l'envoi.")]


@app.command("list")
def list_rows(
    state: Annotated[
        OutboxState | None, typer.Option(help="Un seul état : en attente, parti ou abandonné.")
    ] = None,
    as_json: _Json = False,
    limit: Limit = 50,
) -> None:
    """Ce qui attend et ce qui est abandonné, sans le contenu : il peut être personnel."""
    states = [state] if state else [OutboxState.BURIED, OutboxState.WAITING]
    with load_store().read() as db:
        rows = [row for one in states for row in db.outbox.list(one, limit)][:limit]
    if as_json:
        for row in rows:
            show_json(_as_dict(row))
        return
    # Whole in a window of 80 columns: what is long goes on in the next line.
    to = Column("vers", width=16, overflow="fold")
    why = Column("raison", width=18, overflow="fold")
    headings = ("n°", to, why, "état", "essais", "depuis")
    show_rows(map(_row, rows), *headings, empty="Rien à montrer.")


@app.command()
def show(number: Number) -> None:
    """Un envoi : état, essais, raison de l'échec ; jamais son contenu."""
    with load_store().read() as db:
        row = db.outbox.get(number)
    if row is None:
        fail(f"L'envoi {number} n'existe pas. La liste : guichet outbox list")
    show_json(_as_dict(row), indent=2)


@app.command()
def retry(
    number: Annotated[
        int | None, typer.Argument(metavar="[NUMÉRO]", help="Le numéro de l'envoi.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Tous les envois abandonnés.")] = False,
    failure: Annotated[
        str, typer.Option("--reason", help="Tous ceux de cette raison (outbox list).")
    ] = "",
) -> None:
    """Redonne leur chance à des envois abandonnés : un, tous, ou ceux d'une même raison."""
    if sum((number is not None, every, bool(failure))) != 1:
        fail("Donnez un numéro, --all ou --reason RAISON. La liste : guichet outbox list")
    now = utc_now()
    with load_store().transaction() as db:
        if number is not None:
            revived = int(db.outbox.revive(number, now))
        else:
            revived = db.outbox.revive_all(now, failure)
    if number is not None and not revived:
        fail(f"L'envoi {number} n'est pas abandonné, ou il est revenu : il ne se relance pas.")
    if not revived:
        fail("Aucun envoi abandonné de ce genre : il n'y a rien à relancer.")
    if number is not None:
        say(f"L'envoi {number} repartira dans un instant.")
    else:
        say(f"Envois relancés : {revived}. Ils repartiront dans un instant.")


@app.command()
def send() -> None:
    """Livre tout de suite les demandes et les courriels qui attendent ; Telegram le fait seul."""
    desk = load_app()
    send_tickets(desk)
    send_emails(desk)


@mail.command()
def receive() -> None:
    """Prend un courriel sur l'entrée standard : une réponse à un courriel du guichet.

    Pour l'alias d'un serveur de courrier. Code 0 : traité, même s'il n'est pas gardé, et personne
    ne reçoit de réponse. Code 75 : à représenter plus tard.
    """
    try:
        email = parse_incoming_email(sys.stdin.buffer.read(MOST_BYTES + 1))
        outcome = load_app().inbound_emails.receive(email, utc_now())
    except Exception as error:  # noqa: BLE001 -- any other status would have the sender answered
        words = error if isinstance(error, StartError) else type(error).__name__
        say(f"Le courriel n'est pas pris, le serveur le représentera : {words}", err=True)
        raise typer.Exit(TRY_AGAIN) from None
    say(OUTCOMES[outcome])


@mail.callback()
def _mail() -> None:
    """One subcommand of several, not the only one."""


@failed.command("list")
def list_failed(as_json: _Json = False, limit: LimitFromOne = 50) -> None:
    """Les tours échoués, les plus récents d'abord, sans leur contenu."""
    with load_store().read() as db:
        found, count = db.failed_updates.newest(limit), db.failed_updates.count()
    if as_json:
        for one in found:
            show_json(asdict(one) | {"failed_at": one.failed_at.isoformat()})
        return
    rows = [(one.reference, one.address, one.error, day_and_time(one.failed_at)) for one in found]
    show_rows(rows, "référence", "qui", "erreur", "quand", empty="Aucun tour échoué.")
    if count > len(found):
        say(f"{count} tours échoués, dont {len(found)} montrés.")


@failed.command("show")
def show_failed(reference: _Reference, reason: Reason) -> None:
    """Montre ce qui avait été reçu. Qui, quoi et pourquoi sont inscrits au journal."""
    why = require_reason(reason, "failed show")
    name, now = reference.upper(), utc_now()
    with load_store().transaction() as db:
        content = db.failed_updates.open(name)
        if content is not None:
            db.audit_log.add(local_user(), "failed.shown", name, why, now)
    if content is None:
        _unknown(reference)
    say(content)


@failed.command()
def forget(reference: _Reference) -> None:
    """Efface un tour échoué, une fois la faute comprise."""
    name, now = reference.upper(), utc_now()
    with load_store().transaction() as db:
        forgotten = db.failed_updates.delete(name)
        if forgotten:
            db.audit_log.add(local_user(), "failed.forgotten", name, "", now)
    if not forgotten:
        _unknown(reference)
    say(f"Le tour {name} est effacé.")


def _unknown(reference: str) -> NoReturn:
    fail(f"Le tour {reference} n'est pas là. La liste : guichet failed list")


def _row(row: OutboxMessage) -> tuple[str, ...]:
    lane = row.lane.removeprefix("connector:").replace(":PEPS", " PEPS")
    since = day_and_time(row.created_at)
    return str(row.id), lane, row.failure or "", STATES[row.state], str(row.attempts), since


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
