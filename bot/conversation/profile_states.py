"""The states about oneself: employers, the address for replies, and its confirmation."""

from dataclasses import dataclass
from typing import Literal

from bot.conversation.questions import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsingProfile:
    """Employers and reply address are shown."""

    kind: Literal["browsing_profile"] = "browsing_profile"
    draft: Draft | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddingEmployer:
    """A SIRET is awaited, then (`siret` known) the employer's name."""

    kind: Literal["adding_employer"] = "adding_employer"
    draft: Draft | None = None
    siret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangingEmail:
    """A reply address is awaited."""

    kind: Literal["changing_email"] = "changing_email"
    draft: Draft | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmingEmail:
    """The code sent to the reply address is awaited; `recap` says that a draft waits behind."""

    kind: Literal["confirming_email"] = "confirming_email"
    draft: Draft | None = None
    recap: bool = False


ProfileState = BrowsingProfile | AddingEmployer | ChangingEmail | ConfirmingEmail
