"""Rights of persons: find somebody, erase them, keep what they ask for; each with its audit entry.

RGPD, articles 12 (one month to answer), 15 and 17. Searches open sealed rows one after the other:
an index of NIRs or names would be one more thing to protect.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.dates import day_in_paris
from bot.domain.privacy import (
    Erasure,
    PersonSearch,
    TicketErasure,
    is_same_agent,
    mask_address,
)
from bot.domain.rights import Outcome, Right
from bot.domain.sensitive_data import redact_nirs
from bot.domain.ticket import Agent, Happening, TicketSummary
from bot.domain.ticket_export import ExternalTicket
from bot.storage.erasures import NOBODY, ErasedRows
from bot.storage.people import Person
from bot.storage.store import Database
from bot.storage.ticket_links import Topic

SEARCHED, EXPORTED, ERASED = "person.searched", "person.exported", "person.erased"
ASKED: Final = "rights.asked"
CLOSED: Final = "rights.closed"
ERASURE_DONE: Final = "Effacement fait."
COPY_MADE: Final = "Copie faite."
MONTH: Final = timedelta(days=30)
WITHHELD: Final = "[NIR retiré]"


class FoundAs(StrEnum):
    """In which part somebody was found."""

    REQUESTER = "requester"
    AGENT = "agent"
    HOLDER = "holder"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPerson:
    """Somebody who was found; `id` is what `guichet person export` takes: an identity, or the
    reference of a ticket with the place of the agent in it. Account holders have none."""

    found_as: FoundAs
    id: str
    agent: int = 0
    address: str = ""
    employers: tuple[str, ...] = ()
    tickets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiesElsewhere:
    """What of a person stands where the desk cannot erase it."""

    systems: tuple[tuple[str, ExternalTicket], ...] = ()
    topics: tuple[Topic, ...] = ()
    accounts: tuple[tuple[str, str], ...] = ()
    """Accounts that the person is linked to, as SIRET and identifier: the employer keeps them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureResult:
    """What was erased, what is left elsewhere, and the requests for it that ended by it."""

    rows: ErasedRows
    elsewhere: CopiesElsewhere
    answered: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorAction:
    """Who of the operators does something, when and why; the reason names nobody."""

    who: str
    at: datetime
    reason: str = ""


@dataclass(slots=True)
class _NamedAgent:
    agent: Agent
    place: int
    references: list[str] = field(default_factory=list)


def find_people(db: Database, search: PersonSearch) -> tuple[FoundPerson, ...]:
    """Everybody whom the search may mean."""
    return (*_requesters(db, search), *_agents(db, search), *_holders(db, search))


def note_search(db: Database, search: PersonSearch, found: int, action: OperatorAction) -> None:
    """The audit log keeps that a search was made and how, not for whom."""
    _note(db, SEARCHED, search.kind, f"found={found}", action)


def person_named(db: Database, name: str) -> Person | None:
    """The requester of an identity (its beginning is enough), an address or a ticket."""
    if name.upper().startswith("PEPS-"):
        person = db.people.of_ticket(name.upper())
    elif ":" in name:
        person = db.people.find(name)
    else:
        person = db.people.by_id(name)
    return None if person is None or person.home == NOBODY else person


def open_tickets(db: Database, person: Person) -> tuple[TicketSummary, ...]:
    """The person's tickets that the desk still works on."""
    return tuple(one for one in db.tickets.of_person(person.id) if one.status.is_open)


def copies_elsewhere(db: Database, person: Person) -> CopiesElsewhere:
    """What is left to erase by others: ticketing systems, Telegram's topics, the employer."""
    linked = db.accounts.linked_to(person.id)
    return CopiesElsewhere(
        systems=db.ticket_links.copies_of_person(person.id),
        topics=db.ticket_links.topics_of_person(person.id),
        accounts=tuple((siret, account.identifier) for siret, account in linked),
    )


def erase_person(
    db: Database, person: Person, how: TicketErasure, action: OperatorAction
) -> ErasureResult:
    """Takes a requester out of the desk, for good; what is left elsewhere is in the answer."""
    elsewhere = copies_elsewhere(db, person)
    answered = answer_requests(db, person, (Right.ERASURE,), ERASURE_DONE, action)
    erasure = Erasure(person=person.id, tickets=how, at=action.at)
    rows = _erase(db, erasure, action, f"copies={len(elsewhere.systems)}")
    assert rows is not None  # the person was just read in this transaction
    return ErasureResult(rows=rows, elsewhere=elsewhere, answered=answered)


def erase_again(db: Database, erasures: Iterable[Erasure], action: OperatorAction) -> int:
    """Erases anew whom a backup has brought back; tells how many persons that were."""
    count = 0
    for one in erasures:
        if _erase(db, one, action, "again") is not None:
            count += 1
    return count


def answer_requests(
    db: Database, person: Person, rights: Collection[Right], words: str, action: OperatorAction
) -> tuple[int, ...]:
    """Ends the person's open requests for these rights, which were just granted."""
    asked = [
        one.number
        for one in db.rights_requests.list()
        if one.right in rights and one.asker in (*person.addresses, person.id)
    ]
    for number in asked:
        db.rights_requests.close(number, Outcome.DONE, words, action.at)
        db.audit_log.add(action.who, CLOSED, str(number), Outcome.DONE.value, action.at)
    return tuple(asked)


def _erase(
    db: Database, erasure: Erasure, action: OperatorAction, detail: str
) -> ErasedRows | None:
    """Erases, and says so in the audit log and in the history of each ticket that stays."""
    references = [one.reference for one in db.tickets.of_person(erasure.person)]
    person = db.people.by_id(erasure.person)
    rows = db.erasures.erase(erasure.person, erasure.tickets, erasure.at)
    if rows is None:
        return None
    if person is not None:
        db.rights_requests.rename_asker(person.addresses, person.id)
    if erasure.tickets is TicketErasure.ANONYMISE:
        erased = Happening(what="erased", who=action.who, at=erasure.at)
        for reference in references:
            db.ticket_messages.note(reference, erased)
    said = f"tickets={erasure.tickets}:{rows.tickets} {detail}"
    _note(db, ERASED, erasure.person, said, action)
    return rows


def note_export(db: Database, subject: str, detail: str, action: OperatorAction) -> None:
    """Notes that somebody's data were copied out, and why."""
    _note(db, EXPORTED, subject, detail, action)


def note_own_copy(db: Database, person: Person, now: datetime) -> None:
    """Notes that somebody took their own copy in the chat, which answers what they asked for."""
    db.audit_log.add(person.id, "document.given", person.id, "own data", now)
    answer_requests(db, person, (Right.ACCESS,), COPY_MADE, OperatorAction(who=person.id, at=now))


def record_rights_request(db: Database, person: Person, right: Right, now: datetime) -> None:
    """Opens a request in the register of rights; once a month, however often they ask."""
    recent = db.audit_log.entries(person.id, what=ASKED, since=now - MONTH)
    if not any(entry.detail == right for entry in recent):
        db.audit_log.add(person.id, ASKED, person.id, right, now)
        db.rights_requests.open(right, person.home, day_in_paris(now))


def _note(db: Database, what: str, subject: str, detail: str, action: OperatorAction) -> None:
    why = redact_nirs(action.reason, WITHHELD)
    db.audit_log.add(action.who, what, subject, f"{detail} {why}".strip(), action.at)


def _requesters(db: Database, search: PersonSearch) -> Iterator[FoundPerson]:
    by_ticket: set[str] = set()
    if search.email:
        emails = db.ticket_rights.every_email()
        by_ticket = {person for person, email in emails if search.is_email(email)}
    for person in _candidates(db, search):
        if (
            search.address in person.addresses
            or person.id in by_ticket
            or search.is_email(person.profile.email)
        ) and person.home != NOBODY:
            yield FoundPerson(
                found_as=FoundAs.REQUESTER,
                id=person.id,
                address=mask_address(person.home),
                employers=tuple(one.name for one in person.profile.employers),
                tickets=tuple(one.reference for one in db.tickets.of_person(person.id)),
            )


def _candidates(db: Database, search: PersonSearch) -> Iterable[Person]:
    """An address is found at once; requesters have neither a NIR nor a name."""
    if search.address:
        person = db.people.find(search.address)
        return () if person is None else (person,)
    return list(db.people.everybody()) if search.email else ()


def _agents(db: Database, search: PersonSearch) -> Iterator[FoundPerson]:
    """Agents whom tickets name, each once, with all their tickets."""
    if not search.nir and not search.name:
        return
    named: list[_NamedAgent] = []
    for reference, place, agent in db.ticket_rights.every_agent():
        if search.is_agent(agent):
            known = next((one for one in named if is_same_agent(one.agent, agent)), None)
            if known is None:
                known = _NamedAgent(agent, place)
                named.append(known)
            known.references.append(reference)
    for one in named:
        tickets = [db.tickets.even_restricted(reference) for reference in one.references]
        employers = {ticket.request.employer.name for ticket in tickets if ticket is not None}
        yield FoundPerson(
            found_as=FoundAs.AGENT,
            id=one.references[0],
            agent=one.place + 1,
            employers=tuple(sorted(employers)),
            tickets=tuple(one.references),
        )


def _holders(db: Database, search: PersonSearch) -> Iterator[FoundPerson]:
    """Holders of accounts in the registers of employers, who may never have written."""
    if not search.email and not search.name:
        return
    found = [
        (siret, account)
        for siret, account in db.accounts.every_holder()
        if search.is_email(account.holder.email)
        or search.is_name(account.holder.last_name, account.holder.first_name)
    ]
    names = db.accounts.employer_names({siret for siret, _ in found})
    for siret, account in found:
        yield FoundPerson(
            found_as=FoundAs.HOLDER,
            id=f"{siret}/{account.identifier}",
            employers=(names.get(siret, siret),),
        )
