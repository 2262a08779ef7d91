"""Processes the turns of requesters: each event is one turn, each batch of turns one transaction.

A commit holds everything that a turn changed: the new state, a filed ticket, replies and deliveries
in the outbox, and the mark of the update that caused them. Nothing here touches the network.
"""

import logging
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from traceback import format_tb
from typing import TypedDict, assert_never
from uuid import uuid4

from bot.conversation import effects
from bot.conversation.context import Context, Rules
from bot.conversation.effects import (
    AccountEffect,
    Ask,
    Effect,
    EmailEffect,
    PersonalEffect,
    Reply,
    Say,
    TicketEffect,
)
from bot.conversation.events import (
    Attached,
    AttachmentFetched,
    CodeChecked,
    CodeSent,
    Event,
    FromDesk,
    Joining,
    Notified,
    Opened,
    Typed,
    WindowJoined,
    WindowOffered,
)
from bot.conversation.input import interpret
from bot.conversation.machine import advance
from bot.conversation.questions import NIR_KINDS, people_of
from bot.conversation.screens.form import asked_question
from bot.conversation.screens.layout import join_messages
from bot.conversation.screens.tickets import mailed_news
from bot.conversation.session import (
    Offer,
    Session,
    complete_number,
    note_sources,
    number_part,
    press_of,
    turn_counts,
)
from bot.conversation.states import Filling, State
from bot.conversation.texts import Text, fill, text, unescape
from bot.domain.dates import day_in_paris
from bot.domain.delivery import EMAIL_LANES, OutgoingMessage
from bot.domain.email_code import CodeCheck, CodeSending
from bot.domain.people import Profile
from bot.domain.redaction import redact_all
from bot.domain.retention import Retention
from bot.domain.rights import Right
from bot.domain.service_notices import ServiceNotice
from bot.domain.ticket import Notice
from bot.logs import turn_reference
from bot.services.account_admin import AdministratorTurn
from bot.services.personal_export import PersonalExport, export_page
from bot.services.privacy_rights import note_own_copy, record_rights_request
from bot.services.requester_tickets import RequesterTickets, RequesterTurn
from bot.services.ticket_notifications import TicketNotifications, TicketRoutes
from bot.storage.database import is_passing
from bot.storage.one_time_codes import OneTimePage
from bot.storage.people import Person
from bot.storage.store import Database, Store
from knowledge import KnowledgeBase

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingEvent:
    """One event received on a channel, with the address of its sender.

    `turn` is the turn to which a pressed button belongs, None where no button was pressed;
    `message` is the channel's id of the person's own message, so that it can be erased.
    """

    address: str
    event: Event
    turn: int | None = None
    message: str = ""


Renderer = Callable[[Reply, int, IncomingEvent], Iterable[OutgoingMessage]]
"""Renders a reply as a channel's messages; the number is the turn to which its buttons belong."""


@dataclass(slots=True)
class BotLink:
    """The bot's public address; empty until the channel has asked for the bot's name.

    Written once by the channel when it starts, read by every later turn and reminder.
    """

    url: str = ""


NIR_CHANNELS = ("terminal", "web")
"""Where no other company carries what is typed."""
TERMINAL = "terminal"


def channel_of(address: str) -> str:
    """The channel's name at the beginning of an address: « telegram » of « telegram:123 »."""
    return address.partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpDeskConfig:
    """Everything a turn needs besides its transaction, put together once by `bot.app`.

    `nir_in_chat` is the operator's choice for all channels; without one `NIR_CHANNELS` may ask for
    NIRs, others on a page alone (RGPD, art. 25: the default protects).
    `routes` are the destinations of filed tickets besides the database.
    """

    store: Store
    knowledge: KnowledgeBase
    rules: Rules = Rules()
    nir_in_chat: bool | None = None
    retention: Retention = Retention()
    renderers: Mapping[str, Renderer]
    routes: TicketRoutes = TicketRoutes()
    bot_link: BotLink = field(default_factory=BotLink)

    def rules_at(self, address: str) -> Rules:
        """The rules of the channel that an address is on."""
        is_at_hand = channel_of(address) in NIR_CHANNELS
        has_page = not is_at_hand and self.rules.web.startswith("https:")
        default = is_at_hand or has_page
        chosen = default if self.nir_in_chat is None else self.nir_in_chat
        return replace(
            self.rules,
            nir_in_chat=chosen,
            nir_page=chosen and has_page,
            nir_page_only=has_page and self.nir_in_chat is None,
            link=self.bot_link.url,
        )

    def render(self, address: str, reply: Reply) -> Iterable[OutgoingMessage]:
        """A message that belongs to none of a person's turns, as their channel shows it."""
        incoming = IncomingEvent(address=address, event=Opened())
        return self.renderers[channel_of(address)](reply, 0, incoming)

    def requester_tickets(self, db: Database, person_id: str) -> RequesterTickets:
        """The tickets of one person, inside the caller's transaction."""
        return RequesterTickets(
            db=db,
            notifications=TicketNotifications(self.routes),
            catalogue=self.knowledge.catalogue,
            person_id=person_id,
            reopen_days=self.rules.reopen_days,
            piece_bytes=self.rules.piece_bytes,
        )


class TurnProcessor:
    """Processes one event of one person, inside the transaction of `HelpDesk`."""

    def __init__(
        self, config: HelpDeskConfig, db: Database, incoming: IncomingEvent, now: datetime
    ) -> None:
        self.config = config
        self.db = db
        self.incoming = incoming
        self.now = now
        wrote = not isinstance(incoming.event, FromDesk | Opened)
        self._begin(db.people.of(incoming.address, now, wrote=wrote))
        self.session = db.conversations.load(
            self.person.id, now, draft_ttl=config.retention.draft, nir_ttl=config.retention.nir
        )
        self.replies: list[Reply] = []
        self.page = secrets.token_urlsafe(16)

    def _begin(self, person: Person) -> None:
        """Take the turn for this person."""
        self.person = person
        self.accounts = AdministratorTurn(self.db, person, self.config.rules.months, self.now)
        tickets = self.config.requester_tickets(self.db, person.id)
        incoming = self.incoming
        self.tickets = RequesterTurn(tickets, incoming.address, incoming.message, self.now)

    def process(self) -> None:
        """Advance the conversation, do what it asks for, save it and write the replies."""
        pressed = press_of(self.incoming.event, self.incoming.turn)
        if pressed and pressed == self.session.pressed:
            return  # tapped several times: one screen
        context = self.context()
        if whole := complete_number(self.session, self.incoming.event, context):
            self.session, said, before = whole
            message = f"{before},{self.incoming.message}"
            self.incoming = replace(self.incoming, event=said, message=message)
        event = interpret(self.session, self.incoming.event, self.incoming.turn, context)
        if isinstance(event, Attached) and event != self.incoming.event:
            self.replies += (effects.EraseInput(), Say(text("pieces.renamed")))
        state = self._advance(event, context)
        for count in turn_counts(self.session, event, state):
            self.db.statistics.count(count.what, count.subject, self.now)
        noted = note_sources(self.session, state, event, self.incoming.message)
        part = number_part(self.session, event, self.incoming.message)
        if not isinstance(event, FromDesk):
            noted = replace(noted, pressed=pressed)
        self.session = replace(self._with_buttons(noted), number_part=part)
        self.db.conversations.save(self.person.id, self.session, self.now)
        render = self.config.renderers[channel_of(self.incoming.address)]
        messages = [
            message
            for reply in join_messages(self.replies)
            for message in render(reply, self.session.turn, self.incoming)
        ]
        self.db.outbox.add_all(self.incoming.address, messages, self.now)
        self._offer_page(state)

    def _offer_page(self, state: State) -> None:
        """The page whose link the question shows is good from now on."""
        context = self.context()
        if not isinstance(state, Filling) or not context.rules.nir_page or state.agent is None:
            return
        if asked_question(state, context).field.kind in NIR_KINDS and self.replies:
            page = OneTimePage(
                address=self.incoming.address, identity=state.draft.identity, agent=state.agent
            )
            self.db.one_time_codes.begin_page(self.page, page, self.person.id, self.now)

    def context(self) -> Context:
        """What a step may look at, as of now."""
        return Context(
            knowledge=self.config.knowledge,
            profile=self.person.profile,
            today=day_in_paris(self.now),
            identity=str(uuid4()),
            rules=self.config.rules_at(self.incoming.address),
            administered=self.accounts.employers.employers,
            registers=self.accounts.employers,
            waiting=self._waiting(),
            people=people_of(self.session.state.draft),
            page=self.page,
            **_notices(self.db, self.now),
        )

    def _waiting(self) -> tuple[str, ...]:
        """The tickets that wait for the person, where what they sent may be meant for one."""
        is_sent = isinstance(self.incoming.event, Typed | Attached | AttachmentFetched)
        return self.db.tickets.waiting_for(self.person.id) if is_sent else ()

    def _advance(self, event: Event, context: Context) -> State:
        """Advance the state, perform the step's effects, and feed their answers back as events."""
        turn = advance(self.session.state, event, context)
        todo = deque(turn.effects)
        while todo:
            answer = self._perform(todo.popleft())
            if answer is not None:
                context = self.context()
                turn = advance(turn.state, answer, context)
                todo.extend(turn.effects)
        return turn.state

    def _with_buttons(self, session: Session) -> Session:
        """The session with this turn's buttons; earlier ones stay valid in an unchanged state."""
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
        """Perform one effect; its answer, where it has one, is returned as an event."""
        if isinstance(effect, TicketEffect):
            return self.tickets.perform(effect)
        if isinstance(effect, AccountEffect):
            return self.accounts.perform(effect, self._tell)
        if isinstance(effect, EmailEffect):
            return self._perform_email(effect)
        if isinstance(effect, effects.OfferWindow):
            return WindowOffered(self.db.joining.begin(self.person.id, self.now))
        if isinstance(effect, effects.JoinWindow):
            return self._join(effect.code)
        self._perform_here(effect)
        return None

    def _perform_email(self, effect: EmailEffect) -> CodeSent | CodeChecked:
        """Send a one-time code to the person's e-mail address, or check the one they typed."""
        profile, codes = self.person.profile, self.db.one_time_codes
        email = profile.email or ""
        if isinstance(effect, effects.SendCode):
            if not email or not self.config.rules.can_mail:
                return CodeSent(CodeSending.IMPOSSIBLE)
            sending, code_id = codes.begin_code(self.person.id, email, self.now)
            if sending is CodeSending.SENT:
                # A lane of its own: a code that finds no way must not hold the next one up.
                lane = f"{EMAIL_LANES}{code_id}"
                self.db.outbox.add(lane, "code", {"code": code_id}, self.now)
            return CodeSent(sending)
        check = codes.check_code(self.person.id, email, effect.code, self.now)
        if check is CodeCheck.RIGHT:
            self.db.audit_log.add(self.person.id, "email.confirmed", self.person.id, "", self.now)
            self._remember(replace(profile, email_confirmed=True))
        return CodeChecked(check)

    def _join(self, code: str) -> WindowJoined:
        """Make the person of this window and that of a code one; buttons of both become old."""
        other = self.db.joining.take(code, self.now)
        if other is None:
            return WindowJoined(Joining.UNKNOWN)
        if other == self.person.id:
            return WindowJoined(Joining.SAME)
        kept = self.config.retention
        theirs = self.db.conversations.load(other, self.now, draft_ttl=kept.draft, nir_ttl=kept.nir)
        joined = self.db.joining.join(self.person.id, other)
        moved = f"{joined.gone}, {joined.tickets} tickets, {joined.links} links"
        self.db.audit_log.add(joined.kept, "person.joined", joined.kept, moved, self.now)
        self._begin(self.db.people.of(self.incoming.address, self.now))
        self.session = replace(
            self.session,
            turn=max(self.session.turn, theirs.turn),
            offers=(),
            standing=self.session.standing or theirs.standing,
        )
        return WindowJoined(Joining.JOINED, theirs.state.draft)

    def _perform_here(self, effect: Reply | PersonalEffect) -> None:
        match effect:
            case effects.Say() | effects.Ask() | effects.EraseInput() | effects.GiveAttachment():
                self.replies.append(effect)
            case effects.GiveDocument(name):
                self.replies.append(effect)
                who = self.person.id
                self.db.audit_log.add(who, "document.given", who, name, self.now)
            case effects.RememberEmployer(employer):
                self._remember(self.person.profile.with_employer(employer))
            case effects.RememberEmail(email):
                self._remember(self.person.profile.with_email(email))
            case effects.KeepQuestion(question, outcome):
                self.db.statistics.add_unanswered(question, outcome, self.now)
            case effects.GiveOwnData():
                self.replies.append(self._own_data())
                note_own_copy(self.db, self.person, self.now)
            case effects.RequestErasure():
                record_rights_request(self.db, self.person, Right.ERASURE, self.now)
            case effects.Vote(slug, version, useful):
                self.db.statistics.vote(self.person.id, slug, version, useful, self.now)
            case _:
                assert_never(effect)

    def _own_data(self) -> effects.GiveDocument:
        """The person's copy of their own data; NIRs stay masked, as everywhere in a chat."""
        copy = PersonalExport(
            db=self.db,
            fields=self.config.knowledge.catalogue.fields,
            retention=self.config.retention,
            now=self.now,
        )
        controller = self.config.rules.controller or text("privacy.nobody")
        title = unescape(fill(text("privacy.own_data_title", controller=controller)))
        page = export_page(title, copy.of_requester(self.person))
        name = unescape(fill(text("privacy.own_data_file")))
        return effects.GiveDocument(name, page.encode(), text("privacy.own_data_caption"))

    def _tell(self, address: str, words: Text) -> None:
        """Write a message to another person."""
        self.db.outbox.add_all(address, self.config.render(address, Say(words)), self.now)

    def _remember(self, profile: Profile) -> None:
        self.db.people.save_profile(self.person.id, profile)
        self.person = replace(self.person, profile=profile)


class _Notices(TypedDict):
    notices: tuple[ServiceNotice, ...]
    announced: tuple[ServiceNotice, ...]


def _notices(db: Database, now: datetime) -> _Notices:
    """What the operator tells of failures and maintenances: those that hold now, and the coming."""
    told = db.service_notices.list(now)
    return {
        "notices": tuple(one for one in told if one.is_current(now)),
        "announced": tuple(one for one in told if not one.is_current(now)),
    }


class HelpDesk:
    """Receives the events of requesters; called by channels, in their database thread."""

    def __init__(self, config: HelpDeskConfig) -> None:
        self._config = config

    @property
    def config(self) -> HelpDeskConfig:
        """The configuration, for those who write to people outside their turns (reminders)."""
        return self._config

    def learn_bot_link(self, url: str) -> None:
        """Keep the bot's public address, once its channel knows it; one from the settings stays."""
        link = self._config.bot_link
        link.url = link.url or url

    def receive(
        self,
        batch: Sequence[IncomingEvent],
        now: datetime,
        mark: Callable[[Database], None] | None = None,
    ) -> None:
        """Process the events of a batch in order, and `mark` them as received, in one commit.

        A turn that fails is rolled back alone and kept for the operator; the person reads an
        apology with its reference.
        """
        with self._config.store.transaction() as db:
            db.people.load_many([incoming.address for incoming in batch], now)
            for incoming in batch:
                self.receive_one(db, incoming, now)
            if mark is not None:
                mark(db)

    def look(self, db: Database, address: str, now: datetime) -> tuple[Session, Context]:
        """Where somebody stands, without a turn; who never wrote is at the beginning."""
        if db.people.find(address) is not None:
            incoming = IncomingEvent(address=address, event=Opened())
            turn = TurnProcessor(self._config, db, incoming, now)
            return turn.session, turn.context()
        return Session(), Context(
            knowledge=self._config.knowledge,
            profile=Profile(),
            today=day_in_paris(now),
            identity="",
            rules=self._config.rules_at(address),
            **_notices(db, now),
        )

    def receive_one(
        self, db: Database, incoming: IncomingEvent, now: datetime, *, alone: bool = True
    ) -> None:
        """Process one event inside the caller's transaction.

        A turn that is taken `alone` is rolled back alone when it fails, and kept for the operator.
        Without it the error is raised: a batch is then taken again, turn by turn. A savepoint
        writes at once all that waits, so it is for the batch that failed.
        """
        reference = turn_reference.set(uuid4().hex[:8].upper())
        try:
            with db.savepoint() if alone else nullcontext():
                TurnProcessor(self._config, db, incoming, now).process()
            log.info("tour pris : %s", type(incoming.event).__name__)
        except Exception as error:
            if not alone or is_passing(error):
                raise  # the whole transaction is done again
            self._keep_aside(db, incoming, error, now)
        finally:
            turn_reference.reset(reference)

    def tell(self, db: Database, address: str, event: FromDesk, now: datetime) -> bool:
        """Tell a requester what became of their ticket or letter, as a turn of their conversation;
        whether that reaches them.

        Whom the chat does not reach, or who reads it only when they come back to their terminal, is
        written to at the address that they confirmed. Tickets filed by the desk itself have an
        address without a channel: nobody is told.
        """
        if channel_of(address) not in self._config.renderers:
            return False
        self.receive_one(db, IncomingEvent(address=address, event=event), now)
        person = db.people.find(address)
        if person is None:
            return False
        is_far = person.unreachable or channel_of(address) == TERMINAL
        if is_far and isinstance(event, Notified):
            is_mailed = self._mail_notice(db, person.profile, event.notice, now)
            return is_mailed or not person.unreachable
        return not person.unreachable

    def _mail_notice(self, db: Database, profile: Profile, notice: Notice, now: datetime) -> bool:
        """Write a letter about a ticket; whom it goes to is read once more when it leaves."""
        if not (self._config.rules.can_mail and profile.email and profile.email_confirmed):
            return False
        reference, lane = notice.reference, f"{EMAIL_LANES}{notice.reference}"
        subject = text("letter.news_subject", reference=reference, label=notice.label)
        head = {"reference": reference, "subject": unescape(fill(subject))}
        for message in self._config.render(lane, Say(mailed_news(notice))):
            db.outbox.add(lane, "news", {**message.payload, **head}, now)
        return True

    def _keep_aside(
        self, db: Database, incoming: IncomingEvent, error: Exception, now: datetime
    ) -> None:
        reference = turn_reference.get()
        kind = type(error).__name__
        # Without the error's message, which may hold what somebody typed.
        log.error(
            "le tour %s a échoué : %s\n%s", reference, kind, "".join(format_tb(error.__traceback__))
        )
        kept = redact_all(incoming.event)
        db.failed_updates.add(reference, incoming.address, repr(kept), kind, now)
        render = self._config.renderers[channel_of(incoming.address)]
        if kept != incoming.event:
            db.outbox.add_all(incoming.address, render(effects.EraseInput(), 0, incoming), now)
        apology = Say(text("anywhere.failed", reference=reference))
        db.outbox.add_all(incoming.address, render(apology, 0, incoming), now)
