"""`guichet desk`: the desk in a terminal; tickets are read, taken, answered and closed."""

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column

from bot.clock import utc_now
from bot.commands.common import (
    Limit,
    Reason,
    day_and_time,
    fail,
    load_app,
    load_settings,
    load_store,
    local_user,
    plain,
    require_reason,
    say,
    show_rows,
    warn_left_out,
)
from bot.commands.tickets import ticket_lines
from bot.conversation.screens.layout import attachment_line
from bot.conversation.texts import fill, text
from bot.domain.attachment import MOST_ATTACHMENTS, IncomingFile, RefusedAttachmentError
from bot.domain.errors import InvalidAnswerError
from bot.domain.text import parse_free_text
from bot.domain.ticket import Author, Happening, Ticket, TicketStatus
from bot.services.advisor_tickets import ActionResult, AdvisorAction, AdvisorTickets
from bot.services.canned_answers import load_canned_answers
from bot.storage.store import Database

app = typer.Typer(help="Le bureau des conseillers, dans ce terminal.", no_args_is_help=True)

_Reference = Annotated[str, typer.Argument(metavar="RÉFÉRENCE")]
Surely = Annotated[bool, typer.Option("--surely", help="Passe outre l'avertissement.")]
_Words = Annotated[str, typer.Argument(metavar="TEXTE", help="« - » : lu sur l'entrée standard.")]

ANSWER_LIMIT = 4000


@app.command("list")
def list_open(limit: Limit = 50) -> None:
    """Ce qui reste à traiter, le plus ancien d'abord."""
    with load_store().read() as db:
        tickets = db.tickets.still_open(limit)
        warn_left_out(db.tickets.left_out)
        names = _names(db, (one.taken_by for one in tickets))
    rows = []
    for one in tickets:
        state, day = fill(text(f"state.{one.status}")), day_and_time(one.filed_at)
        rows.append((one.reference, state, one.queue, names[one.taken_by], day, one.label))
    headings = ("état", "file", "prise par", "déposée le", "sous-motif")
    show_rows(rows, Column("référence", no_wrap=True), *headings, empty="Rien à traiter.")


@app.command("open")
def open_ticket(reference: _Reference) -> None:
    """Une demande : ce qui est demandé, les messages, les notes ; le NIR masqué."""
    app_ = load_app()
    with app_.store.read() as db:
        ticket = _ticket(db, reference)
        score_words = db.tickets.score_words(ticket.reference)
        history = db.ticket_messages.history(ticket.reference)
        names = _names(db, (ticket.taken_by, *(one.who for one in history)))
    with app_.store.transaction() as db:
        db.audit_log.add(local_user(), "ticket.read", ticket.reference, "", utc_now())
    for line in ticket_lines(ticket, app_.knowledge.catalogue.fields, score_words):
        say(line)
    taken = names[ticket.taken_by] or "personne"
    say(f"File : {ticket.queue or 'aucune'}. Prise par : {taken}.")
    for one in history:
        say(_happened(one, names))


@app.command()
def take(reference: _Reference, confirmed: Surely = False) -> None:
    """Prend la demande en charge ; le demandeur en est averti la première fois."""
    _do(lambda tickets: tickets.take(_name(reference)), "Prise.", confirmed=confirmed)


@app.command()
def release(reference: _Reference) -> None:
    """Rend la demande : plus personne ne l'a."""
    _do(lambda tickets: tickets.release(_name(reference)), "Rendue.")


@app.command()
def answer(  # noqa: PLR0913, PLR0917 -- the options of a command
    reference: _Reference,
    words: _Words = "",
    canned: Annotated[str, typer.Option(help="Une réponse type : guichet desk canned")] = "",
    seen: Annotated[int | None, typer.Option(help="Combien de messages vous avez lus.")] = None,
    attach: Annotated[Path | None, typer.Option(help="Un fichier à joindre.")] = None,
    confirmed: Surely = False,
) -> None:
    """Répond au demandeur, dans sa conversation."""
    given = None
    if attach:
        try:
            given = IncomingFile(name=attach.name, content=attach.read_bytes(), by_advisor=True)
        except OSError:
            fail(f"{attach} ne peut pas être lu.")
    if given is not None and not words and not canned:
        said = plain(text("pieces.alone"))
    else:
        said = _canned(reference, canned) if canned else _read(words)
    name = _name(reference)
    _do(
        lambda tickets: tickets.answer(name, said, seen=seen, enclosed=given),
        "Réponse envoyée.",
        confirmed=confirmed,
    )


@app.command()
def pieces(reference: _Reference) -> None:
    """Les pièces d'une demande : numéro, genre et poids."""
    with load_store().read() as db:
        ticket = _ticket(db, reference)
    for piece in ticket.pieces:
        say(f"{plain(attachment_line(piece))} · {piece.name}")
    if not ticket.pieces:
        say(plain(text("staff.no_piece")))


@app.command()
def piece(
    reference: _Reference,
    number: Annotated[int, typer.Argument(metavar="N°")],
    to: Annotated[Path, typer.Option(help="Le fichier à écrire ; il ne doit pas exister.")],
    reason: Reason,
) -> None:
    """Écrit une pièce dans un fichier. Qui, laquelle et pourquoi sont inscrits au journal."""
    why = require_reason(reason, "desk piece")
    if to.exists():
        fail(f"{to} existe déjà : donnez un autre nom.")
    action = AdvisorAction(who=local_user(), at=utc_now())
    name = _name(reference)
    app_ = load_app()
    with app_.store.transaction() as db:
        tickets = app_.advisor_desk.tickets_for(db, action)
        revealed = tickets.reveal_piece(name, number, why)
        found = db.attachments.content(name, number) if revealed else None
    if found is None:
        fail(f"Cette pièce n'existe pas. La liste : guichet desk pieces {reference}")
    to.touch(mode=0o600)
    to.write_bytes(found[1])
    say(f"{found[0].name} : {found[0].weight}, écrit dans {to}")


@app.command("canned")
def list_canned() -> None:
    """Les réponses types."""
    for one in load_canned_answers(load_settings().answers_dir).values():
        say(f"{one.name:<20} {one.title}")


@app.command()
def note(reference: _Reference, words: _Words) -> None:
    """Écrit une note pour le bureau seul : ni le demandeur ni un connecteur ne la voit."""
    said = _read(words)
    _do(lambda tickets: tickets.note(_name(reference), said), "Note gardée.")


@app.command()
def wait(reference: _Reference, words: _Words = "", confirmed: Surely = False) -> None:
    """Met en attente d'une réponse du demandeur ; le texte lui dit laquelle."""
    given = _read(words) if words else ""
    name = _name(reference)
    _do(
        lambda tickets: tickets.set_status(name, TicketStatus.PENDING, given),
        "En attente du demandeur.",
        confirmed=confirmed,
    )


@app.command()
def resolve(reference: _Reference) -> None:
    """La demande est résolue ; le demandeur en est averti et peut la noter."""
    _set(reference, TicketStatus.RESOLVED, "Résolue.")


@app.command()
def close(reference: _Reference) -> None:
    """La demande est close ; le demandeur en est averti et peut la noter."""
    _set(reference, TicketStatus.CLOSED, "Close.")


@app.command()
def reopen(reference: _Reference) -> None:
    """Rouvre une demande."""
    _set(reference, TicketStatus.IN_PROGRESS, "Rouverte.")


@app.command()
def move(reference: _Reference, queue: Annotated[str, typer.Argument(metavar="FILE")]) -> None:
    """Confie la demande à une autre file."""
    catalogue = load_app().knowledge.catalogue
    if catalogue.queue(queue) is None:
        known = ", ".join(one.code for one in catalogue.queues)
        fail(f"La file {queue} n'existe pas. Connues : {known}.")
    _do(lambda tickets: tickets.move(_name(reference), queue), f"Confiée à : {queue}.")


def _set(reference: str, status: TicketStatus, said: str) -> None:
    _do(lambda tickets: tickets.set_status(_name(reference), status), said)


def _canned(reference: str, name: str) -> str:
    app_ = load_app()
    canned = load_canned_answers(app_.settings.answers_dir).get(name)
    if canned is None:
        fail(f"La réponse type {name} n'existe pas. La liste : guichet desk canned")
    with app_.store.read() as db:
        return canned.fill(_ticket(db, reference), db.staff.name_of(local_user()))


def _read(words: str) -> str:
    typed = sys.stdin.read() if words == "-" else words
    try:
        return parse_free_text(typed, ANSWER_LIMIT)
    except InvalidAnswerError:
        fail(f"Écrivez un texte de 1 à {ANSWER_LIMIT} caractères.")


def _do(
    work: Callable[[AdvisorTickets], ActionResult], done: str, *, confirmed: bool = False
) -> None:
    """Do it; say what came of it, and what to do about a warning."""
    app_ = load_app()
    action = AdvisorAction(who=local_user(), at=utc_now(), confirmed=confirmed)
    try:
        result = app_.advisor_desk.do(action, work)
    except RefusedAttachmentError as error:
        limit = app_.settings.piece_megabytes
        fail(plain(text(f"pieces.{error.fault}", limit=limit, most=MOST_ATTACHMENTS)))
    if result.error is not None:
        fail(plain(text(f"desk.{result.error}")))
    if result.warning is not None and result.ticket is not None:
        with app_.store.read() as db:
            taken_by = db.staff.name_of(result.ticket.taken_by)
        warning = plain(text(f"desk.{result.warning}", taken_by=taken_by))
        fail(f"{warning} Pour passer outre : --surely")
    say(done)
    if not result.told:
        say(plain(text("desk.not_told")))


def _names(db: Database, addresses: Iterable[str]) -> Mapping[str, str]:
    """The names of colleagues by their address; nobody has the empty one."""
    return {one: db.staff.name_of(one) if one else "" for one in addresses}


def _happened(one: Happening, names: Mapping[str, str]) -> str:
    """One line of the history; the requester has no name here, an advisor or a system has."""
    detail = text(f"state.{one.detail}") if one.what == "status" else one.detail
    who = names[one.who] if ":" in one.who else text("history.requester")
    if one.who == Author.ADVISOR:
        who = text("outside.advisor")
    what = text(f"history.{one.what}", detail=detail)
    return plain(text("history.by", day=day_and_time(one.at), what=what, who=who))


def _ticket(db: Database, reference: str) -> Ticket:
    ticket = db.tickets.by_reference(_name(reference))
    if ticket is None:
        fail(f"La demande {reference} n'existe pas. La liste : guichet desk list")
    return ticket


def _name(reference: str) -> str:
    return reference.strip().upper()
