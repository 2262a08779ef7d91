"""`guichet tickets`: the register of tickets, the NIR masked, and its audited reveal."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NoReturn

import typer

from bot.clock import utc_now
from bot.commands.common import (
    AsJson,
    Limit,
    Reason,
    day_and_time,
    fail,
    fail_on_answer,
    load_app,
    load_store,
    local_user,
    plain,
    read_value,
    require_reason,
    say,
    show_json,
    show_rows,
    warn_left_out,
)
from bot.connectors.ticket_text import piece_lines
from bot.conversation.context import Context
from bot.conversation.screens.layout import masked_value, shown_value
from bot.conversation.texts import text
from bot.domain.dates import day_in_paris
from bot.domain.errors import InvalidAnswerError
from bot.domain.people import Profile
from bot.domain.ticket import Answer, Ticket, TicketStatus, TicketSummary
from bot.services.advisor_tickets import AdvisorAction
from bot.services.ticket_rights import TicketRightsDesk, UnknownFieldError
from knowledge import Field
from knowledge.catalogue import SENSITIVE_KINDS

app = typer.Typer(help="Les demandes déposées.", no_args_is_help=True)

TOLD = {
    "nir.provisional": "note.nir.provisional",
    "nir.waiting": "note.nir.waiting",
    "transfer.unusual": "note.transfer.unusual",
}
"""The notes of answers that whoever reads a ticket should know."""

_Reference = Annotated[
    str, typer.Argument(metavar="RÉFÉRENCE", help="Par exemple PEPS-2026-000001.")
]


@app.command("list")
def list_tickets(
    status: Annotated[TicketStatus | None, typer.Option(help="Un seul état.")] = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Les demandes, les plus récentes d'abord."""
    with load_store().read() as db:
        tickets = db.tickets.newest(status=status, limit=limit)
        warn_left_out(db.tickets.left_out)
    if as_json:
        for one in tickets:
            show_json(_summary(one) | {"label": one.label})
        return
    rows = [(one.reference, _status(one), day_and_time(one.filed_at), one.label) for one in tickets]
    show_rows(rows, "référence", "état", "déposée le", "sous-motif", empty="Aucune demande.")


@app.command()
def show(reference: _Reference, as_json: AsJson = False) -> None:
    """Une demande, le NIR masqué."""
    app_ = load_app()
    with app_.store.read() as db:
        ticket = db.tickets.by_reference(reference.upper())
        score_words = db.tickets.score_words(reference.upper())
    if ticket is None:
        _unknown(reference)
    with app_.store.transaction() as db:
        db.audit_log.add(local_user(), "ticket.read", ticket.reference, "", utc_now())
    if as_json:
        score = {"score": ticket.score, "score_words": score_words}
        show_json(_as_dict(ticket) | score, indent=2)
        return
    for line in ticket_lines(ticket, app_.knowledge.catalogue.fields, score_words):
        say(line)


@app.command()
def reveal(reference: _Reference, reason: Reason) -> None:
    """Montre les NIR d'une demande. Qui, quoi et pourquoi sont inscrits au journal."""
    why = require_reason(reason, "tickets reveal")
    action = AdvisorAction(who=local_user(), at=utc_now())
    nirs = load_app().advisor_desk.do(
        action, lambda tickets: tickets.reveal(reference.upper(), why)
    )
    if nirs is None:
        _unknown(reference)
    for place, nir in enumerate(nirs, 1):
        say(f"Agent {place} : {nir or 'non disponible'}")
    if not nirs:
        say("Cette demande ne nomme aucun agent : il n'y a pas de NIR à montrer.")


@app.command()
def correct(
    reference: _Reference,
    field: Annotated[str, typer.Option(help="Le champ : nom, prenom, ddn, nir, description…")],
    agent: Annotated[int, typer.Option(min=0, help="Le numéro de l'agent ; 0 : la demande.")] = 0,
) -> None:
    """Rectifie une donnée (RGPD art. 16) ; la nouvelle valeur est lue sur l'entrée standard.

    L'ancienne valeur n'est pas gardée. L'historique dit quel champ a changé, et les systèmes qui
    ont reçu la demande en sont avertis, sans la valeur si elle est sensible.
    """
    app_, now = load_app(), utc_now()
    name = reference.upper()
    typed = read_value("Nouvelle valeur", hidden=field in SENSITIVE_KINDS)
    with app_.store.transaction() as db:
        ticket = db.tickets.even_restricted(name)
        if ticket is None:
            _unknown(reference)
        context = Context(
            knowledge=app_.knowledge, profile=Profile(), today=day_in_paris(now), identity=""
        )
        rights = TicketRightsDesk(db, app_.advisor_desk.notifications, local_user(), now)
        try:
            rights.correct(ticket, field, typed, context, agent=agent - 1 if agent else None)
        except UnknownFieldError as error:
            fail(f"« {field} » ne se rectifie pas ici. Champs : {', '.join(error.known)}.")
        except InvalidAnswerError as error:
            fail_on_answer(error)
    say(f"Rectifié : {field}. L'ancienne valeur n'est plus dans la base.")
    say("Elle reste dans les sauvegardes déjà faites, jusqu'à ce qu'elles soient effacées.")


@app.command()
def restrict(
    reference: _Reference,
    lift: Annotated[bool, typer.Option("--lift", help="Lève la limitation.")] = False,
) -> None:
    """Limite le traitement d'une demande (RGPD art. 18) : ni lue, ni transmise, ni effacée."""
    app_, name = load_app(), reference.upper()
    with app_.store.transaction() as db:
        if db.tickets.even_restricted(name) is None:
            _unknown(reference)
        rights = TicketRightsDesk(db, app_.advisor_desk.notifications, local_user(), utc_now())
        changed = rights.lift(name) if lift else rights.restrict(name)
    if not changed:
        fail(
            f"Rien à faire : le traitement de {name} {'n’est pas' if lift else 'est déjà'} limité."
        )
    if lift:
        say(f"{name} : limitation levée, ce qui était retenu part maintenant.")
        return
    say(
        f"{name} : traitement limité. Elle est conservée, plus rien n'en est lu ni transmis ici.\n"
        "Ce qui est déjà parti ailleurs (GLPI, courriel, webhook, Telegram) est à limiter là-bas.\n"
        f"Pour lever la limitation : guichet tickets restrict {name} --lift"
    )


def ticket_lines(ticket: Ticket, fields: Mapping[str, Field], score_words: str) -> Iterator[str]:
    """A ticket as an operator reads it: in the words of the form, the NIR masked."""
    request = ticket.request
    yield f"{ticket.reference} · {_status(ticket)} · {day_and_time(ticket.filed_at)}"
    yield " > ".join(request.labels)
    yield f"Employeur : {request.employer.named}"
    assurance = plain(text(f"assurance.{request.assurance}"))
    yield f"Demandeur : {assurance}, réponse à {request.email or 'cette conversation'}"
    if request.fund:
        yield f"Fonds : {request.fund}"
    for answer in request.answers:
        yield _answer_line(answer, fields)
    for place, agent in enumerate(request.agents, 1):
        yield f"Agent {place}"
        for answer in agent.answers:
            yield f"  {_answer_line(answer, fields)}"
    yield f"Description : {request.description}"
    yield from piece_lines(ticket, None)
    for message in ticket.messages:
        kind = "note" if message.internal else plain(text(f"outside.{message.author}"))
        yield f"{day_and_time(message.written_at)} {kind} : {message.text}"
        yield from piece_lines(ticket, message.place)
    if ticket.score:
        key = "staff.score_and_words" if score_words else "staff.score"
        yield plain(text(key, score=str(ticket.score), words=score_words))


def _answer_line(answer: Answer, fields: Mapping[str, Field]) -> str:
    """An answer by its field's label; a field that has left the catalogue goes by its key."""
    field = fields.get(answer.key)
    if field is None:
        return f"{answer.key} : {masked_value(answer) if answer.value else 'non indiqué'}"
    note = text(TOLD.get(answer.note, "layout.nothing"))
    label = field.label.replace(" {date_of}", "")
    return f"{label} : {plain(shown_value(field, answer))}{plain(note)}"


def _status(ticket: Ticket | TicketSummary) -> str:
    state = plain(text(f"state.{ticket.status}"))
    return f"{state}, traitement limité" if ticket.restricted else state


def _summary(ticket: Ticket | TicketSummary) -> dict[str, Any]:
    return {
        "reference": ticket.reference,
        "status": ticket.status,
        "restricted": ticket.restricted,
        "filed_at": ticket.filed_at.isoformat(),
    }


def _as_dict(ticket: Ticket) -> dict[str, Any]:
    request = ticket.request
    return _summary(ticket) | {
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
    fail(f"La demande {reference} n'existe pas. La liste : guichet tickets list")
