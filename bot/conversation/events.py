"""Events: what happened, as the conversation hears it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.conversation.events import AccountEvent
from bot.domain.attachment import Attachment, AttachmentFault
from bot.domain.email_code import CodeCheck, CodeSending
from bot.domain.ticket import Added, Notice, Ticket, TicketSummary


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
class PressedStale:
    """The person pressed a button that is not on offer any more (or never was)."""

    code: str


@dataclass(frozen=True, slots=True)
class Commanded:
    """The person gave a command, `name` without its slash; `payload` is what followed it."""

    name: str
    payload: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """The person came back to the conversation (a terminal was opened)."""


class Medium(StrEnum):
    """What a person can send that is no text."""

    STICKER = "sticker"
    VOICE = "voice"
    LOCATION = "location"
    CONTACT = "contact"
    FILE = "file"
    FORWARDED = "forwarded"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Sent:
    """The person sent something that cannot be read here; `caption` is its text, if any."""

    medium: Medium
    caption: str = ""


REDACTED = "[numéro retiré]"
"""What stands in a text in place of the number that was taken out."""


class Secret(StrEnum):
    """What should not have been typed where it was."""

    NIR = "nir"
    PASSWORD = "password"  # noqa: S105 -- the kind of secret, not one


@dataclass(frozen=True, slots=True)
class Leaked:
    """A text held a secret; `redacted` is the text without it, `beside`: it came with a file."""

    secret: Secret
    redacted: str
    beside: bool = False


# What the help desk answers to effects, in the same turn.


@dataclass(frozen=True, slots=True)
class TicketFiled:
    """The ticket is recorded; `destinations` are the services that it will be sent to."""

    reference: str
    filed_at: datetime
    destinations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TicketsListed:
    """The person's own tickets, newest first."""

    tickets: tuple[TicketSummary, ...]


@dataclass(frozen=True, slots=True)
class TicketOpened:
    """A ticket of the person's own; None when there is none of that name."""

    ticket: Ticket | None


@dataclass(frozen=True, slots=True)
class SimilarFound:
    """Not filed: the person has an open ticket for the same employer, agents and sous-motif."""

    reference: str
    filed_at: datetime


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A message of the requester's is in `ticket` (a new one, if the old one was too old)."""

    ticket: Ticket | None
    became: Added


@dataclass(frozen=True, slots=True)
class CodeSent:
    """A one-time code is on its way to the reply address, or why it is not."""

    sending: CodeSending


@dataclass(frozen=True, slots=True)
class CodeChecked:
    """What the code that was typed is worth."""

    checking: CodeCheck


# Files, which the channel fetches after it has heard of them, and what is corrected afterwards.


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceCame:
    """A file came for a ticket (`reference`) or a draft (`identity`); with neither, for where the
    person stands. Empty content is one that could not be read."""

    name: str
    content: bytes = field(repr=False)
    caption: str = ""
    identity: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PieceKept:
    """A file is in `ticket` (as `became` says), or with the draft `identity`; `fault`: why not."""

    piece: Attachment | None = None
    fault: AttachmentFault | None = None
    ticket: Ticket | None = None
    became: Added = Added.ADDED
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Corrected:
    """The person put other words in the place of those of an earlier message (`source`)."""

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class MessageCorrected:
    """The message is corrected in that ticket; empty when it never was part of one."""

    reference: str = ""


# What comes from the desk, whenever it comes.


@dataclass(frozen=True, slots=True)
class Notified:
    """There is news of one of the person's tickets."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class Returned:
    """The person could not reach the desk for a while: what they pressed may have been lost."""


Event = (
    Typed
    | Picked
    | PressedStale
    | Commanded
    | Opened
    | Sent
    | Leaked
    | TicketFiled
    | TicketsListed
    | TicketOpened
    | SimilarFound
    | MessageAdded
    | CodeSent
    | CodeChecked
    | PieceCame
    | PieceKept
    | Corrected
    | MessageCorrected
    | Notified
    | Returned
    | AccountEvent
)
