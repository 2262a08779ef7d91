"""Tickets: the list, one ticket with what can be done with it, and notifications."""

from collections.abc import Mapping

from bot.conversation.choices import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import (
    Ask,
    Button,
    Effect,
    GiveAttachment,
    ListTickets,
    OpenTicket,
    Say,
)
from bot.conversation.screens.layout import (
    NOTHING,
    attachment_line,
    button_column,
    button_row,
    shown_value,
)
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
"""The scores of a rating, 5 is the best."""


def ask_for_list(state: BrowsingTickets, context: Context) -> ListTickets:
    """Ask the help desk for the tickets: they come back as an event."""
    return ListTickets()


def ask_for_ticket(state: ReadingTicket, context: Context) -> OpenTicket:
    return OpenTicket(state.reference)


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
    """One ticket with its messages and files, personal numbers masked."""
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
    """The buttons for a ticket in its status; writing is always possible."""
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
    """The fields by key, as the sous-motif words them if it is still in the catalogue."""
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
    """The files that came with a message, one a line."""
    found = ticket.pieces_at(place)
    if not found:
        return NOTHING
    lines = tuple(text("layout.bullet", words=attachment_line(piece)) for piece in found)
    return text("layout.below", lines=lines)


def news_of(notice: Notice, *, with_buttons: bool) -> Effect:
    """A notification with its buttons; without them in the middle of a form."""
    told = text(
        f"news.{notice.news}",
        reference=notice.reference,
        label=notice.label,
        words=notice.words,
    )
    if not with_buttons:
        return Say(text("news.beside", told=told))
    ways = button_row(
        button(Choice.ANSWER, notice.reference), button(Choice.TICKET, notice.reference)
    )
    return Ask(told, _scores(notice.reference) + ways if _asks_score(notice) else ways)


def attachment_of(notice: Notice) -> tuple[GiveAttachment, ...]:
    """The file that came with an advisor's answer."""
    if not notice.piece:
        return ()
    caption = text("pieces.given", reference=notice.reference, number=notice.piece)
    return (GiveAttachment(notice.reference, notice.piece, caption),)


def _asks_score(notice: Notice) -> bool:
    return notice.news in (TicketNews.RESOLVED, TicketNews.CLOSED)


def _scores(reference: str) -> tuple[tuple[Button, ...], ...]:
    """One button a score, in one row."""
    return button_row(
        *(
            button(Choice.RATE, f"{reference}.{score}", text(f"button.score_{score}"))
            for score in SCORES
        )
    )


def rating_question(state: Rating, context: Context) -> Ask:
    if not state.score:
        asked = text("tickets.rate", reference=state.reference)
        return Ask(asked, _scores(state.reference) + button_row(button(Choice.BACK)))
    asked = text("tickets.rate_why", reference=state.reference, score=state.score)
    return Ask(asked, button_row(button(Choice.SKIP)), awaits_text=True)


def message_question(state: AddingMessage, context: Context) -> Ask:
    asked = text("tickets.add_message", reference=state.reference)
    return Ask(asked, button_row(button(Choice.BACK)), awaits_text=True)


def withdrawal_question(state: Withdrawing, context: Context) -> Ask:
    ways = button_row(button(Choice.WITHDRAW_SURELY), button(Choice.BACK))
    return Ask(text("tickets.withdraw", reference=state.reference), ways)
