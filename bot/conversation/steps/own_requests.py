"""One's own requests, meant in words: listed, opened, completed, withdrawn; and what is written or
sent while one of them waits for its requester."""

from dataclasses import replace
from typing import Literal

from bot.conversation.accounts.states import BrowsingAccounts, Departing, ReadingAccount
from bot.conversation.accounts.steps.departures import departure_told, holder_named
from bot.conversation.accounts.steps.register import sheet_attached_elsewhere
from bot.conversation.context import Context
from bot.conversation.effects import AddMessage, Say
from bot.conversation.events import (
    Attached,
    Commanded,
    MessageAdded,
    Picked,
    Replied,
    TicketsListed,
    Typed,
)
from bot.conversation.flow import (
    Resting,
    Turn,
    arrive,
    mention,
    stay,
    with_resume,
    worth_keeping,
)
from bot.conversation.screens.layout import with_lead
from bot.conversation.screens.search import found_of
from bot.conversation.screens.tickets import ticket_choice, ticket_list
from bot.conversation.states import (
    AddingMessage,
    Addressing,
    Asking,
    Browsing,
    BrowsingThemes,
    BrowsingTickets,
    Idle,
    Reading,
    ReadingTicket,
    State,
    Withdrawing,
)
from bot.conversation.steps.search import files_of, question_asked
from bot.conversation.steps.tickets import TICKET_MESSAGE_LIMIT, fetch_file
from bot.conversation.texts import text
from bot.domain.account_requests import tells_departure
from bot.domain.short_replies import reads_like_a_question
from bot.domain.text import clean, comparable_words, parse_free_text
from bot.domain.ticket import find_references
from knowledge import Reason, Verdict


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


MOST_ABOUT_AN_ACCOUNT = 14
"""Words; whoever writes more about somebody tells a story."""

NO_MESSAGES = (Reason.GREETING, Reason.THANKS, Reason.GOODBYE, Reason.INSULT, Reason.WHO)
"""Small talk that is no answer to what an advisor asked; « oui » and « je ne sais pas » are."""

SEARCHING = (Asking, Browsing, BrowsingThemes, Reading)
"""Here a question follows another: only what finds nothing may be a message."""


def text_at_rest(
    state: Resting | Asking, event: Typed, context: Context
) -> Turn[Addressing | ReadingAccount | Departing | BrowsingAccounts | Idle | Asking | Browsing]:
    """A text where none is awaited: a question, unless it may be meant for a request, or names
    the holder of an account."""
    references = _addressees(state, event.text, context)
    if not references:
        return _account_named(state, event.text, context) or question_asked(state, event, context)
    words = parse_free_text(event.text, TICKET_MESSAGE_LIMIT)
    return arrive(Addressing(draft=state.draft, references=references, texts=(words,)), context)


def _account_named(
    state: Resting | Asking, typed: str, context: Context
) -> Turn[ReadingAccount | Departing | BrowsingAccounts] | None:
    """The account, or the departure, of whom an administrator names, if the help does not know."""
    words = comparable_words(typed)
    if not words or len(words) > MOST_ABOUT_AN_ACCOUNT or not context.registers:
        return None
    is_departure = tells_departure(typed) and not reads_like_a_question(typed)
    if not is_departure and found_of(clean(typed), context).verdict is Verdict.FOUND:
        return None
    for siret, register in context.registers.items():
        account = holder_named(register, typed, context)
        if account is not None and is_departure:
            return departure_told(siret, typed, state.draft, context)
        if account is not None:
            reading = ReadingAccount(draft=state.draft, siret=siret, account=account.id)
            return arrive(reading, context)
    return None


def _addressees(state: Resting | Asking, typed: str, context: Context) -> tuple[str, ...]:
    """The requests that a text may be meant for: those it names, else those that wait for it."""
    found = found_of(clean(typed), context)
    if found.reason in NO_MESSAGES:
        return ()
    named = find_references(typed)
    if named or (isinstance(state, SEARCHING) and found.confident):
        return named
    shown = isinstance(state, ReadingTicket) and found.verdict is not Verdict.FOUND
    return _waiting(state, context, shown=shown)


def _waiting(state: State, context: Context, *, shown: bool) -> tuple[str, ...]:
    """The request whose news were just told, the one that is shown, and all that wait."""
    nearest = state.told if isinstance(state, Idle) else ""
    if isinstance(state, ReadingTicket) and shown:
        nearest = state.reference
    return tuple(dict.fromkeys((*filter(None, (nearest,)), *context.waiting)))


def file_at_rest(state: Resting | Asking, event: Attached, context: Context) -> Turn[State]:
    """A file where none is awaited: for the one request that waits, or asked for which."""
    references = _waiting(state, context, shown=True)
    if not references:
        return _file_kept_for_request(state, event, context)
    if len(references) > 1:
        asked = Addressing(draft=state.draft, references=references, file=event)
        return arrive(asked, context)
    return fetch_file(state, event, context, reference=references[0])


def _file_kept_for_request(
    state: Resting | Asking, event: Attached, context: Context
) -> Turn[State]:
    """A file before any request: its words are asked, and it waits for the request."""
    if context.registers and not event.caption and not files_of(state):
        return sheet_attached_elsewhere(state, event, context)  # an administrator's list
    if event.size > context.rules.piece_bytes:
        return fetch_file(state, event, context)
    files = (*files_of(state), event)
    if event.follows and isinstance(state, Asking | Browsing | Reading):
        return Turn(replace(state, files=files), ())
    asking = Asking(draft=state.draft, files=files)
    if not event.caption:
        return arrive(asking, context, lead=text("pieces.held"))
    turn = text_at_rest(asking, Typed(event.caption), context)
    return Turn(turn.state, with_lead(turn.effects, text("pieces.held")))


def text_joined(state: Addressing, event: Typed, context: Context) -> Turn[Addressing]:
    """One more text of the same message."""
    words = parse_free_text(event.text, TICKET_MESSAGE_LIMIT)
    return arrive(replace(state, texts=(*state.texts, words)), context)


def request_addressed(
    state: Addressing, event: Picked, context: Context
) -> Turn[Addressing | Idle]:
    """Add what was written to the request, or have the file fetched for it."""
    if event.about not in state.references:
        return stay(state, context, lead=text("anywhere.stale"))
    if state.file is not None:
        idle = Idle(draft=state.draft)
        return fetch_file(idle, state.file, context, reference=event.about)
    words = parse_free_text("\n".join(state.texts)[:TICKET_MESSAGE_LIMIT], TICKET_MESSAGE_LIMIT)
    return Turn(state, (AddMessage(event.about, words),))


def question_meant(
    state: Addressing, event: Picked, context: Context
) -> Turn[Idle | Asking | Browsing]:
    """It was another question: search the text that was written last."""
    asking = Asking(draft=state.draft)
    return question_asked(asking, Typed(state.texts[-1] if state.texts else ""), context)


def addressing_left(state: Addressing, event: Picked | Commanded, context: Context) -> Turn[Idle]:
    return arrive(Idle(draft=state.draft), context)


def reply_given(state: State, event: Replied, context: Context) -> Turn[State]:
    """A reply to a message about a request goes to that request, wherever the person stands."""
    if event.file is not None:
        return fetch_file(state, event.file, context, reference=event.reference)
    words = parse_free_text(event.text, TICKET_MESSAGE_LIMIT)
    return Turn(state, (AddMessage(event.reference, words),))


def reply_added(state: State, event: MessageAdded, context: Context) -> Turn[State]:
    """Say that the reply is with its request; the person stays where they are."""
    if event.ticket is None:
        return mention(state, text("tickets.unknown"), context)
    said = text(f"tickets.message_{event.became}", reference=event.ticket.reference)
    return mention(state, said, context)
