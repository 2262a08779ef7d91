"""What a step may look at besides state and event: the base, the person, the day, the rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.domain.attachment import MOST_BYTES
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.people import Employer, Profile
from bot.domain.reminder_rules import ReminderCalendar
from knowledge import KnowledgeBase


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the desk's operator has decided.

    `controller`, `contact` and `retention` complete the privacy notice; `draft_hours` is how long
    a draft is kept; for `reopen_days` a message reopens a closed ticket, after that it begins a
    new one. `is_connected`: whether tickets reach some service, or advisors in their group;
    `can_mail`: whether people can be written to by e-mail. `piece_bytes` is the most that a file
    may weigh. `months` is how long a renewed account lasts at most; `link` is the address of the
    bot, which invitations complete.
    """

    nir_in_chat: bool = True
    controller: str = ""
    contact: str = ""
    retention: str = ""
    draft_hours: int = 24
    months: int = 18
    calendar: ReminderCalendar = ReminderCalendar()
    link: str = ""
    reopen_days: int = 30
    is_connected: bool = False
    piece_bytes: int = MOST_BYTES
    can_mail: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """`identity` is a fresh one, for a draft that may begin in this turn.

    `houses` are those that the person administers, and no others, by SIRET: each may be read only
    when it is looked at. `administered` names them.
    """

    knowledge: KnowledgeBase
    profile: Profile
    today: date
    identity: str
    rules: Rules = Rules()
    administered: tuple[Employer, ...] = ()
    houses: Mapping[str, EmployerAccounts] = field(default_factory=dict)
