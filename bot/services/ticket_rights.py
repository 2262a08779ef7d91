"""Rights of persons on one ticket: rectification (GDPR article 16), restriction (article 18).

Each writes the ticket, its history and the audit log in the caller's transaction; neither log holds
a value. Whoever received the data is told (article 19): connectors and the staff group get a
message of the ticket, in which a sensitive value does not stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.conversation.context import Context
from bot.conversation.fields import ParserInput, parse_answer
from bot.conversation.questions import Draft, Question
from bot.conversation.screens.layout import content_label
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.delivery import TICKET_RESTRICTED
from bot.domain.errors import Fault, InvalidAnswerError
from bot.domain.identifiers import NIR_LENGTH
from bot.domain.people import Employer
from bot.domain.redaction import REDACTED
from bot.domain.sensitive_data import redact_nirs
from bot.domain.ticket import Agent, Answer, Author, Happening, Ticket, TicketMessage, TicketRequest
from bot.domain.ticket_export import ExportItem
from bot.services.ticket_notifications import TicketNotifications
from bot.storage.store import Database
from knowledge import Field
from knowledge.catalogue import SENSITIVE_KINDS

_OF_THE_REQUEST: Final = ("description", "email", "employer_name")
"""What of a request stands beside its answers. Its SIRET says whose ticket it is, and stays."""
_OF_ANY_AGENT: Final = ("nir", "nom", "prenom", "ddn")
_ABOUT_THE_NIR: Final = ("nir_absence", "nir_doubt")
"""Answers that a NIR makes pointless."""


class UnknownFieldError(LookupError):
    """There is no such field in the ticket; `known` are those that can be corrected there."""

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__(known)
        self.known = known


@dataclass(frozen=True, slots=True)
class TicketRightsDesk:
    """What `who` does to a ticket for the person whom it is about, inside one transaction."""

    db: Database
    notifications: TicketNotifications
    who: str
    now: datetime

    def correct(
        self, ticket: Ticket, key: str, typed: str, context: Context, *, agent: int | None
    ) -> None:
        """Replace the answer to a field, of the request or of the agent at a place.

        Raises:
            UnknownFieldError: there is no such field, or no such agent.
            InvalidAnswerError: the value is none for this field.
        """
        request = ticket.request
        if key not in (known := _correctable(request, agent)) or key not in _fields(context):
            raise UnknownFieldError(known)
        field = _fields(context)[key]
        draft = Draft(identity=request.identity, path=request.path, answers=request.answers)
        answer = parse_answer(typed, ParserInput(Question(field), draft, context)).value
        is_sensitive = field.kind in SENSITIVE_KINDS
        if is_sensitive and len(answer.value) == NIR_LENGTH:
            raise InvalidAnswerError(Fault.NIR_LENGTH)  # its key proves what was typed
        if not is_sensitive:
            answer = replace(answer, value=redact_nirs(answer.value, REDACTED))
        corrected = _with_answer(request, answer, agent)
        self.db.ticket_rights.replace_request(ticket.reference, corrected, self.now)
        label = content_label(field.label.replace(" {date_of}", ""))
        if agent is not None:
            label = text("outside.of_agent", label=label, agent=agent + 1)
        self._tell(ticket, label, "" if is_sensitive else answer.value)
        where = f"agent {agent + 1}: {key}" if agent is not None else key
        self._record(ticket.reference, "ticket.corrected", "rectified", where)

    def restrict(self, reference: str) -> bool:
        """Restrict the processing of a ticket; False when it is so already.

        From the commit on nothing of it is read or leaves; what was on its way is held back when
        its turn comes.
        """
        if not self.db.ticket_rights.restrict(reference, self.now):
            return False
        self._record(reference, "ticket.restricted", "restricted")
        self._say(reference, text("staff.restricted", reference=reference))
        return True

    def lift(self, reference: str) -> bool:
        """End the restriction, and let go what was held back; False when there is none."""
        if not self.db.ticket_rights.restrict(reference, None):
            return False
        self._record(reference, "ticket.restriction_lifted", "lifted")
        kinds = {item.value for item in ExportItem}
        for row in self.db.outbox.given_up(TICKET_RESTRICTED):
            if row.payload["reference"] == reference and row.kind in kinds:
                self.db.outbox.revive(row.id, self.now)
                self.db.outbox.touched.add(row.lane)
        self._say(reference, text("staff.lifted", reference=reference))
        return True

    def _tell(self, ticket: Ticket, label: Text, value: str) -> None:
        """A message of the ticket, for whoever has a copy; without the value where it is empty."""
        key = "outside.rectified" if value else "outside.rectified_hidden"
        words = unescape(fill(text(key, field=label, value=value)))
        message = TicketMessage(author=Author.ADVISOR, text=words, written_at=self.now, by=self.who)
        posted = self.db.ticket_messages.add(ticket.reference, message)
        assert posted is not None  # the ticket was read before
        self.notifications.message_posted(self.db, ticket, posted, self.now)

    def _record(self, reference: str, what: str, happened: str, detail: str = "") -> None:
        happening = Happening(what=happened, who=self.who, at=self.now, detail=detail)
        self.db.ticket_messages.note(reference, happening)
        self.db.audit_log.add(self.who, what, reference, detail, self.now)

    def _say(self, reference: str, said: Text) -> None:
        """A sentence in the topic of the ticket, where there is one."""
        topic = self.db.ticket_links.topic(reference)
        if topic is not None:
            words = unescape(fill(said))
            self.notifications.say(self.db, topic.chat_id, reference, words, self.now)


def _fields(context: Context) -> Mapping[str, Field]:
    return context.knowledge.catalogue.fields


def _correctable(request: TicketRequest, agent: int | None) -> tuple[str, ...]:
    """The keys of what can be corrected: what was given, and who an agent is."""
    if agent is None:
        given = (answer.key for answer in request.answers if answer.key != "siret")
        return tuple(dict.fromkeys((*_OF_THE_REQUEST, *given)))
    if agent >= len(request.agents):
        return ()
    given = (answer.key for answer in request.agents[agent].answers)
    return tuple(dict.fromkeys((*_OF_ANY_AGENT, *given)))


def _with_answer(request: TicketRequest, answer: Answer, agent: int | None) -> TicketRequest:
    """The request with this answer in place of the former one; no trace of that stays in it."""
    sources = tuple(one for one in request.sources if (one.key, one.agent) != (answer.key, agent))
    request = replace(request, sources=sources)
    if agent is not None:
        agents = list(request.agents)
        gone = _ABOUT_THE_NIR if answer.key == "nir" else ()
        agents[agent] = Agent(_put(agents[agent].answers, answer, gone))
        return replace(request, agents=tuple(agents))
    match answer.key:
        case "description":
            return replace(request, description=answer.value)
        case "email":
            return replace(request, email=answer.value)
        case "employer_name":
            return replace(request, employer=Employer(request.employer.siret, answer.value))
        case _:
            return replace(request, answers=_put(request.answers, answer, ()))


def _put(answers: tuple[Answer, ...], answer: Answer, gone: tuple[str, ...]) -> tuple[Answer, ...]:
    """The answers with this one in the place of the same field, or at the end."""
    kept = [one for one in answers if one.key not in gone]
    if any(one.key == answer.key for one in kept):
        return tuple(answer if one.key == answer.key else one for one in kept)
    return (*kept, answer)
