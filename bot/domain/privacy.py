"""Rights of persons: who is meant by a search, and what an erasure does with their tickets.

RGPD, articles 15 (access), 17 (erasure) and 20 (portability). Names and numbers are compared, never
indexed: nothing that could be looked up is kept of a NIR.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from bot.domain.dates import parse_date
from bot.domain.errors import InvalidAnswerError
from bot.domain.identifiers import NIR_LENGTH, Nir
from bot.domain.text import compact, without_accents
from bot.domain.ticket import MASK, Agent, Answer

NAMES: Final = ("nom", "prenom")
BIRTH_DATE: Final = "ddn"
_OF_A_PERSON: Final = frozenset({"nir", "nir_key", BIRTH_DATE, "email", *NAMES})
"""The fields that say who an agent is; the others say what is asked about them."""
_SHORTEST_NAME: Final = 3  # a shorter one stands in too many words


class TicketErasure(StrEnum):
    """What becomes of the tickets of a person who is erased."""

    ANONYMISE = "anonymise"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A person who was erased: an identity that nothing else names any more, how, and when."""

    person: str
    tickets: TicketErasure
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSearch:
    """Who is looked for: by address, by e-mail, by NIR, or by name with the date of birth."""

    address: str = ""
    email: str = ""
    nir: str = ""
    name: str = ""
    born: date | None = None

    @property
    def kind(self) -> str:
        """What was given, for the audit log; never its value."""
        given = (("address", self.address), ("email", self.email), ("nir", self.nir))
        return next((kind for kind, value in given if value), "name")

    def is_email(self, email: str | None) -> bool:
        return bool(self.email) and (email or "").casefold() == self.email.casefold()

    def is_name(self, *names: str) -> bool:
        """Whether every word of the name that was given stands in these names."""
        wanted = _words(self.name)
        return bool(wanted) and wanted <= _words(" ".join(names))

    def is_agent(self, agent: Agent) -> bool:
        """Whether this is the agent: by NIR, or by name where nothing says another birth date."""
        if self.nir:
            return _number(agent) == self.nir[:NIR_LENGTH]
        if not self.is_name(*(_value(agent, key) for key in NAMES)):
            return False
        return self.born is None or _may_be_born(agent, self.born)


def is_same_agent(one: Agent, other: Agent) -> bool:
    """Whether two tickets name the same agent: by NIR where both have one, else by the names and
    the date of birth."""
    if _number(one) and _number(other):
        return _number(one) == _number(other)
    names = _words(" ".join(_value(one, key) for key in NAMES))
    if not names or names != _words(" ".join(_value(other, key) for key in NAMES)):
        return False
    born = _birth_date(one) or _birth_date(other)
    return born is not None and _may_be_born(one, born) and _may_be_born(other, born)


def masked_third_party(answer: Answer) -> str:
    """An answer about somebody else than whom a copy is for: « D••• », « ••• »."""
    if answer.key not in _OF_A_PERSON or not answer.value:
        return answer.masked
    return f"{answer.value[0]}{MASK}•" if answer.key in NAMES else f"{MASK}•"


def mask_names(text: str, agents: Iterable[Agent]) -> str:
    """A text without the names of these agents, as the answers of the form have them."""
    for agent in agents:
        for key in NAMES:
            name = _value(agent, key)
            if len(name) >= _SHORTEST_NAME:
                pattern = rf"(?<!\w){re.escape(name)}(?!\w)"
                text = re.sub(pattern, f"{name[0]}{MASK}•", text, flags=re.IGNORECASE)
    return text


def mask_address(address: str) -> str:
    """« telegram:•••89 »: enough to tell two persons apart, too little to write to them."""
    channel, _, rest = address.partition(":")
    return f"{channel}:{MASK}•{rest[-2:]}"


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", without_accents(text).casefold()))


def _value(agent: Agent, key: str) -> str:
    answer = agent.answer(key)
    return answer.value if answer is not None else ""


def _number(agent: Agent) -> str:
    """The NIR without its key, empty without one."""
    return compact(_value(agent, "nir")).upper()[:NIR_LENGTH]


def _birth_date(agent: Agent) -> date | None:
    try:
        return parse_date(_value(agent, BIRTH_DATE))
    except InvalidAnswerError:
        return None


def _may_be_born(agent: Agent, born: date) -> bool:
    """Whether neither the date of the form nor the NIR says another date."""
    given, number = _birth_date(agent), _number(agent)
    if given is not None:
        return given == born
    return not number or not Nir(number).contradicts(born)
