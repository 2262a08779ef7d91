"""Following: one's own tickets, adding to one, taking one back."""

from bot.conversation.context import Context
from bot.conversation.effects import AddMessage, RateTicket, WithdrawTicket
from bot.conversation.events import (
    Commanded,
    MessageAdded,
    Notified,
    Picked,
    TicketOpened,
    TicketsListed,
    Typed,
)
from bot.conversation.flow import Resting, arrive, stay, with_resume, worth_keeping
from bot.conversation.screens.layout import with_lead
from bot.conversation.screens.tickets import (
    SCORES,
    attachment_of,
    news_of,
    ticket_list,
    ticket_page,
)
from bot.conversation.states import (
    AddingMessage,
    BrowsingTickets,
    Idle,
    Rating,
    ReadingTicket,
    State,
    Withdrawing,
)
from bot.conversation.texts import text
from bot.conversation.turn import Turn
from bot.domain.errors import InvalidAnswerError
from bot.domain.text import parse_free_text

MESSAGE_LIMIT = 4000
COMMENT_LIMIT = 500


def tickets_wanted(
    state: State, event: Commanded | Picked, context: Context
) -> Turn[BrowsingTickets]:
    return arrive(BrowsingTickets(draft=worth_keeping(state.draft)), context)


def tickets_listed(
    state: BrowsingTickets, event: TicketsListed, context: Context
) -> Turn[BrowsingTickets]:
    return Turn(state, with_resume(state, (ticket_list(event.tickets),)))


def ticket_picked(state: State, event: Picked, context: Context) -> Turn[ReadingTicket]:
    """A ticket of the list, or the one that there was news of."""
    return arrive(ReadingTicket(draft=worth_keeping(state.draft), reference=event.about), context)


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
    state: AddingMessage, event: MessageAdded, context: Context
) -> Turn[ReadingTicket | Idle]:
    """It is in their ticket, which it may have reopened, or in a new one that follows it."""
    if event.ticket is None:
        return arrive(Idle(draft=state.draft), context, lead=text("tickets.unknown"))
    reading = ReadingTicket(draft=state.draft, reference=event.ticket.reference)
    page = with_resume(reading, (ticket_page(event.ticket, context),))
    said = text(f"tickets.message_{event.became}", reference=event.ticket.reference)
    return Turn(reading, with_lead(page, said))


def answer_wanted(state: State, event: Picked, context: Context) -> Turn[AddingMessage]:
    """« Répondre » under a piece of news."""
    draft = worth_keeping(state.draft)
    return arrive(AddingMessage(draft=draft, reference=event.about), context)


def notified(state: State, event: Notified, context: Context) -> Turn[State]:
    """News comes when it comes: whoever fills in a form goes on where they stand."""
    resting = isinstance(state, Resting)
    news = with_resume(state, (news_of(event.notice, with_buttons=resting),))
    return Turn(state, news + attachment_of(event.notice))


def rating_wanted(state: State, event: Picked, context: Context) -> Turn[Rating]:
    return arrive(Rating(draft=worth_keeping(state.draft), reference=event.about), context)


def score_picked(state: State, event: Picked, context: Context) -> Turn[State]:
    """A score is kept at once; the line about it may never come."""
    reference, _, score = event.about.rpartition(".")
    if not score.isdecimal() or int(score) not in SCORES:
        return stay(state, context, lead=text("anywhere.stale"))
    kept = RateTicket(reference, int(score))
    rated = Rating(draft=worth_keeping(state.draft), reference=reference, score=int(score))
    return arrive(rated, context, before=(kept,))


def score_explained(state: Rating, event: Typed, context: Context) -> Turn[Rating | Idle]:
    if not state.score:
        return stay(state, context, lead=text("anywhere.buttons_awaited"))
    try:
        words = parse_free_text(event.text, COMMENT_LIMIT)
    except InvalidAnswerError as error:
        return stay(state, context, lead=text(f"fault.{error.fault}", length=len(event.text)))
    kept = RateTicket(state.reference, state.score, words)
    return _thanked(state, context, kept)


def score_left(state: Rating, event: Picked, context: Context) -> Turn[Idle]:
    return _thanked(state, context)


def _thanked(state: Rating, context: Context, *before: RateTicket) -> Turn[Idle]:
    said = text("tickets.rated", reference=state.reference)
    return arrive(Idle(draft=state.draft), context, lead=said, before=before)


def withdrawal_wanted(state: ReadingTicket, event: Picked, context: Context) -> Turn[Withdrawing]:
    return arrive(Withdrawing(draft=state.draft, reference=state.reference), context)


def withdrawal_confirmed(state: Withdrawing, event: Picked, context: Context) -> Turn[Withdrawing]:
    return Turn(state, (WithdrawTicket(state.reference),))


def withdrawn(
    state: Withdrawing, event: TicketOpened, context: Context
) -> Turn[ReadingTicket | Idle]:
    """The ticket as it stands after it was taken back; it may have been closed meanwhile."""
    if event.ticket is None:
        return arrive(Idle(draft=state.draft), context, lead=text("tickets.not_open"))
    reading = ReadingTicket(draft=state.draft, reference=state.reference)
    page = with_resume(reading, (ticket_page(event.ticket, context),))
    return Turn(reading, with_lead(page, text("tickets.withdrawn", reference=state.reference)))


def went_back(
    state: AddingMessage | Withdrawing | Rating, event: Picked | Commanded, context: Context
) -> Turn[ReadingTicket]:
    return arrive(ReadingTicket(draft=state.draft, reference=state.reference), context)


def went_back_to_list(
    state: ReadingTicket, event: Picked | Commanded, context: Context
) -> Turn[BrowsingTickets]:
    return arrive(BrowsingTickets(draft=state.draft), context)
