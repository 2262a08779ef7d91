"""The ticket filed for the desk before an employer's last administrator expires."""

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

SOUS_MOTIF_PATH: Final = "acces-peps/gestion-des-comptes/changement-administrateur"
THEME_CODE: Final = "acces-peps"
NOBODY_LINKED: Final = "desk:reminders"
"""Files the ticket where no administrator is linked; nothing is ever sent to it."""


def file_last_administrator_ticket(
    db: Database, config: HelpDeskConfig, front: EmployerDeadlines, last: Deadline, now: datetime
) -> Ticket:
    """File the ticket, once for an account and date, in the name of the administrator if known."""
    seats = front.linked
    holder = next((seat.person for seat in seats if seat.account == last.account), None)
    person = holder or _nobody(db, now)
    name = db.accounts.employer_names((last.siret,))[last.siret]
    request = _request(config, Employer(last.siret, name), last)
    ticket = config.requester_tickets(db, person).file(request, now, by="reminders")
    _tell_administrators(db, config, seats, ticket, now)
    return ticket


def _nobody(db: Database, now: datetime) -> str:
    """The person in whose name it is filed; advisors who answer are told that nobody reads it."""
    person = db.people.of(NOBODY_LINKED, now).id
    db.people.mark_unreachable(NOBODY_LINKED, now)
    return person


def _tell_administrators(
    db: Database,
    config: HelpDeskConfig,
    seats: Sequence[AdministratorLink],
    ticket: Ticket,
    now: datetime,
) -> None:
    """Tell the administrators whom the chat reaches that the desk was told."""
    date_ = next(answer.value for answer in ticket.request.answers if answer.key == "date")
    employer = ticket.request.employer.name
    words = text("notice.support", employer=employer, day=date_, reference=ticket.reference)
    for seat in seats:
        if seat.reachable:
            address = db.people.address_of(seat.person)
            event = IncomingEvent(address=address, event=Opened())
            for message in config.renderers[channel_of(address)](Say(words), 0, event):
                key = f"lastcall:{ticket.reference}:{seat.person}"
                db.outbox.add(address, message.kind, message.payload, now, key=key)


def _request(config: HelpDeskConfig, employer: Employer, last: Deadline) -> TicketRequest:
    catalogue = config.knowledge.catalogue
    theme = catalogue.theme(THEME_CODE)
    motif = catalogue.motif(SOUS_MOTIF_PATH.rpartition("/")[0])
    sous_motif = catalogue.sous_motif(SOUS_MOTIF_PATH)
    if theme is None or motif is None or sous_motif is None:
        raise LookupError(SOUS_MOTIF_PATH)
    labels = (theme.label, motif.label, sous_motif.label)
    return TicketRequest(
        identity=f"last:{last.account}:{last.expires.isoformat()}",
        path=SOUS_MOTIF_PATH,
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
