"""One's own requests, meant in words: listed, opened by reference, to complete or to withdraw."""

from typing import Literal

from bot.conversation.context import Context
from bot.conversation.effects import Say
from bot.conversation.events import Commanded, Picked, TicketsListed
from bot.conversation.flow import Turn, arrive, with_resume, worth_keeping
from bot.conversation.screens.tickets import ticket_choice, ticket_list
from bot.conversation.states import (
    AddingMessage,
    BrowsingTickets,
    ReadingTicket,
    State,
    Withdrawing,
)
from bot.conversation.texts import text
from bot.domain.ticket import find_references


def tickets_wanted(
    state: State, event: Commanded | Picked, context: Context
) -> Turn[BrowsingTickets | ReadingTicket]:
    """« Mes demandes »: the list, or the one that was named."""
    draft = worth_keeping(state.draft)
    named = find_references(event.payload) if isinstance(event, Commanded) else ()
    if named:
        return arrive(ReadingTicket(draft=draft, reference=named[0]), context)
    return arrive(BrowsingTickets(draft=draft), context)


def ticket_to_complete_wanted(
    state: State, event: Commanded, context: Context
) -> Turn[BrowsingTickets]:
    """« J'ai oublié de joindre un papier »: the request named, the only open one, or a choice."""
    return _wanted(state, "complete", event.payload, context)


def ticket_to_withdraw_wanted(
    state: State, event: Commanded | Picked, context: Context
) -> Turn[BrowsingTickets]:
    """« Je veux retirer ma demande »: the request named, the only open one, or a choice."""
    named = event.about if isinstance(event, Picked) else event.payload
    return _wanted(state, "withdraw", named, context)


def _wanted(
    state: State, purpose: Literal["complete", "withdraw"], named: str, context: Context
) -> Turn[BrowsingTickets]:
    reference = next(iter(find_references(named)), "")
    draft = worth_keeping(state.draft)
    return arrive(BrowsingTickets(draft=draft, purpose=purpose, reference=reference), context)


def tickets_listed(
    state: BrowsingTickets, event: TicketsListed, context: Context
) -> Turn[BrowsingTickets | AddingMessage | Withdrawing]:
    """Show the list; go on at once where one ticket alone can be meant."""
    usable = [one for one in event.tickets if state.purpose == "complete" or one.status.is_open]
    meant = [one for one in usable if one.reference == state.reference]
    if not state.reference:
        meant = [one for one in usable if one.status.is_open]
    if state.purpose and len(meant) == 1:
        goal = AddingMessage if state.purpose == "complete" else Withdrawing
        return arrive(goal(draft=state.draft, reference=meant[0].reference), context)
    if state.purpose and usable:
        return Turn(state, with_resume(state, (ticket_choice(usable, state.purpose),)))
    missing = (Say(text("tickets.left_out")),) if event.left_out else ()
    if missing and not event.tickets:
        return Turn(state, with_resume(state, missing))
    return Turn(state, (*missing, *with_resume(state, (ticket_list(event.tickets),))))
