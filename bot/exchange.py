"""An exchange: what one person did on a channel, and all that comes of it.

The conversation decides, the exchange does what it asks for, and keeps what was said until the
channel has put it into its own words.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import uuid4

from bot.conversation import effects
from bot.conversation.context import Context, Rules
from bot.conversation.effects import (
    AccountEffect,
    Ask,
    Effect,
    EmailEffect,
    GiveDocument,
    PersonalEffect,
    Reply,
    Say,
    TicketEffect,
)
from bot.conversation.events import CodeChecked, CodeSent, Event, Notified, Opened, Returned
from bot.conversation.input import interpret
from bot.conversation.machine import advance
from bot.conversation.message_sources import note_sources
from bot.conversation.session import Offer, Session
from bot.conversation.states import State
from bot.conversation.statistics import turn_counts
from bot.conversation.texts import Text, fill, unescape
from bot.domain.dates import day_in_paris
from bot.domain.delivery import OutgoingMessage, Priority
from bot.domain.email_code import CodeCheck
from bot.domain.people import Profile
from bot.domain.retention import Retention
from bot.services.account_admin import AdministratorTurn
from bot.services.email_confirmation import EmailConfirmation
from bot.services.requester_tickets import MessageOrigin, RequesterTickets, RequesterTurn
from bot.services.ticket_notifications import TicketNotifications, TicketRoutes
from bot.storage.people import Person
from bot.storage.statistics import Statistic
from bot.storage.store import Database, Store
from knowledge import KnowledgeBase

__all__ = ["Desk", "Exchange", "Heard", "OutgoingMessage", "Renderer", "channel_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a channel received: whose it is, what happened, and the name of the message it was.

    `turn` is the one whose button was pressed, None for everything that is no button;
    `message` names the person's own message on the channel, so that it can be erased.
    """

    address: str
    event: Event
    turn: int | None = None
    message: str = ""


Renderer = Callable[[Reply, int, Heard], Iterable[OutgoingMessage]]
"""A channel's way to show a reply, given the turn its buttons belong to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the help desk works with; `routes` say where tickets go besides the register."""

    store: Store
    knowledge: KnowledgeBase
    rules: Rules = Rules()
    retention: Retention = Retention()
    renderers: Mapping[str, Renderer]
    routes: TicketRoutes = TicketRoutes()

    def window(self, db: Database, person_id: str) -> RequesterTickets:
        """Where this person's tickets are filed and followed."""
        return RequesterTickets(
            db=db,
            notifications=TicketNotifications(self.routes),
            catalogue=self.knowledge.catalogue,
            person_id=person_id,
            reopen_days=self.rules.reopen_days,
            piece_bytes=self.rules.piece_bytes,
        )


class Exchange:
    """One turn of one person."""

    def __init__(self, desk: Desk, db: Database, heard: Heard, now: datetime) -> None:
        self.desk = desk
        self.db = db
        self.heard = heard
        self.now = now
        wrote = not isinstance(heard.event, Notified | Returned)
        self.person: Person = db.people.of(heard.address, now, wrote=wrote)
        self.session: Session = db.conversations.load(
            self.person.id, now, draft_ttl=desk.retention.draft, nir_ttl=desk.retention.nir
        )
        self.register = AdministratorTurn(db, self.person, desk.rules.months, now)
        origin = MessageOrigin(heard.address, heard.message)
        self.tickets = RequesterTurn(desk.window(db, self.person.id), origin, now)
        self.replies: list[Reply] = []

    def take(self) -> None:
        context = self._context()
        event = interpret(self.session, self.heard.event, self.heard.turn, context)
        state = self._follow(event, context)
        for count in turn_counts(self.session, event, state):
            self.db.statistics.count(Statistic(kind=count.what, subject=count.subject), self.now)
        noted = note_sources(self.session, state, event, self.heard.message)
        self.session = self._offering(noted)
        self.db.conversations.save(self.person.id, self.session, self.now)
        render = self.desk.renderers[channel_of(self.heard.address)]
        parcels = (
            self._in_its_place(parcel)
            for reply in self.replies
            for parcel in render(reply, self.session.turn, self.heard)
        )
        self.db.outbox.add_replies(self.heard.address, parcels, self.now)

    def _in_its_place(self, parcel: OutgoingMessage) -> OutgoingMessage:
        """What nobody is waiting for, and many are told at once, goes behind every dialogue."""
        unasked = isinstance(self.heard.event, Returned)
        return replace(parcel, priority=Priority.BULK) if unasked else parcel

    def _context(self) -> Context:
        return Context(
            knowledge=self.desk.knowledge,
            profile=self.person.profile,
            today=day_in_paris(self.now),
            identity=str(uuid4()),
            rules=self.desk.rules,
            administered=self.register.houses.employers,
            houses=self.register.houses,
        )

    def _follow(self, event: Event, context: Context) -> State:
        """Advance, do what the step asks for, and let it hear the answers, until all is done."""
        turn = advance(self.session.state, event, context)
        todo = deque(turn.effects)
        while todo:
            answer = self._perform(todo.popleft())
            if answer is not None:
                context = self._context()
                turn = advance(turn.state, answer, context)
                todo.extend(turn.effects)
        return turn.state

    def _offering(self, session: Session) -> Session:
        """The session with the buttons of this turn; earlier ones stay good where nothing moved."""
        buttons = [
            button
            for reply in self.replies
            if isinstance(reply, Ask)
            for row in reply.rows
            for button in row
        ]
        if not buttons:
            stayed = type(session.state) is type(self.session.state)
            return session if stayed else replace(session, offers=())
        offers = tuple(Offer(one.code, unescape(fill(one.label))) for one in buttons)
        if offers == self.session.offers and session.state == self.session.state:
            return session  # the same screen once more: either copy of a button will do
        return replace(session, turn=session.turn + 1, offers=offers)

    def _perform(self, effect: Effect) -> Event | None:
        """Do what a step asked for; what has an answer gives it back as an event."""
        if isinstance(effect, TicketEffect):
            return self.tickets.perform(effect)
        if isinstance(effect, AccountEffect):
            return self.register.perform(effect, self._tell)
        if isinstance(effect, EmailEffect):
            return self._confirm(effect)
        self._perform_here(effect)
        return None

    def _confirm(self, effect: EmailEffect) -> CodeSent | CodeChecked:
        can_mail = self.desk.rules.can_mail
        desk = EmailConfirmation(self.db, self.person, self.now, can_mail=can_mail)
        answer = desk.perform(effect)
        if answer == CodeChecked(CodeCheck.RIGHT):
            self._remember(desk.confirmed())
        return answer

    def _perform_here(self, effect: Reply | PersonalEffect) -> None:
        match effect:
            case (
                effects.Say()
                | effects.Ask()
                | effects.EraseInput()
                | effects.GiveAttachment()
                | GiveDocument()
            ):
                self.replies.append(effect)
            case effects.RememberEmployer(employer):
                self._remember(self.person.profile.with_employer(employer))
            case effects.RememberEmail(email):
                self._remember(self.person.profile.with_email(email))
            case effects.KeepQuestion(question, outcome):
                self.db.statistics.add_unanswered(question, outcome, self.now)
            case effects.Vote(slug, version, useful):
                self.db.statistics.vote(self.person.id, slug, version, useful, self.now)
            case _:
                assert_never(effect)

    def _tell(self, address: str, words: Text) -> None:
        """Say something to somebody else; on their channel it belongs to none of their turns."""
        heard = Heard(address=address, event=Opened())
        rendered = self.desk.renderers[channel_of(address)](Say(words), 0, heard)
        self.db.outbox.add_replies(address, rendered, self.now)

    def _remember(self, profile: Profile) -> None:
        self.db.people.save_profile(self.person.id, profile)
        self.person = replace(self.person, profile=profile)


def channel_of(address: str) -> str:
    return address.partition(":")[0]
