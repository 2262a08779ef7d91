"""The person's own tickets: the list, one of them, and what can be done with it."""

from collections.abc import Mapping

from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.display import attachment_line, shown_value
from bot.conversation.effects import (
    Ask,
    Button,
    Effect,
    GiveAttachment,
    ListTickets,
    OpenTicket,
    Say,
    Shown,
)
from bot.conversation.screens.layout import button_column, button_row
from bot.conversation.states import (
    AddingMessage,
    BrowsingTickets,
    Rating,
    ReadingTicket,
    Withdrawing,
)
from bot.conversation.texts import Text, text
from bot.domain.dates import in_paris
from bot.domain.ticket import (
    Answer,
    Notice,
    Ticket,
    TicketMessage,
    TicketNews,
    TicketStatus,
    TicketSummary,
)
from knowledge import Field

SCORES = range(1, 6)


NOTHING = text("layout.nothing")


def ask_for_tickets(state: BrowsingTickets | ReadingTicket) -> tuple[Effect, ...]:
    """Tickets are not at hand in the conversation: they come back as an event."""
    if isinstance(state, ReadingTicket):
        return (OpenTicket(state.reference),)
    return (ListTickets(),)


def ticket_list(tickets: tuple[TicketSummary, ...]) -> Effect:
    if not tickets:
        return Say(text("tickets.none"))
    lines = tuple(_summary(ticket) for ticket in tickets)
    buttons = button_column(
        button(Choice.TICKET, ticket.reference, text("button.label", words=ticket.reference))
        for ticket in tickets
    )
    return Ask(text("tickets.list", lines=lines), buttons)


def _summary(ticket: TicketSummary) -> Text:
    return text(
        "tickets.line",
        reference=ticket.reference,
        label=ticket.label,
        status=text(f"status.{ticket.status}"),
        day=f"{ticket.filed_at:%d/%m/%Y}",
    )


def ticket_page(ticket: Ticket, context: Context) -> Effect:
    """One ticket, its answers masked as everywhere, and what was added to it."""
    request = ticket.request
    page = text(
        "tickets.page",
        reference=ticket.reference,
        label=request.labels[2],
        status=text(f"status.{ticket.status}"),
        day=f"{in_paris(ticket.filed_at):%d/%m/%Y}",
        employer=request.employer.name,
        answers=_answers(ticket, context),
        description=request.description,
        pieces=_pieces(ticket, None),
        messages=tuple(_message(message, ticket) for message in ticket.messages),
        follows=text("tickets.follows", reference=ticket.follows) if ticket.follows else NOTHING,
    )
    return Ask(page, button_row(*_actions(ticket)) + button_row(button(Choice.TICKETS)))


def _actions(ticket: Ticket) -> list[Button]:
    """What can be done with a ticket where it stands; writing is always possible."""
    if ticket.status.is_open:
        return [button(Choice.ADD_MESSAGE), button(Choice.WITHDRAW)]
    actions = [button(Choice.ADD_MESSAGE, label=text("button.reopen"))]
    if ticket.status is not TicketStatus.WITHDRAWN:
        actions.append(button(Choice.RATE_TICKET, ticket.reference))
    return actions


def _answers(ticket: Ticket, context: Context) -> tuple[Text, ...]:
    agents = [answer for agent in ticket.request.agents for answer in agent.answers]
    fields = _fields(ticket, context)
    return tuple(_answer(answer, fields) for answer in (*ticket.request.answers, *agents))


def _fields(ticket: Ticket, context: Context) -> dict[str, Field]:
    """The fields by their keys, as the sous-motif words them while it is in the catalogue."""
    catalogue = context.knowledge.catalogue
    sous_motif = catalogue.sous_motif(ticket.request.path)
    own = {field.key: field for field in sous_motif.fields} if sous_motif else {}
    return {**catalogue.fields, **own}


def _answer(answer: Answer, fields: Mapping[str, Field]) -> Text:
    field = fields.get(answer.key)
    label = field.label.replace(" {date_of}", "") if field else answer.key
    value = shown_value(field, answer) if field else text("button.label", words=answer.masked)
    return text("tickets.answer", label=label, value=value)


def _message(message: TicketMessage, ticket: Ticket) -> Text:
    return text(
        "tickets.message",
        day=f"{in_paris(message.written_at):%d/%m/%Y}",
        author=text(f"author.{message.author}"),
        words=message.text,
        pieces=_pieces(ticket, message.place),
    )


def _pieces(ticket: Ticket, place: int | None) -> Text:
    """What came with a message, each on a line of its own."""
    found = ticket.pieces_at(place)
    if not found:
        return NOTHING
    lines = tuple(text("layout.bullet", words=attachment_line(piece)) for piece in found)
    return text("layout.below", lines=lines)


def news_of(notice: Notice, *, with_buttons: bool) -> Effect:
    """News of a ticket, and what can be done about it; in a form, only the news."""
    told = text(
        f"news.{notice.news}",
        reference=notice.reference,
        label=notice.label,
        words=notice.words,
    )
    shows = _shows(notice)
    if not with_buttons:
        return Say(text("news.beside", told=told), shows)
    ways = button_row(
        button(Choice.ANSWER, notice.reference), button(Choice.TICKET, notice.reference)
    )
    return Ask(told, _scores(notice.reference) + ways if _asks_score(notice) else ways, shows=shows)


def _shows(notice: Notice) -> Shown | None:
    """What the news shows of the ticket, so that a correction finds it again."""
    if notice.place is None:
        return None
    return Shown(notice.reference, notice.place, again=notice.news is TicketNews.CORRECTED)


def piece_of(notice: Notice) -> tuple[GiveAttachment, ...]:
    """The file that came with an answer, as part of the same ticket."""
    if not notice.piece:
        return ()
    caption = text("pieces.given", reference=notice.reference, number=notice.piece)
    return (GiveAttachment(notice.reference, notice.piece, caption),)


def _asks_score(notice: Notice) -> bool:
    return notice.news in (TicketNews.RESOLVED, TicketNews.CLOSED)


def _scores(reference: str) -> tuple[tuple[Button, ...], ...]:
    """Five buttons in one row; the words around them say which end is good."""
    return button_row(
        *(
            button(Choice.RATE, f"{reference}.{score}", text(f"button.score_{score}"))
            for score in SCORES
        )
    )


def rating(state: Rating) -> Effect:
    if not state.score:
        asked = text("tickets.rate", reference=state.reference)
        return Ask(asked, _scores(state.reference) + button_row(button(Choice.BACK)))
    asked = text("tickets.rate_why", reference=state.reference, score=state.score)
    return Ask(asked, button_row(button(Choice.SKIP)), awaits_text=True)


def ticket_action(state: AddingMessage | Withdrawing | Rating) -> tuple[Effect, ...]:
    if isinstance(state, Rating):
        return (rating(state),)
    if isinstance(state, AddingMessage):
        asked = text("tickets.add_message", reference=state.reference)
        return (Ask(asked, button_row(button(Choice.BACK)), awaits_text=True),)
    ways = button_row(button(Choice.WITHDRAW_SURELY), button(Choice.BACK))
    return (Ask(text("tickets.withdraw", reference=state.reference), ways),)
