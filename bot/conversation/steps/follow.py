"""Following: one's own tickets, adding to one, taking one back."""

from bot.conversation.context import Context
from bot.conversation.effects import AddMessage, WithdrawTicket
from bot.conversation.events import Commanded, Picked, TicketOpened, TicketsListed, Typed
from bot.conversation.flow import arrive, stay, with_resume, worth_keeping
from bot.conversation.screens.layout import with_lead
from bot.conversation.screens.tickets import ticket_list, ticket_page
from bot.conversation.states import (
    AddingMessage,
    BrowsingTickets,
    Idle,
    ReadingTicket,
    State,
    Withdrawing,
)
from bot.conversation.text import text
from bot.conversation.turn import Turn
from bot.domain.errors import InvalidAnswerError
from bot.domain.text import parse_free_text

MESSAGE_LIMIT = 4000


def tickets_wanted(
    state: State, event: Commanded | Picked, context: Context
) -> Turn[BrowsingTickets]:
    return arrive(BrowsingTickets(draft=worth_keeping(state.draft)), context)


def tickets_listed(
    state: BrowsingTickets, event: TicketsListed, context: Context
) -> Turn[BrowsingTickets]:
    return Turn(state, with_resume(state, (ticket_list(event.tickets),)))


def ticket_picked(state: BrowsingTickets, event: Picked, context: Context) -> Turn[ReadingTicket]:
    return arrive(ReadingTicket(draft=state.draft, reference=event.about), context)


def ticket_opened(
    state: ReadingTicket, event: TicketOpened, context: Context
) -> Turn[ReadingTicket | Idle]:
    """The ticket, if it is theirs: another person's looks as if it did not exist."""
    if event.ticket is None:
        return arrive(Idle(draft=state.draft), context, lead=text("tickets.unknown"))
    return Turn(state, with_resume(state, (ticket_page(event.ticket, context),)))


def adding_wanted(state: ReadingTicket, event: Picked, context: Context) -> Turn[AddingMessage]:
    return arrive(AddingMessage(draft=state.draft, reference=state.reference), context)


def message_told(state: AddingMessage, event: Typed, context: Context) -> Turn[AddingMessage]:
    try:
        words = parse_free_text(event.text, MESSAGE_LIMIT)
    except InvalidAnswerError as error:
        lead = text(f"fault.{error.fault}", length=len(event.text))
        return stay(state, context, lead=lead)
    return Turn(state, (AddMessage(state.reference, words),))


def message_added(
    state: AddingMessage, event: TicketOpened, context: Context
) -> Turn[ReadingTicket | Idle]:
    return _changed(state, event, context, "tickets.message_added")


def withdrawal_wanted(state: ReadingTicket, event: Picked, context: Context) -> Turn[Withdrawing]:
    return arrive(Withdrawing(draft=state.draft, reference=state.reference), context)


def withdrawal_confirmed(state: Withdrawing, event: Picked, context: Context) -> Turn[Withdrawing]:
    return Turn(state, (WithdrawTicket(state.reference),))


def withdrawn(
    state: Withdrawing, event: TicketOpened, context: Context
) -> Turn[ReadingTicket | Idle]:
    return _changed(state, event, context, "tickets.withdrawn")


def _changed(
    state: AddingMessage | Withdrawing, event: TicketOpened, context: Context, said: str
) -> Turn[ReadingTicket | Idle]:
    """The ticket as it stands after what was done; it may have been closed meanwhile."""
    if event.ticket is None:
        return arrive(Idle(draft=state.draft), context, lead=text("tickets.not_open"))
    reading = ReadingTicket(draft=state.draft, reference=state.reference)
    page = with_resume(reading, (ticket_page(event.ticket, context),))
    return Turn(reading, with_lead(page, text(said, reference=state.reference)))


def went_back(
    state: AddingMessage | Withdrawing, event: Picked | Commanded, context: Context
) -> Turn[ReadingTicket]:
    return arrive(ReadingTicket(draft=state.draft, reference=state.reference), context)


def went_back_to_list(
    state: ReadingTicket, event: Picked | Commanded, context: Context
) -> Turn[BrowsingTickets]:
    return arrive(BrowsingTickets(draft=state.draft), context)
