"""What a step may look at besides state and event: the base, the person, the day, the rules."""

from dataclasses import dataclass
from datetime import date

from bot.domain.employer import Profile
from knowledge import KnowledgeBase


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the desk's operator has decided.

    `controller`, `contact` and `retention` complete the privacy notice; `draft_hours` is how long
    a draft is kept; for `reopen_days` a message reopens a closed ticket, after that it begins a
    new one. `is_connected`: whether tickets leave for some service.
    """

    nir_in_chat: bool = True
    controller: str = ""
    contact: str = ""
    retention: str = ""
    draft_hours: int = 24
    reopen_days: int = 30
    is_connected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """`identity` is a fresh one, for a draft that may begin in this turn."""

    knowledge: KnowledgeBase
    profile: Profile
    today: date
    identity: str
    rules: Rules = Rules()
