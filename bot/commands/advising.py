"""`guichet desk`: the desk in a terminal; tickets are read, taken, answered and closed."""

import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.table import Column, Table

from bot.app import App
from bot.clock import utc_now
from bot.commands.common import load_app, load_settings
from bot.commands.common import show as show_table
from bot.commands.tickets import ticket_lines
from bot.conversation.display import attachment_line
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.attachment import MOST_ATTACHMENTS, IncomingFile, RefusedAttachmentError
from bot.domain.dates import in_paris
from bot.domain.errors import InvalidAnswerError
from bot.domain.text import parse_free_text
from bot.domain.ticket import Author, Happening, Ticket, TicketStatus
from bot.services.advisor_actions import ActionResult, AdvisorAction
from bot.services.advisor_tickets import AdvisorTickets
from bot.services.canned_answers import load_canned_answers

app = typer.Typer(help="Le bureau des conseillers, dans ce terminal.", no_args_is_help=True)

Reference = Annotated[str, typer.Argument(metavar="RÉFÉRENCE")]
Surely = Annotated[bool, typer.Option("--surely", help="Passe outre l'avertissement.")]
Words = Annotated[str, typer.Argument(metavar="TEXTE", help="« - » : lu sur l'entrée standard.")]

ANSWER_LIMIT = 4000


@app.command("list")
def list_open(limit: Annotated[int, typer.Option(help="Au plus tant de lignes.")] = 50) -> None:
    """Ce qui reste à traiter, le plus ancien d'abord."""
    desk = load_app()
    tickets = desk.advisor_desk.open_tickets(limit)
    reference = Column("référence", no_wrap=True)
    table = Table(reference, "état", "file", "prise par", "déposée le", "sous-motif")
    for ticket in tickets:
        table.add_row(
            ticket.reference,
            _status(ticket.status),
            ticket.queue,
            desk.advisor_desk.name(ticket.taken_by) if ticket.taken_by else "",
            f"{in_paris(ticket.filed_at):%d/%m/%Y %H:%M}",
            ticket.label,
        )
    show_table(table if tickets else "Rien à traiter.")


@app.command("open")
def open_ticket(reference: Reference) -> None:
    """Une demande : ce qui est demandé, les messages, les notes ; le NIR masqué."""
    desk = load_app()
    ticket = _ticket(desk, reference)
    for line in ticket_lines(ticket, desk.knowledge.catalogue.fields):
        typer.echo(line)
    taken = desk.advisor_desk.name(ticket.taken_by) if ticket.taken_by else "personne"
    typer.echo(f"File : {ticket.queue or 'aucune'}. Prise par : {taken}.")
    for one in desk.advisor_desk.history(ticket.reference):
        typer.echo(_happened(desk, one))


@app.command()
def take(reference: Reference, confirmed: Surely = False) -> None:
    """Prend la demande en charge ; le demandeur en est averti la première fois."""
    _do(lambda bench: bench.take(_name(reference)), "Prise.", confirmed=confirmed)


@app.command()
def release(reference: Reference) -> None:
    """Rend la demande : plus personne ne l'a."""
    _do(lambda bench: bench.release(_name(reference)), "Rendue.")


@app.command()
def answer(  # noqa: PLR0913, PLR0917 -- the options of a command
    reference: Reference,
    words: Words = "",
    canned: Annotated[str, typer.Option(help="Une réponse type : guichet desk canned")] = "",
    seen: Annotated[int | None, typer.Option(help="Combien de messages vous avez lus.")] = None,
    attach: Annotated[Path | None, typer.Option(help="Un fichier à joindre.")] = None,
    confirmed: Surely = False,
) -> None:
    """Répond au demandeur, dans sa conversation."""
    desk = load_app()
    given = _enclosure(attach) if attach else None
    if given is not None and not words and not canned:
        said = _words(text("pieces.alone"))
    else:
        said = _canned(desk, _ticket(desk, reference), canned) if canned else _read(words)
    name = _name(reference)
    _do(
        lambda bench: bench.answer(name, said, seen=seen, enclosed=given),
        "Réponse envoyée.",
        confirmed=confirmed,
    )


@app.command()
def pieces(reference: Reference) -> None:
    """Les pièces d'une demande : numéro, genre et poids."""
    ticket = _ticket(load_app(), reference)
    for piece in ticket.pieces:
        typer.echo(f"{_words(attachment_line(piece))} · {piece.name}")
    if not ticket.pieces:
        typer.echo(_words(text("staff.no_piece")))


@app.command()
def piece(
    reference: Reference,
    number: Annotated[int, typer.Argument(metavar="N°")],
    to: Annotated[Path, typer.Option(help="Le fichier à écrire ; il ne doit pas exister.")],
    reason: Annotated[str, typer.Option(help="Pourquoi : la raison est gardée au journal.")],
) -> None:
    """Écrit une pièce dans un fichier. Qui, laquelle et pourquoi sont inscrits au journal."""
    if not reason.strip():
        _fail("Donnez une raison : guichet desk piece … --reason « … »")
    if to.exists():
        _fail(f"{to} existe déjà : donnez un autre nom.")
    deed = AdvisorAction(who=_me(), at=utc_now())
    found = load_app().advisor_desk.show_piece(_name(reference), number, deed, reason.strip())
    if found is None:
        _fail(f"Cette pièce n'existe pas. La liste : guichet desk pieces {reference}")
    to.touch(mode=0o600)
    to.write_bytes(found[1])
    typer.echo(f"{found[0].name} : {found[0].weight}, écrit dans {to}")


@app.command("canned")
def list_canned() -> None:
    """Les réponses types."""
    for one in load_canned_answers(load_app().settings.answers_dir).values():
        typer.echo(f"{one.name:<20} {one.title}")


@app.command()
def note(reference: Reference, words: Words) -> None:
    """Écrit une note pour le bureau seul : ni le demandeur ni un connecteur ne la voit."""
    said = _read(words)
    _do(lambda bench: bench.note(_name(reference), said), "Note gardée.")


@app.command()
def wait(reference: Reference, words: Words = "", confirmed: Surely = False) -> None:
    """Met en attente d'une réponse du demandeur ; le texte lui dit laquelle."""
    given = _read(words) if words else ""
    name = _name(reference)
    _do(
        lambda bench: bench.set_status(name, TicketStatus.PENDING, given),
        "En attente du demandeur.",
        confirmed=confirmed,
    )


@app.command()
def resolve(reference: Reference) -> None:
    """La demande est résolue ; le demandeur en est averti et peut la noter."""
    _set(reference, TicketStatus.RESOLVED, "Résolue.")


@app.command()
def close(reference: Reference) -> None:
    """La demande est close ; le demandeur en est averti et peut la noter."""
    _set(reference, TicketStatus.CLOSED, "Close.")


@app.command()
def reopen(reference: Reference) -> None:
    """Rouvre une demande."""
    _set(reference, TicketStatus.IN_PROGRESS, "Rouverte.")


@app.command()
def move(reference: Reference, queue: Annotated[str, typer.Argument(metavar="FILE")]) -> None:
    """Confie la demande à une autre file."""
    catalogue = load_app().knowledge.catalogue
    if catalogue.queue(queue) is None:
        known = ", ".join(one.code for one in catalogue.queues)
        _fail(f"La file {queue} n'existe pas. Connues : {known}.")
    _do(lambda bench: bench.move(_name(reference), queue), f"Confiée à : {queue}.")


def _enclosure(path: Path) -> IncomingFile:
    try:
        return IncomingFile(name=path.name, content=path.read_bytes())
    except OSError:
        _fail(f"{path} ne peut pas être lu.")


def _set(reference: str, status: TicketStatus, said: str) -> None:
    _do(lambda bench: bench.set_status(_name(reference), status), said)


def _canned(desk: App, ticket: Ticket, name: str) -> str:
    canned = load_canned_answers(desk.settings.answers_dir).get(name)
    if canned is None:
        _fail(f"La réponse type {name} n'existe pas. La liste : guichet desk canned")
    return canned.fill(ticket, desk.advisor_desk.name(_me()))


def _read(words: str) -> str:
    typed = sys.stdin.read() if words == "-" else words
    try:
        return parse_free_text(typed, ANSWER_LIMIT)
    except InvalidAnswerError:
        _fail(f"Écrivez un texte de 1 à {ANSWER_LIMIT} caractères.")


def _do(
    work: Callable[[AdvisorTickets], ActionResult], done: str, *, confirmed: bool = False
) -> None:
    """Do it; say what came of it, and what to do about a doubt."""
    office = load_app().advisor_desk
    try:
        outcome = office.do(AdvisorAction(who=_me(), at=utc_now(), confirmed=confirmed), work)
    except RefusedAttachmentError as error:
        limit = load_settings().piece_megabytes
        _fail(_words(text(f"pieces.{error.fault}", limit=limit, most=MOST_ATTACHMENTS)))
    if outcome.error is not None:
        _fail(_words(text(f"desk.{outcome.error}")))
    if outcome.warning is not None and outcome.ticket is not None:
        taken_by = office.name(outcome.ticket.taken_by)
        warning = _words(text(f"desk.{outcome.warning}", taken_by=taken_by))
        _fail(f"{warning} Pour passer outre : --surely")
    typer.echo(done)
    if not outcome.told:
        typer.echo(_words(text("desk.not_told")))


def _words(said: Text) -> str:
    return unescape(fill(said))


def _happened(desk: App, one: Happening) -> str:
    """One line of the history; the requester has no name here, an advisor or a system has."""
    detail = text(f"state.{one.detail}") if one.what == "status" else one.detail
    who = desk.advisor_desk.name(one.who) if ":" in one.who else text("history.requester")
    if one.who == Author.ADVISOR:
        who = text("outside.advisor")
    what = text(f"history.{one.what}", detail=detail)
    return _words(text("history.by", day=f"{in_paris(one.at):%d/%m/%Y %H:%M}", what=what, who=who))


def _status(status: TicketStatus) -> str:
    return fill(text(f"state.{status}"))


def _ticket(desk: App, reference: str) -> Ticket:
    ticket = desk.advisor_desk.ticket(_name(reference))
    if ticket is None:
        _fail(f"La demande {reference} n'existe pas. La liste : guichet desk list")
    return ticket


def _name(reference: str) -> str:
    return reference.strip().upper()


def _me() -> str:
    return f"local:{getpass.getuser()}"


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
