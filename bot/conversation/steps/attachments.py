"""Attachments: files announced by a channel, fetched by it, and stored with a draft or a ticket."""

from dataclasses import replace

from bot.conversation.context import Context
from bot.conversation.effects import EraseInput, FetchAttachment, KeepAttachment, Say
from bot.conversation.events import Attached, AttachmentFetched, AttachmentKept, Commanded, Leaked
from bot.conversation.flow import ArrivedT, Turn, mention, stay, with_resume
from bot.conversation.screens.layout import attachment_line, with_lead
from bot.conversation.screens.tickets import ticket_page
from bot.conversation.states import (
    AddingMessage,
    Browsing,
    Describing,
    Idle,
    ReadingTicket,
    Reviewing,
    State,
)
from bot.conversation.steps.search import leak_explained, question_with_secret_asked
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.attachment import MOST_ATTACHMENTS, AttachmentFault, IncomingFile
from bot.domain.ticket import Added, Ticket

CAPTION_LIMIT = 1024
"""Characters of a caption, as Telegram has it."""  # characters, as Telegram has it


def file_attached_to_draft(
    state: Describing | Reviewing, event: Attached, context: Context
) -> Turn[Describing | Reviewing]:
    """Have a file fetched for the open draft."""
    return _fetch(state, event, context, identity=state.draft.identity)


def file_attached_to_ticket(
    state: AddingMessage | ReadingTicket, event: Attached, context: Context
) -> Turn[AddingMessage | ReadingTicket]:
    """Have a file fetched for the ticket that is shown."""
    return _fetch(state, event, context, reference=state.reference)


def secret_typed_at_ticket(
    state: ReadingTicket, event: Leaked, context: Context
) -> Turn[ReadingTicket | Idle | Browsing]:
    """A secret in a caption: stay at the ticket. In a text: search the text without it."""
    if not event.beside:
        return question_with_secret_asked(state, event, context)
    return stay(state, context, lead=leak_explained(event, context), before=(EraseInput(),))


def _fetch(state: ArrivedT, event: Attached, context: Context, **target: str) -> Turn[ArrivedT]:
    if event.size > context.rules.piece_bytes:
        return stay(state, context, lead=_fault(AttachmentFault.TOO_LARGE, context))
    caption = event.caption[:CAPTION_LIMIT]
    fetch = FetchAttachment(document=event.document, name=event.name, caption=caption, **target)
    return Turn(state, (fetch, Say(text("pieces.fetching"))))


def file_fetched(state: State, event: AttachmentFetched, context: Context) -> Turn[State]:
    """Store a fetched file where it was sent for, else with what the person is doing now."""
    identity, reference = event.identity, event.reference
    if not identity and not reference:
        identity, reference = _target(state)
    if not identity and not reference:
        return stay(state, context, lead=text("pieces.where"))
    given = IncomingFile(name=event.name, content=event.content, caption=event.caption)
    words = event.caption or unescape(fill(text("pieces.alone")))
    keep = KeepAttachment(given=given, words=words, identity=identity, reference=reference)
    return Turn(state, (keep,))


def _target(state: State) -> tuple[str, str]:
    """The draft's identity or the ticket's reference that a file without one belongs to."""
    match state:
        case Describing() | Reviewing():
            return state.draft.identity, ""
        case AddingMessage() | ReadingTicket():
            return "", state.reference
        case _:
            return "", ""


def file_kept(state: State, event: AttachmentKept, context: Context) -> Turn[State]:
    """Say that the file is stored, or why it is not; the person stays where they are."""
    if event.piece is None:
        return mention(state, _fault(event.fault or AttachmentFault.GONE, context), context)
    if event.ticket is not None:
        return _added(state, event.ticket, _added_words(event.ticket, event), context)
    if state.draft is None or state.draft.identity != event.identity:
        return mention(state, _fault(AttachmentFault.GONE, context), context)
    draft = replace(state.draft, pieces=(*state.draft.pieces, event.piece))
    lead = text("pieces.kept", piece=attachment_line(event.piece))
    return mention(replace(state, draft=draft), lead, context)


def _added_words(ticket: Ticket, event: AttachmentKept) -> Text:
    if event.became is Added.FILED_ANEW or event.piece is None:
        return text("pieces.added_anew", reference=ticket.reference)
    return text("pieces.added", reference=ticket.reference, piece=attachment_line(event.piece))


def _added(state: State, ticket: Ticket, said: Text, context: Context) -> Turn[State]:
    """Show the ticket with its new file if the person was adding to it, else say it in passing."""
    if not isinstance(state, AddingMessage):
        return mention(state, said, context)
    reading = ReadingTicket(draft=state.draft, reference=ticket.reference)
    page = with_resume(reading, (ticket_page(ticket, context),))
    return Turn(reading, with_lead(page, said))


def _fault(fault: AttachmentFault, context: Context) -> Text:
    limit = context.rules.piece_bytes // 1_000_000
    return text(f"pieces.{fault}", limit=limit, most=MOST_ATTACHMENTS)


def attaching_help_wanted(state: State, event: Commanded, context: Context) -> Turn[State]:
    """`/joindre`: how a file is sent."""
    return mention(state, text("pieces.how"), context)
