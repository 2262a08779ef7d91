"""The last call: a ticket for the desk, before nobody is left to manage an employer's accounts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.conversation.effects import Say
from bot.conversation.events import Opened
from bot.conversation.texts import text
from bot.domain.dates import format_date
from bot.domain.employer_accounts import AdministratorLink
from bot.domain.people import Assurance, Employer
from bot.domain.reminder_rules import Deadline, EmployerDeadlines
from bot.domain.ticket import Answer, Ticket, TicketRequest
from bot.services.helpdesk import HelpDeskConfig, IncomingEvent, channel_of
from bot.storage.store import Database

MOTIF: Final = "acces-peps/gestion-des-comptes/changement-administrateur"
THEME: Final = "acces-peps"
NOBODY: Final = "desk:reminders"
"""Who files it where no administrator is linked; nothing is ever sent there."""


def tell_support(
    db: Database, desk: HelpDeskConfig, front: EmployerDeadlines, last: Deadline, now: datetime
) -> Ticket:
    """File the ticket, once for an account and date, in the name of the administrator if known."""
    seats = front.linked
    holder = next((seat.person for seat in seats if seat.account == last.account), None)
    person = holder or _nobody(db, now)
    name = db.accounts.employer_names((last.siret,))[last.siret]
    request = _request(desk, Employer(last.siret, name), last)
    ticket = desk.window(db, person).file(request, now, by="reminders")
    _tell_administrators(db, desk, seats, ticket, now)
    return ticket


def _nobody(db: Database, now: datetime) -> str:
    """Advisors who answer such a ticket are told that nobody reads it."""
    person = db.people.of(NOBODY, now).id
    db.people.mark_unreachable(NOBODY, now)
    return person


def _tell_administrators(
    db: Database,
    desk: HelpDeskConfig,
    seats: Sequence[AdministratorLink],
    ticket: Ticket,
    now: datetime,
) -> None:
    """The administrators whom the chat reaches hear that the desk knows."""
    date_ = next(answer.value for answer in ticket.request.answers if answer.key == "date")
    employer = ticket.request.employer.name
    words = text("notice.support", employer=employer, day=date_, reference=ticket.reference)
    for seat in seats:
        if seat.reachable:
            address = db.people.address_of(seat.person)
            heard = IncomingEvent(address=address, event=Opened())
            for parcel in desk.renderers[channel_of(address)](Say(words), 0, heard):
                key = f"lastcall:{ticket.reference}:{seat.person}"
                db.outbox.add(address, parcel.kind, parcel.payload, now, key=key)


def _request(desk: HelpDeskConfig, employer: Employer, last: Deadline) -> TicketRequest:
    catalogue = desk.knowledge.catalogue
    theme, motif = catalogue.theme(THEME), catalogue.motif(MOTIF.rpartition("/")[0])
    sous_motif = catalogue.sous_motif(MOTIF)
    if theme is None or motif is None or sous_motif is None:
        raise LookupError(MOTIF)
    labels = (theme.label, motif.label, sous_motif.label)
    return TicketRequest(
        identity=f"last:{last.account}:{last.expires.isoformat()}",
        path=MOTIF,
        labels=labels,
        fund=None,
        employer=employer,
        email="",
        assurance=Assurance.DECLARED,
        answers=(
            Answer("siret", employer.siret),
            Answer("employer_name", employer.name),
            Answer("date", format_date(last.expires)),
        ),
        agents=(),
        description=(
            f"Le compte du dernier administrateur ({last.identifier}) expire le "
            f"{format_date(last.expires)} ; sans renouvellement, plus personne ne pourra gérer les "
            "accès de cet établissement. Message établi par le suivi des comptes."
        ),
    )
