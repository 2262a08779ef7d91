"""What an administrator's conversation hears besides words and buttons."""

from dataclasses import dataclass, field

from bot.domain.account_changes import Refusal
from bot.domain.account_import import ImportPlan
from bot.domain.people import Employer


@dataclass(frozen=True, slots=True)
class Attached:
    """A document was sent; the channel can fetch it by `document`."""

    document: str
    name: str
    size: int = 0
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """A document came; empty content is one that could not be read."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RegisterChanged:
    """A change was made, or refused."""

    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation was made; `refusal` where there is nothing to invite for."""

    code: str = field(default="", repr=False)
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class InvitationAnswered:
    """What a code was worth (`good`, `unknown`, `expired`, `used`, `revoked`), and where."""

    state: str
    employer: Employer | None = None
    administers: bool = False


@dataclass(frozen=True, slots=True)
class ImportPlanned:
    """What a sheet would change, under the name it was kept by; or why it cannot be read."""

    upload: str = ""
    plan: ImportPlan | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ImportWritten:
    """What was written; None when the sheet was not there any more."""

    plan: ImportPlan | None


AccountEvent = (
    Attached
    | Received
    | RegisterChanged
    | Invited
    | InvitationAnswered
    | ImportPlanned
    | ImportWritten
)
