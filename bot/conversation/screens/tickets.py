"""Tickets: the list, one ticket with what can be done with it, and notifications."""

from collections.abc import Sequence
from typing import Literal

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
    Choice,
    attachment_line,
    bullet,
    button,
    button_column,
    button_row,
    content_label,
    shown_value,
)
from bot.conversation.states import (
    AddingMessage,
    Addressing,
    BrowsingTickets,
    Rating,
    ReadingTicket,
    Withdrawing,
)
from bot.conversation.texts import Text, text
from bot.domain.dates import in_paris
from bot.domain.text import shorten
from bot.domain.ticket import (
    Notice,
    Ticket,
    TicketNews,
    TicketStatus,
    TicketSummary,
)

SCORES = range(1, 6)
"""The scores of a rating, 5 is the best."""


SHOWN_MESSAGE = 300
"""Characters of a message that are shown again when it is asked whom it is for."""


def ask_for_list(state: BrowsingTickets, context: Context) -> ListTickets:
    """Ask the help desk for the tickets: they come back as an event."""
    return ListTickets()


def ask_for_ticket(state: ReadingTicket, context: Context) -> OpenTicket:
    return OpenTicket(state.reference)


def ticket_choice(
    tickets: Sequence[TicketSummary], purpose: Literal["complete", "withdraw"]
) -> Ask:
    """Which ticket is to be completed, or withdrawn."""
    choice, asked = Choice.ANSWER, "tickets.which_to_complete"
    if purpose == "withdraw":
        choice, asked = Choice.WITHDRAW_TICKET, "tickets.which_to_withdraw"
    lines = tuple(map(_ticket_line, tickets))
    buttons = button_column(
        button(choice, one.reference, content_label(one.reference)) for one in tickets
    )
    return Ask(text(asked, lines=lines), buttons)


def _ticket_line(ticket: TicketSummary) -> Text:
    return text(
        "tickets.line",
        reference=ticket.reference,
        label=ticket.label,
        status=text(f"status.{ticket.status}"),
        day=f"{ticket.filed_at:%d/%m/%Y}",
    )


def ticket_list(tickets: tuple[TicketSummary, ...]) -> Effect:
    if not tickets:
        return Say(text("tickets.none"))
    lines = tuple(map(_ticket_line, tickets))
    buttons = button_column(
        button(Choice.TICKET, ticket.reference, content_label(ticket.reference))
        for ticket in tickets
    )
    return Ask(text("tickets.list", lines=lines), buttons)


def ticket_page(ticket: Ticket, context: Context) -> Effect:
    """One ticket with its messages and files, personal numbers masked."""
    request = ticket.request
    messages = tuple(
        text(
            "tickets.message",
            day=f"{in_paris(message.written_at):%d/%m/%Y}",
            author=text(f"author.{message.author}"),
            words=message.text,
            pieces=_pieces(ticket, message.place),
        )
        for message in ticket.messages
    )
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
        messages=messages,
        follows=text("tickets.follows", reference=ticket.follows) if ticket.follows else NOTHING,
        restricted=text("tickets.restricted") if ticket.restricted else NOTHING,
    )
    if ticket.status.is_open:
        actions = [button(Choice.ADD_MESSAGE), button(Choice.WITHDRAW)]
    else:
        actions = [button(Choice.ADD_MESSAGE, label=text("button.reopen"))]
        if ticket.status is not TicketStatus.WITHDRAWN:
            actions.append(button(Choice.RATE_TICKET, ticket.reference))
    return Ask(page, button_row(*actions) + button_row(button(Choice.TICKETS)))


def _answers(ticket: Ticket, context: Context) -> tuple[Text, ...]:
    """The answers, labelled as the sous-motif words its fields if it is still in the catalogue."""
    fields = context.knowledge.catalogue.fields_of(ticket.request.path)
    agents = [answer for agent in ticket.request.agents for answer in agent.answers]
    lines = []
    for answer in (*ticket.request.answers, *agents):
        field = fields.get(answer.key)
        label = field.label.replace(" {date_of}", "") if field else answer.key
        value = shown_value(field, answer) if field else content_label(answer.masked)
        lines.append(text("tickets.answer", label=label, value=value))
    return tuple(lines)


def _pieces(ticket: Ticket, place: int | None) -> Text:
    """The files that came with a message, one a line."""
    found = ticket.pieces_at(place)
    if not found:
        return NOTHING
    lines = tuple(bullet(attachment_line(piece)) for piece in found)
    return text("layout.below", lines=lines)


def news_of(notice: Notice, *, with_buttons: bool) -> Effect:
    """A notification with its buttons; without them in the middle of a form."""
    told = text(
        f"news.{notice.news}", reference=notice.reference, label=notice.label, words=notice.words
    )
    if not with_buttons:
        return Say(text("news.beside", told=told))
    reference = notice.reference
    ways = button_row(button(Choice.ANSWER, reference), button(Choice.TICKET, reference))
    if notice.news in (TicketNews.RESOLVED, TicketNews.CLOSED):
        ways = _scores(reference) + ways
    return Ask(told, ways)


def mailed_news(notice: Notice) -> Text:
    """The same as a letter: nothing there can be pressed, and files stay in the conversation."""
    is_over = notice.news in (TicketNews.RESOLVED, TicketNews.CLOSED)
    area, reference = "letter" if is_over else "news", notice.reference
    told = text(
        f"{area}.{notice.news}", reference=reference, label=notice.label, words=notice.words
    )
    piece = text("letter.piece", number=notice.piece) if notice.piece else NOTHING
    return text("letter.news", told=told, piece=piece)


def attachment_of(notice: Notice) -> tuple[GiveAttachment, ...]:
    """The file that came with an advisor's answer."""
    if not notice.piece:
        return ()
    caption = text("pieces.given", reference=notice.reference, number=notice.piece)
    return (GiveAttachment(notice.reference, notice.piece, caption),)


def _scores(reference: str) -> tuple[tuple[Button, ...], ...]:
    """One button a score, in one row."""
    scores = (
        button(Choice.RATE, f"{reference}.{score}", text(f"button.score_{score}"))
        for score in SCORES
    )
    return button_row(*scores)


def rating_question(state: Rating, context: Context) -> Ask:
    if not state.score:
        asked = text("tickets.rate", reference=state.reference)
        return Ask(asked, _scores(state.reference) + button_row(button(Choice.BACK)))
    asked = text("tickets.rate_why", reference=state.reference, score=state.score)
    return Ask(asked, button_row(button(Choice.SKIP)), awaits_text=True)


def addressee_question(state: Addressing, context: Context) -> Ask:
    """For which ticket what was written or sent is, if it is for one."""
    listed = ", ".join(state.references)
    asked = text("tickets.addressed_file", references=listed)
    if state.texts:
        words = shorten("\n".join(state.texts), SHOWN_MESSAGE)
        asked = text("tickets.addressed", words=words, references=listed)
    tickets = [
        button(Choice.FOR_TICKET, one, text("button.for_ticket", reference=one))
        for one in state.references
    ]
    others = button_row(button(Choice.OTHER_QUESTION)) if state.texts else ()
    return Ask(asked, button_column(tickets) + (others or button_row(button(Choice.BACK))))


def message_question(state: AddingMessage, context: Context) -> Ask:
    asked = text("tickets.add_message", reference=state.reference)
    return Ask(asked, button_row(button(Choice.BACK)), awaits_text=True)


def withdrawal_question(state: Withdrawing, context: Context) -> Ask:
    ways = button_row(button(Choice.WITHDRAW_SURELY), button(Choice.BACK))
    return Ask(text("tickets.withdraw", reference=state.reference), ways)
