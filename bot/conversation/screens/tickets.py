"""The person's own tickets: the list, one of them, and what can be done with it."""

from bot.conversation.choice import Choice, button
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Effect, ListTickets, OpenTicket, Say
from bot.conversation.fields import shown_value
from bot.conversation.screens.layout import column, row
from bot.conversation.states import AddingMessage, BrowsingTickets, ReadingTicket, Withdrawing
from bot.conversation.text import Text, text
from bot.domain.ticket import Answer, Ticket, TicketMessage, TicketSummary


def ask_for_tickets(state: BrowsingTickets | ReadingTicket) -> tuple[Effect, ...]:
    """Tickets are not at hand in the conversation: they come back as an event."""
    if isinstance(state, ReadingTicket):
        return (OpenTicket(state.reference),)
    return (ListTickets(),)


def ticket_list(tickets: tuple[TicketSummary, ...]) -> Effect:
    if not tickets:
        return Say(text("tickets.none"))
    lines = tuple(_summary(ticket) for ticket in tickets)
    buttons = column(
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
        day=f"{ticket.filed_at:%d/%m/%Y}",
        employer=request.employer.name,
        answers=_answers(ticket, context),
        description=request.description,
        messages=tuple(_message(message) for message in ticket.messages),
    )
    actions = (button(Choice.ADD_MESSAGE), button(Choice.WITHDRAW))
    rows = row(*actions) if ticket.status.is_open else ()
    return Ask(page, rows + row(button(Choice.TICKETS)))


def _answers(ticket: Ticket, context: Context) -> tuple[Text, ...]:
    agents = [answer for agent in ticket.request.agents for answer in agent.answers]
    return tuple(_answer(answer, context) for answer in (*ticket.request.answers, *agents))


def _answer(answer: Answer, context: Context) -> Text:
    field = context.knowledge.catalogue.fields.get(answer.key)
    label = field.label.replace(" {date_of}", "") if field else answer.key
    value = shown_value(field, answer) if field else text("button.label", words=answer.value)
    return text("tickets.answer", label=label, value=value)


def _message(message: TicketMessage) -> Text:
    day = f"{message.written_at:%d/%m/%Y}"
    return text(
        "tickets.message", day=day, author=text(f"author.{message.author}"), words=message.text
    )


def ticket_action(state: AddingMessage | Withdrawing) -> tuple[Effect, ...]:
    if isinstance(state, AddingMessage):
        asked = text("tickets.add_message", reference=state.reference)
        return (Ask(asked, row(button(Choice.BACK)), awaits_text=True),)
    ways = row(button(Choice.WITHDRAW_SURELY), button(Choice.BACK))
    return (Ask(text("tickets.withdraw", reference=state.reference), ways),)
