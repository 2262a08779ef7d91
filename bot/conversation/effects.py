"""Effects: what a step asks the help desk to do, inside the turn's transaction."""

from dataclasses import dataclass, field
from datetime import date

from bot.conversation.texts import Text
from bot.domain.account_changes import Change
from bot.domain.attachment import IncomingFile
from bot.domain.people import Employer
from bot.domain.spreadsheet import Sheet
from bot.domain.ticket import TicketRequest


@dataclass(frozen=True, slots=True)
class Button:
    """A button of the screen; a press comes back as `Picked(code)`. A code has at most 40 bytes."""

    code: str
    label: Text


@dataclass(frozen=True, slots=True)
class Say:
    """Show a text."""

    text: Text


@dataclass(frozen=True, slots=True)
class Ask:
    """Show a text with rows of buttons; `awaits_text`: an answer can also be typed."""

    text: Text
    rows: tuple[tuple[Button, ...], ...]
    awaits_text: bool = False


@dataclass(frozen=True, slots=True)
class EraseInput:
    """Delete from the chat what the person has just written."""


@dataclass(frozen=True, slots=True)
class FileTicket:
    """File the request; answered by `TicketFiled`.

    Unless `anyway`, an open ticket about the same matter prevents it: then `SimilarFound`.
    """

    request: TicketRequest
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class ListTickets:
    """List the person's own tickets; answered by `TicketsListed`."""


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """Read one of the person's own tickets; answered by `TicketOpened`."""

    reference: str


@dataclass(frozen=True, slots=True)
class GiveAttachment:
    """Show a file of one of the person's own tickets."""

    reference: str
    number: int
    caption: Text


@dataclass(frozen=True, slots=True)
class AddMessage:
    """Add a message to one of the person's own tickets; answered by `MessageAdded`.

    The attachments of the draft `identity` go with it. `source` is the message on the channel in
    which the text was written; empty for the message of this turn.
    """

    reference: str
    text: str
    identity: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchAttachment:
    """Let the channel fetch a file; answered by `AttachmentFetched` in a later turn."""

    document: str
    name: str
    caption: str = ""
    identity: str = ""
    reference: str = ""
    follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAttachment:
    """Store a file with a draft, or a ticket with `words`; answered by `AttachmentKept`."""

    given: IncomingFile
    words: str
    identity: str = ""
    reference: str = ""
    follows: bool = False


@dataclass(frozen=True, slots=True)
class AddCorrection:
    """Add edited words to the ticket that holds the message; answered by `CorrectionAdded`."""

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class RateTicket:
    """Store the person's rating of a closed ticket: a score from 1 to 5, and a comment."""

    reference: str
    score: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawTicket:
    """Withdraw one of the person's own tickets; answered by `TicketOpened`."""

    reference: str


@dataclass(frozen=True, slots=True)
class RememberEmployer:
    """Store an employer in the profile and make it the current one."""

    employer: Employer


@dataclass(frozen=True, slots=True)
class RememberEmail:
    """Store the reply address; empty: the person wants none."""

    email: str


@dataclass(frozen=True, slots=True)
class SendCode:
    """Send a one-time code to the reply address; answered by `CodeSent`."""


@dataclass(frozen=True, slots=True)
class CheckCode:
    """Compare a typed code with the one that was sent; answered by `CodeChecked`."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OfferWindow:
    """Make a code that joins another window with this conversation; answered by `WindowOffered`."""


@dataclass(frozen=True, slots=True)
class JoinWindow:
    """Join this window with the one where the code was made; answered by `WindowJoined`."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Vote:
    """Count whether a version of an article helped: one vote a person, the last one counts."""

    slug: str
    version: str
    useful: bool


@dataclass(frozen=True, slots=True)
class KeepQuestion:
    """Store a question that found no answer, without personal data, for the authors of articles."""

    question: str
    outcome: str


@dataclass(frozen=True, slots=True)
class GiveDocument:
    """Send a document; `caption` says what it is."""

    name: str
    content: bytes
    caption: Text


@dataclass(frozen=True, slots=True)
class GiveOwnData:
    """Send the person a copy of their own data, as a document."""


@dataclass(frozen=True, slots=True)
class RequestErasure:
    """Keep for the desk that the person asks to be erased."""


@dataclass(frozen=True, slots=True)
class ChangeRegister:
    """Change an employer's register; answered by `RegisterChanged`."""

    siret: str
    change: Change


@dataclass(frozen=True, slots=True)
class RemindAgain:
    """Remind this administrator on the day `until` of the accounts that are still open."""

    siret: str
    until: date


@dataclass(frozen=True, slots=True)
class TellOthers:
    """Send a message to the other administrators of an employer."""

    siret: str
    text: Text


@dataclass(frozen=True, slots=True)
class Invite:
    """Create an invitation for an account; answered by `Invited`."""

    siret: str
    account: str


@dataclass(frozen=True, slots=True)
class RevokeInvitation:
    """Revoke the invitation for an account; answered by `RegisterChanged`."""

    siret: str
    account: str


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    """Link the person to the account of the code; answered by `InvitationAnswered`."""

    code: str


@dataclass(frozen=True, slots=True)
class FetchDocument:
    """Let the channel fetch a spreadsheet; answered by `DocumentFetched` in a later turn."""

    document: str
    name: str


@dataclass(frozen=True, slots=True)
class PlanImport:
    """Store a spreadsheet and compute what it would change; answered by `ImportPlanned`."""

    siret: str
    sheets: tuple[Sheet, ...]


@dataclass(frozen=True, slots=True)
class WriteImport:
    """Write a stored spreadsheet without its refused lines; answered by `ImportWritten`."""

    siret: str
    upload: str


AccountEffect = (
    ChangeRegister
    | RemindAgain
    | TellOthers
    | Invite
    | RevokeInvitation
    | AcceptInvitation
    | FetchDocument
    | PlanImport
    | WriteImport
)


Reply = Say | Ask | EraseInput | GiveDocument | GiveAttachment
TicketEffect = (
    FileTicket
    | ListTickets
    | OpenTicket
    | AddMessage
    | FetchAttachment
    | KeepAttachment
    | AddCorrection
    | RateTicket
    | WithdrawTicket
)
PersonalEffect = (
    RememberEmployer | RememberEmail | Vote | KeepQuestion | GiveOwnData | RequestErasure
)
EmailEffect = SendCode | CheckCode
WindowEffect = OfferWindow | JoinWindow
Effect = Reply | PersonalEffect | EmailEffect | WindowEffect | TicketEffect | AccountEffect
