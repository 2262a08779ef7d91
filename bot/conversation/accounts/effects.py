"""What an administrator's steps ask for."""

from dataclasses import dataclass
from datetime import date

from bot.conversation.texts import Text
from bot.domain.account_changes import Change


@dataclass(frozen=True, slots=True)
class GiveDocument:
    """Show a document to keep; `caption` says what it is."""

    name: str
    content: bytes
    caption: Text


@dataclass(frozen=True, slots=True)
class ChangeRegister:
    """Change an employer's register; answered by `RegisterChanged`."""

    siret: str
    change: Change


@dataclass(frozen=True, slots=True)
class RemindAgain:
    """Tell the administrator who asks again on that day what is still open."""

    siret: str
    until: date


@dataclass(frozen=True, slots=True)
class TellOthers:
    """Tell the other administrators of an employer."""

    siret: str
    text: Text


@dataclass(frozen=True, slots=True)
class Invite:
    """Make an invitation for an account; answered by `Invited`."""

    siret: str
    account: str


@dataclass(frozen=True, slots=True)
class RevokeInvitation:
    """End the invitation for an account; answered by `RegisterChanged`."""

    siret: str
    account: str


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    """Take the seat that a code is for; answered by `InvitationAnswered`."""

    code: str


@dataclass(frozen=True, slots=True)
class FetchDocument:
    """Have a document brought that the channel announced; it comes back as `Received`."""

    document: str
    name: str


@dataclass(frozen=True, slots=True)
class PlanImport:
    """Keep a sheet, and say what it would change; answered by `ImportPlanned`."""

    siret: str
    content: bytes


@dataclass(frozen=True, slots=True)
class WriteImport:
    """Write a sheet that was kept, its refused lines left out; answered by `ImportWritten`."""

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
