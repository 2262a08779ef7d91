"""Effects: what a step asks for. The help desk performs them, in one `match`."""

from dataclasses import dataclass, field

from bot.conversation.effects import AccountEffect, GiveDocument
from bot.conversation.texts import Text
from bot.domain.attachment import IncomingFile
from bot.domain.people import Employer
from bot.domain.ticket import TicketRequest


@dataclass(frozen=True, slots=True)
class Button:
    """A choice on offer; `code` comes back as `Picked(code)`, at most 40 bytes."""

    code: str
    label: Text


@dataclass(frozen=True, slots=True)
class Shown:
    """Which message of which ticket a text shows; `again` puts it in the place of what was shown
    before, where the channel can do that."""

    reference: str
    place: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class Say:
    """Show a text."""

    text: Text
    shows: Shown | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Show a text and offer buttons, row by row; `awaits_text` where the answer is typed."""

    text: Text
    rows: tuple[tuple[Button, ...], ...]
    awaits_text: bool = False
    shows: Shown | None = None


@dataclass(frozen=True, slots=True)
class EraseInput:
    """Remove from the chat what the person has just written."""


@dataclass(frozen=True, slots=True)
class FileTicket:
    """Record the request; answered by `TicketFiled`.

    Unless `anyway`, an open ticket for the same matter stops it: then `SimilarFound`.
    """

    request: TicketRequest
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class ListTickets:
    """Answered by `TicketsListed`."""


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """Answered by `TicketOpened`."""

    reference: str


@dataclass(frozen=True, slots=True)
class GivePiece:
    """Show a file of one of the person's own tickets."""

    reference: str
    number: int
    caption: Text


@dataclass(frozen=True, slots=True)
class AddMessage:
    """Add a message of the requester to their own ticket; answered by `MessageAdded`.

    The pieces of a draft (`identity`) that became this message go along; `source` is where its
    words were written, if not just now.
    """

    reference: str
    text: str
    identity: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPiece:
    """Have a file brought that the channel announced; it comes back as `PieceCame`."""

    document: str
    name: str
    caption: str = ""
    identity: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepPiece:
    """Keep a file with a ticket (`words` are its message) or a draft; answered by `PieceKept`."""

    given: IncomingFile
    words: str
    identity: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class CorrectMessage:
    """Put other words in the place of what the person wrote in an earlier message (`source`);
    answered by `MessageCorrected`."""

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class RateTicket:
    """Keep how satisfied the person was with a closed ticket, from 1 to 5, and why."""

    reference: str
    score: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawTicket:
    """Take back one's own ticket; answered by `TicketOpened`."""

    reference: str


@dataclass(frozen=True, slots=True)
class RememberEmployer:
    """Add an employer to the profile, and make it the current one."""

    employer: Employer


@dataclass(frozen=True, slots=True)
class RememberEmail:
    """Keep the reply address; empty means that none is wanted."""

    email: str


@dataclass(frozen=True, slots=True)
class SendCode:
    """Send a one-time code to the reply address; answered by `CodeSent`."""


@dataclass(frozen=True, slots=True)
class CheckCode:
    """Compare what was typed with the code that was sent; answered by `CodeChecked`."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Vote:
    """Count whether a version of an article answered; one vote a person, the last one counts."""

    slug: str
    version: str
    useful: bool


@dataclass(frozen=True, slots=True)
class KeepQuestion:
    """Keep a question asked in vain, nothing personal in it, so that the base learns from it."""

    question: str
    outcome: str


Reply = Say | Ask | EraseInput | GiveDocument | GivePiece
TicketEffect = (
    FileTicket
    | ListTickets
    | OpenTicket
    | AddMessage
    | FetchPiece
    | KeepPiece
    | CorrectMessage
    | RateTicket
    | WithdrawTicket
)
PersonalEffect = RememberEmployer | RememberEmail | Vote | KeepQuestion
EmailEffect = SendCode | CheckCode
Effect = Reply | PersonalEffect | EmailEffect | TicketEffect | AccountEffect
