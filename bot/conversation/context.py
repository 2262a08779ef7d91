"""Context: what a step may read besides state and event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from bot.domain.attachment import MOST_BYTES
from bot.domain.employer_accounts import EmployerAccounts
from bot.domain.people import Employer, Profile
from bot.domain.reminder_rules import ReminderCalendar
from bot.domain.service_notices import ServiceNotice
from bot.domain.text import comparable_words
from knowledge import KnowledgeBase

SHORTEST_NAME = 3
"""Letters of a name that is told from other words: « de », « le » are parts of names too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The operator's settings that the conversation needs.

    `controller`, `contact`, `dpo`, `recipients` (ends of keys of texts), `on_telegram`,
    `retention`, `draft_kept`, `nir_kept` and `silent` complete the privacy notice.
    `nir_in_chat`: NIRs are asked for; `nir_page`: also on a page of its own; `nir_page_only`: there
    alone.
    For `reopen_days` a message reopens a closed ticket, later it files a new one.
    `is_connected`: tickets reach an outside service or a group of advisors. `can_mail`: the desk
    can send e-mail. A file has at most `piece_bytes`. A renewed account is valid for `months` at
    most. `link` is the bot's address, which invitations complete; `web` that of
    the pages.
    """

    nir_in_chat: bool = True
    nir_page: bool = False
    nir_page_only: bool = False
    controller: str = ""
    contact: str = ""
    dpo: str = ""
    recipients: tuple[str, ...] = ("advisors",)
    on_telegram: bool = False
    silent: str = "24 mois"
    retention: str = ""
    draft_kept: str = "24 heures"
    nir_kept: str = "une heure"
    months: int = 18
    calendar: ReminderCalendar = ReminderCalendar()
    link: str = ""
    web: str = ""
    reopen_days: int = 30
    is_connected: bool = False
    piece_bytes: int = MOST_BYTES
    can_mail: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The knowledge base, the person, the day and the settings, built by the help desk for each
    turn.

    `identity` is a fresh identifier for a draft that may begin in this turn. `registers` maps SIRET
    to the register of each employer that the person administers, and of no other; a register is
    read from storage when it is first asked for. `administered` names these employers. `waiting`
    are the references of the person's tickets that wait for them, the newest first. `people` are
    the agents whom their open request names. `page`
    is the token of a page that may be offered. `notices` are the operator's that hold now,
    `announced` those that will.
    """

    knowledge: KnowledgeBase
    profile: Profile
    today: date
    identity: str
    rules: Rules = Rules()
    administered: tuple[Employer, ...] = ()
    registers: Mapping[str, EmployerAccounts] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    notices: tuple[ServiceNotice, ...] = ()
    announced: tuple[ServiceNotice, ...] = ()
    people: tuple[str, ...] = ()
    page: str = ""

    @property
    def names(self) -> frozenset[str]:
        """The words of the names of whom this person may speak of, without accents or capitals:
        holders of accounts in their registers, agents of their open request."""
        holders = (one.holder for register in self.registers.values() for one in register.accounts)
        known = (*self.people, *(holder.name for holder in holders))
        words = (word for name in known for word in comparable_words(name))
        return frozenset(word for word in words if len(word) >= SHORTEST_NAME)
