"""Tickets: one's own, messages and files to them, ratings, withdrawal, edited messages."""

from dataclasses import replace

from bot.conversation.context import Context
from bot.conversation.effects import (
    AddCorrection,
    AddMessage,
    Effect,
    EraseInput,
    FetchAttachment,
    KeepAttachment,
    RateTicket,
    Say,
    WithdrawTicket,
)
from bot.conversation.events import (
    Attached,
    AttachmentFetched,
    AttachmentKept,
    Commanded,
    CorrectionAdded,
    Leaked,
    MessageAdded,
    MessageEdited,
    Notified,
    Picked,
    TicketOpened,
    Typed,
)
from bot.conversation.fields import ParserInput, parse_answer
from bot.conversation.flow import (
    ArrivedT,
    Resting,
    Turn,
    arrive,
    ask_again,
    mention,
    proceed,
    stay,
    with_resume,
    worth_keeping,
)
from bot.conversation.questions import Draft, keep_answer, pending, plan, question_of
from bot.conversation.screens.layout import attachment_line, masked_value, with_lead
from bot.conversation.screens.tickets import (
    SCORES,
    attachment_of,
    news_of,
    ticket_page,
)
from bot.conversation.session import DESCRIPTION_KEY, QUESTION_KEY, is_question_kept, written_in
from bot.conversation.states import (
    AddingMessage,
    Addressing,
    Browsing,
    BrowsingTickets,
    DraftState,
    Filling,
    Idle,
    Rating,
    ReadingTicket,
    Reviewing,
    State,
    Withdrawing,
)
from bot.conversation.steps.form import remember_answer
from bot.conversation.steps.search import leak_explained, question_with_secret_asked
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.attachment import MOST_ATTACHMENTS, AttachmentFault, IncomingFile
from bot.domain.errors import InvalidAnswerError
from bot.domain.text import parse_free_text
from bot.domain.ticket import Added, Ticket, TicketNews

TICKET_MESSAGE_LIMIT = 4000
COMMENT_LIMIT = 500


def ticket_picked(state: State, event: Picked, context: Context) -> Turn[ReadingTicket]:
    """Open a ticket of the list or of a notification."""
    return arrive(ReadingTicket(draft=worth_keeping(state.draft), reference=event.about), context)


def ticket_opened(
    state: ReadingTicket, event: TicketOpened, context: Context
) -> Turn[ReadingTicket | Idle]:
    """Show the ticket; another person's ticket reads as unknown."""
    if event.ticket is None:
        return arrive(Idle(draft=state.draft), context, lead=text("tickets.unknown"))
    return Turn(state, with_resume(state, (ticket_page(event.ticket, context),)))


def adding_wanted(state: ReadingTicket, event: Picked, context: Context) -> Turn[AddingMessage]:
    return arrive(AddingMessage(draft=state.draft, reference=state.reference), context)


def message_told(state: AddingMessage, event: Typed, context: Context) -> Turn[AddingMessage]:
    """Add the text to the ticket."""
    words = parse_free_text(event.text, TICKET_MESSAGE_LIMIT)
    return Turn(state, (AddMessage(state.reference, words),))


def message_added(
    state: AddingMessage | Addressing, event: MessageAdded, context: Context
) -> Turn[ReadingTicket | Idle]:
    """Show the ticket with the message; it may be reopened, or a new one that follows it."""
    if event.ticket is None:
        return arrive(Idle(draft=state.draft), context, lead=text("tickets.unknown"))
    said = text(f"tickets.message_{event.became}", reference=event.ticket.reference)
    return _show_ticket(state, event.ticket, said, context)


def _show_ticket(state: State, ticket: Ticket, said: Text, context: Context) -> Turn[ReadingTicket]:
    """Show a ticket as it stands after what has just happened to it."""
    reading = ReadingTicket(draft=state.draft, reference=ticket.reference)
    page = with_resume(reading, (ticket_page(ticket, context),))
    return Turn(reading, with_lead(page, said))


def answer_wanted(state: State, event: Picked, context: Context) -> Turn[AddingMessage]:
    """« Répondre » under a notification: ask for the message."""
    draft = worth_keeping(state.draft)
    return arrive(AddingMessage(draft=draft, reference=event.about), context)


def news_received(state: State, event: Notified, context: Context) -> Turn[State]:
    """Tell the news; who is in the middle of something stays there, others may answer it."""
    resting = isinstance(state, Resting)
    news = with_resume(state, (news_of(event.notice, with_buttons=resting),))
    is_answerable = resting and event.notice.news not in (TicketNews.TAKEN, TicketNews.REOPENED)
    after = Idle(draft=state.draft, told=event.notice.reference) if is_answerable else state
    return Turn(after, news + attachment_of(event.notice))


def rating_wanted(state: State, event: Picked, context: Context) -> Turn[Rating]:
    return arrive(Rating(draft=worth_keeping(state.draft), reference=event.about), context)


def score_picked(state: State, event: Picked, context: Context) -> Turn[State]:
    """Store the score at once, then ask for a comment."""
    reference, _, score = event.about.rpartition(".")
    if not score.isdecimal() or int(score) not in SCORES:
        return stay(state, context, lead=text("anywhere.stale"))
    kept = RateTicket(reference, int(score))
    rated = Rating(draft=worth_keeping(state.draft), reference=reference, score=int(score))
    return arrive(rated, context, before=(kept,))


def score_explained(state: Rating, event: Typed, context: Context) -> Turn[Rating | Idle]:
    """Store the comment about a score."""
    if not state.score:
        return ask_again(state, text("anywhere.buttons_awaited"), context)
    words = parse_free_text(event.text, COMMENT_LIMIT)
    return _thanked(state, context, RateTicket(state.reference, state.score, words))


def score_left(state: Rating, event: Picked, context: Context) -> Turn[Idle]:
    return _thanked(state, context)


def _thanked(state: Rating, context: Context, *before: RateTicket) -> Turn[Idle]:
    said = text("tickets.rated", reference=state.reference)
    return arrive(Idle(draft=state.draft), context, lead=said, before=before)


def withdrawal_wanted(state: ReadingTicket, event: Picked, context: Context) -> Turn[Withdrawing]:
    return arrive(Withdrawing(draft=state.draft, reference=state.reference), context)


def withdrawal_confirmed(state: Withdrawing, event: Picked, context: Context) -> Turn[Withdrawing]:
    return Turn(state, (WithdrawTicket(state.reference),))


def ticket_withdrawn(
    state: Withdrawing, event: TicketOpened, context: Context
) -> Turn[ReadingTicket | Idle]:
    """Show the ticket after its withdrawal, or say that it was closed meanwhile."""
    if event.ticket is None:
        return arrive(Idle(draft=state.draft), context, lead=text("tickets.not_open"))
    said = text("tickets.withdrawn", reference=state.reference)
    return _show_ticket(state, event.ticket, said, context)


def went_back_to_ticket(
    state: AddingMessage | Withdrawing | Rating, event: Picked | Commanded, context: Context
) -> Turn[ReadingTicket]:
    return arrive(ReadingTicket(draft=state.draft, reference=state.reference), context)


def went_back_to_tickets(
    state: ReadingTicket, event: Picked | Commanded, context: Context
) -> Turn[BrowsingTickets]:
    return arrive(BrowsingTickets(draft=state.draft), context)


def message_edited(state: State, event: MessageEdited, context: Context) -> Turn[State]:
    """Replace the draft's answer written in that message, else add the words to its ticket."""
    try:
        words = parse_free_text(event.text, TICKET_MESSAGE_LIMIT)
    except InvalidAnswerError as error:
        return mention(state, text(f"fault.{error.fault}", length=len(event.text)), context)
    draft, written = state.draft, written_in(state.draft, event.source)
    if draft is None or not written:
        return Turn(state, (AddCorrection(words, event.source),))
    if len(written) > 1 or written[0].message != event.source:
        return mention(state, text("correction.several"), context)
    key, agent = written[0].key, written[0].agent
    is_question = key == QUESTION_KEY
    if is_question and not is_question_kept(draft):
        renewed = replace(draft, question=words)
        return _draft_edited(state, renewed, text("correction.question"), context)
    question = question_of(draft, DESCRIPTION_KEY if is_question else key, agent, context)
    try:
        answer = parse_answer(words, ParserInput(question, draft, context)).value
    except InvalidAnswerError as error:
        fault = text(f"fault.{error.fault}", length=len(words))
        return mention(state, text("correction.refused", fault=fault), context)
    if is_question:
        draft = replace(draft, question=answer.value)
    draft = keep_answer(draft, question, answer, context)
    value = masked_value(answer) or text("answer.left_out")
    said = text("correction.answer", label=question.field.label, value=value)
    return _draft_edited(state, draft, said, context, before=remember_answer(draft, answer))


def _draft_edited(
    state: State, draft: Draft, said: Text, context: Context, before: tuple[Effect, ...] = ()
) -> Turn[State]:
    """Stay, unless the edited answer adds or removes questions: then go to the next open one."""
    if isinstance(state, Reviewing):
        return proceed(draft, context, lead=said, before=before)
    if isinstance(state, Filling) and pending(draft, context):
        asked = [(one.field.key, one.agent) for one in plan(draft, context)]
        if (state.key, state.agent) not in asked:
            return proceed(draft, context, lead=said, before=before)
    return mention(replace(state, draft=draft), said, context, before)


def correction_added(state: State, event: CorrectionAdded, context: Context) -> Turn[State]:
    """Confirm that the edited words are in the ticket, or say that edits are not read."""
    if not event.reference:
        return stay(state, context, lead=text("sent.edited"))
    return mention(state, text("tickets.message_corrected", reference=event.reference), context)


CAPTION_LIMIT = 1024
"""Characters of a caption, as Telegram has it."""


def file_attached_to_draft(
    state: DraftState, event: Attached, context: Context
) -> Turn[DraftState]:
    """Have a file fetched for the open draft."""
    return fetch_file(state, event, context, identity=state.draft.identity)


def file_attached_to_ticket(
    state: AddingMessage | ReadingTicket, event: Attached, context: Context
) -> Turn[AddingMessage | ReadingTicket]:
    """Have a file fetched for the ticket that is shown."""
    return fetch_file(state, event, context, reference=state.reference)


def secret_typed_at_ticket(
    state: ReadingTicket, event: Leaked, context: Context
) -> Turn[ReadingTicket | Idle | Browsing]:
    """A secret in a caption: stay at the ticket. In a text: search the text without it."""
    if not event.beside:
        return question_with_secret_asked(state, event, context)
    return stay(state, context, lead=leak_explained(event, context), before=(EraseInput(),))


def fetch_file(state: ArrivedT, event: Attached, context: Context, **target: str) -> Turn[ArrivedT]:
    """Have a file fetched for a ticket (`reference`) or a draft (`identity`), if it is not too
    large."""
    if event.size > context.rules.piece_bytes:
        return stay(state, context, lead=_fault(AttachmentFault.TOO_LARGE, context))
    caption = event.caption[:CAPTION_LIMIT]
    fetch = FetchAttachment(
        document=event.document,
        name=event.name,
        caption=caption,
        follows=event.follows,
        **target,
    )
    said = () if event.follows else (Say(text("pieces.fetching")),)
    return Turn(state, (fetch, *said))


def file_fetched(state: State, event: AttachmentFetched, context: Context) -> Turn[State]:
    """Store a fetched file where it was sent for, else with what the person is doing now."""
    identity, reference = event.identity, event.reference
    if not identity and not reference:
        if isinstance(state, DraftState):
            identity = state.draft.identity
        elif isinstance(state, AddingMessage | ReadingTicket):
            reference = state.reference
        elif len(context.waiting) == 1:
            reference = context.waiting[0]
        else:
            return stay(state, context, lead=text("pieces.where"))
    given = IncomingFile(name=event.name, content=event.content, caption=event.caption)
    words = event.caption or unescape(fill(text("pieces.alone")))
    keep = KeepAttachment(
        given=given,
        words=words,
        identity=identity,
        reference=reference,
        follows=event.follows,
    )
    return Turn(state, (keep,))


def file_kept(state: State, event: AttachmentKept, context: Context) -> Turn[State]:
    """Say that the file is stored, or why not; who was adding to a ticket sees it.

    The question is shown again with the first file of an album only.
    """
    piece, ticket = event.piece, event.ticket
    if piece is None:
        return mention(state, _fault(event.fault or AttachmentFault.GONE, context), context)
    if ticket is not None:
        said = text("pieces.added", reference=ticket.reference, piece=attachment_line(piece))
        if event.became is Added.FILED_ANEW:
            said = text("pieces.added_anew", reference=ticket.reference)
        if isinstance(state, AddingMessage) and not event.follows:
            return _show_ticket(state, ticket, said, context)
        return Turn(state, (Say(said),)) if event.follows else mention(state, said, context)
    if state.draft is None or state.draft.identity != event.identity:
        return mention(state, _fault(AttachmentFault.GONE, context), context)
    state = replace(state, draft=replace(state.draft, pieces=(*state.draft.pieces, piece)))
    lead = text("pieces.kept", piece=attachment_line(piece))
    return Turn(state, (Say(lead),)) if event.follows else mention(state, lead, context)


def _fault(fault: AttachmentFault, context: Context) -> Text:
    limit = context.rules.piece_bytes // 1_000_000
    return text(f"pieces.{fault}", limit=limit, most=MOST_ATTACHMENTS)


def attaching_help_wanted(state: State, event: Commanded, context: Context) -> Turn[State]:
    """`/joindre`: how a file is sent."""
    return mention(state, text("pieces.how"), context)
