"""Events: what happened. A channel makes some, the help desk answers effects with others."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.domain.account_changes import Refusal
from bot.domain.account_import import ImportPlan
from bot.domain.attachment import Attachment, AttachmentFault
from bot.domain.email_code import CodeCheck, CodeSending
from bot.domain.people import Employer
from bot.domain.redaction import Secret
from bot.domain.spreadsheet import Sheet
from bot.domain.ticket import Added, Notice, Ticket, TicketSummary

if TYPE_CHECKING:
    from bot.conversation.questions import Draft


@dataclass(frozen=True, slots=True)
class Typed:
    """The person wrote a text."""

    text: str


@dataclass(frozen=True, slots=True)
class Picked:
    """The person pressed a button: `code` is its choice, a dot, and what it is about."""

    code: str

    @property
    def choice(self) -> str:
        return self.code.partition(".")[0]

    @property
    def about(self) -> str:
        return self.code.partition(".")[2]


@dataclass(frozen=True, slots=True)
class GivenElsewhere:
    """The person gave a NIR on the page that the question had offered."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PressedStale:
    """The person pressed a button that the last turn did not offer."""

    code: str


@dataclass(frozen=True, slots=True)
class Commanded:
    """The person gave a command, `name` without its slash; `payload` is what followed it."""

    name: str
    payload: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """The person came back to the conversation: they opened a terminal."""


class Medium(StrEnum):
    """The kinds of content that are no text."""

    STICKER = "sticker"
    VOICE = "voice"
    LOCATION = "location"
    CONTACT = "contact"
    RECORDING = "recording"
    FORWARDED = "forwarded"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class UnreadableSent:
    """The person sent something that the desk cannot read; `caption` is its text, if any.

    `inside` are the words within it, which nobody answers: a contact's, a poll's, those of a link.
    """

    medium: Medium
    caption: str = ""
    inside: str = ""


@dataclass(frozen=True, slots=True)
class Leaked:
    """A text, or a file's caption (`beside`), held a secret; `redacted` is it without."""

    secret: Secret
    redacted: str
    beside: bool = False


# What the help desk answers to effects, in the same turn.


@dataclass(frozen=True, slots=True)
class TicketFiled:
    """The ticket is stored, and will be `forwarded` to another system, whose name says nothing to
    an employer."""

    reference: str
    filed_at: datetime
    forwarded: bool = False


@dataclass(frozen=True, slots=True)
class TicketsListed:
    """The help desk listed the person's own tickets, newest first; it may have left some out that
    were changed outside the desk."""

    tickets: tuple[TicketSummary, ...]
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class TicketOpened:
    """The help desk read a ticket; None where the person has none of that reference."""

    ticket: Ticket | None


@dataclass(frozen=True, slots=True)
class SimilarFound:
    """Not filed: one is open for the same employer, agents and sous-motif."""

    reference: str
    filed_at: datetime


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """The message was added to `ticket`: as it was, reopened, or filed anew (`became`)."""

    ticket: Ticket | None
    became: Added


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A one-time code was sent to the reply address, or was not (`sending` tells why)."""

    sending: CodeSending


@dataclass(frozen=True, slots=True)
class CodeChecked:
    """The help desk compared the code that was typed; `checking` is the result."""

    checking: CodeCheck


@dataclass(frozen=True, slots=True)
class WindowOffered:
    """The help desk made a `code` that joins another window with this conversation."""

    code: str = field(repr=False)


class Joining(StrEnum):
    """What came of a code: this window was joined with that of the code, or was already one with
    it, or the code is good no more."""

    JOINED = "joined"
    SAME = "same"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WindowJoined:
    """The help desk looked at a code; `draft` is what was open in the other window."""

    joining: Joining
    draft: "Draft | None" = None


# Files, which the channel fetches after it has heard of them, and what is corrected afterwards.


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentFetched:
    """The channel fetched a file, for a ticket (`reference`) or a draft (`identity`).

    With neither, the file is for what the person is doing now. Empty content: it could not be read.
    """

    name: str
    content: bytes = field(repr=False)
    caption: str = ""
    identity: str = ""
    reference: str = ""
    follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentKept:
    """A file was stored in `ticket` or with the draft `identity`, or refused (`fault`)."""

    piece: Attachment | None = None
    fault: AttachmentFault | None = None
    ticket: Ticket | None = None
    became: Added = Added.ADDED
    identity: str = ""
    follows: bool = False


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """The person edited an earlier message; `source` is its identifier on the channel."""

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class CorrectionAdded:
    """The edited words are in the ticket `reference`; empty where none holds the message."""

    reference: str = ""


# What comes from the desk, whenever it comes.


@dataclass(frozen=True, slots=True)
class Notified:
    """Something happened to one of the person's tickets."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class CodeUndelivered:
    """The letter with a code never arrived: its address was `refused`, or time ran out."""

    email: str = field(repr=False)
    refused: bool


@dataclass(frozen=True, slots=True)
class Attached:
    """The person sent a file; the channel can fetch it by `document`.

    It `follows` where another file of the same album came before: the person is told less.
    """

    document: str
    name: str
    size: int = 0
    caption: str = ""
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Replied:
    """The person replied, as their channel lets them, to a message about the ticket `reference`:
    with a text, or with a file whose caption is its text.
    """

    text: str
    reference: str
    file: Attached | None = None


@dataclass(frozen=True, slots=True)
class DocumentFetched:
    """The channel fetched a spreadsheet and read its lines, or could not (`fault`)."""

    name: str
    sheets: tuple[Sheet, ...] = field(default=(), repr=False)
    fault: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class RegisterChanged:
    """The help desk changed the employer's register, or refused to (`refusal`)."""

    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """The help desk made an invitation with `code`, or refused to (`refusal`)."""

    code: str = field(default="", repr=False)
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class InvitationAnswered:
    """An invitation was checked: it is good, unknown, expired, used or revoked (`state`)."""

    state: str
    employer: Employer | None = None
    administers: bool = False


@dataclass(frozen=True, slots=True)
class ImportPlanned:
    """A spreadsheet was stored as `upload` and read into a plan.

    Without a plan, no column names accounts; `headings` are those it has.
    """

    upload: str = ""
    plan: ImportPlan | None = None
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportWritten:
    """The help desk wrote the import; None where the spreadsheet was no longer stored."""

    plan: ImportPlan | None


FromDesk = Notified | CodeUndelivered
"""What the desk tells of itself, whenever it happens."""
AccountEvent = (
    Attached
    | DocumentFetched
    | RegisterChanged
    | Invited
    | InvitationAnswered
    | ImportPlanned
    | ImportWritten
)


Event = (
    Typed
    | Picked
    | GivenElsewhere
    | PressedStale
    | Commanded
    | Opened
    | UnreadableSent
    | Leaked
    | TicketFiled
    | TicketsListed
    | TicketOpened
    | SimilarFound
    | MessageAdded
    | CodeSent
    | CodeChecked
    | WindowOffered
    | WindowJoined
    | AttachmentFetched
    | AttachmentKept
    | MessageEdited
    | CorrectionAdded
    | Notified
    | CodeUndelivered
    | Replied
    | AccountEvent
)
