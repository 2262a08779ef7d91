"""One turn: the conversation is advanced by an event, what it asks for is done, the new state and
the replies are written, inside the transaction of `HelpDesk`. Nothing here touches the network."""

import secrets
from collections import deque
from dataclasses import replace
from datetime import datetime
from typing import TypedDict, assert_never
from uuid import uuid4

from bot.conversation import effects
from bot.conversation.context import Context
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
from bot.domain.delivery import EMAIL_LANES
from bot.domain.email_code import CodeCheck, CodeSending
from bot.domain.people import Profile
from bot.domain.rights import Right
from bot.domain.service_notices import ServiceNotice
from bot.services.account_admin import AdministratorTurn
from bot.services.helpdesk_config import HelpDeskConfig, IncomingEvent, channel_of
from bot.services.personal_export import PersonalExport, export_page
from bot.services.privacy_rights import note_own_copy, record_rights_request
from bot.services.requester_tickets import RequesterTurn
from bot.storage.one_time_codes import OneTimePage
from bot.storage.people import Person
from bot.storage.store import Database


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
            **notices_at(self.db, self.now),
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


class NoticesTold(TypedDict):
    notices: tuple[ServiceNotice, ...]
    announced: tuple[ServiceNotice, ...]


def notices_at(db: Database, now: datetime) -> NoticesTold:
    """What the operator tells of failures and maintenances: those that hold now, and the coming."""
    told = db.service_notices.list(now)
    return {
        "notices": tuple(one for one in told if one.is_current(now)),
        "announced": tuple(one for one in told if not one.is_current(now)),
    }
