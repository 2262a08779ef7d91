"""A browser's turns and pages, as the database sees them: each method is one transaction.

**A form is answered only after the transaction that handled it has committed**: the turn, its
replies on the page and the key of the form are one commit. The same key twice is one turn.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.app import App
from bot.channels.web.events import TurnForm, to_event
from bot.conversation.context import Context
from bot.conversation.effects import Ask, Say
from bot.conversation.events import Commanded, Event, Picked
from bot.conversation.machine import advance
from bot.conversation.questions import Draft
from bot.conversation.screens.form import OverviewLine, asked_question, overview
from bot.conversation.session import Offer, Session
from bot.conversation.states import Filling, Idle
from bot.conversation.texts import fill
from bot.domain.attachment import Attachment
from bot.domain.delivery import OutboxMessage
from bot.domain.ticket import Ticket, TicketSummary
from bot.services.helpdesk_config import IncomingEvent
from bot.services.reminder_messages import REMINDER
from bot.storage.store import Database
from bot.storage.web_transcript import WebLine

CHANNEL: Final = "web"
LEASE: Final = timedelta(minutes=1)
LIMIT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a page shows of a conversation: its lines, the buttons on offer by their turn, the
    request as it takes shape, and what kind of field is asked. `began`: it is this browser's first
    turn."""

    lines: tuple[WebLine, ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()
    overview: tuple[OverviewLine, ...] = ()
    asks: str = ""
    began: bool = False

    @property
    def answered(self) -> int:
        return sum(line.value is not None for line in self.overview)

    @property
    def last(self) -> int:
        return self.lines[-1].id if self.lines else 0


class WebConversations:
    """The conversations of browsers; used in the database thread alone."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._store = app.store

    def event_of(self, secret: str, form: TurnForm, now: datetime) -> tuple[Event, int | None]:
        """What a form means where its person stands now; a sheet is read outside a transaction."""
        with self._store.transaction() as db:
            session, _ = self._look(db, db.web.address_of(secret, now), now)
        return to_event(form, session.state)

    def take(
        self, secret: str, form: TurnForm, event: tuple[Event, int | None], now: datetime
    ) -> View:
        """One turn, once a key; the lines of that turn and where the person stands behind it."""
        with self._store.transaction() as db:
            known = db.web.address_of(secret, now)
            address = known or db.web.begin(secret, now)
            print_ = self._store.encryption.fingerprint("web turn", secret, form.key)
            if db.inbox.remember_update(CHANNEL, int(print_[:15], 16), now):
                self._turn(db, address, form, event, now)
            view = self._view(db, address, db.web.lines(address, key=form.key), now)
            return replace(view, began=known is None)

    def page(self, secret: str, now: datetime) -> View:
        """The whole page of a browser; who never wrote sees the opening, and stays unknown."""
        with self._store.transaction() as db:
            address = db.web.address_of(secret, now)
            if address is None:
                return View()
            return self._view(db, address, db.web.lines(address), now)

    def news(self, address: str, after: int, now: datetime) -> View:
        """What came to a page since one of its lines."""
        with self._store.transaction() as db:
            return self._view(db, address, db.web.lines(address, after), now)

    def forget(self, secret: str) -> None:
        """Ends a browser's session, and empties its page."""
        with self._store.transaction() as db:
            db.web.end(secret)

    def show(self, row: OutboxMessage, now: datetime) -> None:
        """Moves what waited for a page onto it; the row is settled in the same commit."""
        with self._store.transaction() as db:
            _add_line(db, row, f"row-{row.id}", now)
            db.outbox.mark_sent((row.id,), now)

    def document(
        self, secret: str, line_id: int, now: datetime
    ) -> tuple[WebLine, tuple[Attachment, bytes] | None] | None:
        """A line that holds a document or names a file of a ticket, of this browser alone."""
        with self._store.transaction() as db:
            address = db.web.address_of(secret, now)
            line = db.web.line(address, line_id) if address else None
            if line is None or line.kind not in {"document", "piece"}:
                return None
            if line.kind == "document":
                return line, None
            said = line.content
            return line, db.attachments.content(str(said["reference"]), int(said["number"]))

    def tickets(self, secret: str, now: datetime) -> tuple[TicketSummary, ...]:
        with self._store.transaction() as db:
            person = self._person(db, secret, now)
            return db.tickets.of_person(person) if person else ()

    def ticket(self, secret: str, reference: str, now: datetime) -> Ticket | None:
        """A ticket that this browser's person filed; None for any other."""
        with self._store.transaction() as db:
            person = self._person(db, secret, now)
            if not person:
                return None
            return self._app.helpdesk.config.requester_tickets(db, person).own(reference)

    def attachment(
        self, secret: str, reference: str, number: int, now: datetime
    ) -> tuple[Attachment, bytes] | None:
        """A file of an own ticket."""
        if self.ticket(secret, reference, now) is None:
            return None
        with self._store.transaction() as db:
            return db.attachments.content(reference, number)

    def said_about(self, commands: Sequence[str], now: datetime) -> tuple[str, ...]:
        """What the desk answers anybody to some commands, as marked-up texts: notices, numbers."""
        with self._store.transaction() as db:
            _, context = self._look(db, None, now)
        turns = (advance(Idle(), Commanded(command), context) for command in commands)
        effects = (effect for turn in turns for effect in turn.effects)
        return tuple(fill(one.text) for one in effects if isinstance(one, Say | Ask))

    def newest(self, addresses: Sequence[str]) -> dict[str, int]:
        with self._store.transaction() as db:
            return db.web.newest(addresses)

    def address_of(self, secret: str, now: datetime) -> str | None:
        with self._store.transaction() as db:
            return db.web.address_of(secret, now)

    def _person(self, db: Database, secret: str, now: datetime) -> str:
        address = db.web.address_of(secret, now)
        person = db.people.find(address) if address else None
        return person.id if person else ""

    def _look(self, db: Database, address: str | None, now: datetime) -> tuple[Session, Context]:
        return self._app.helpdesk.look(db, address or f"{CHANNEL}:", now)

    def _turn(
        self,
        db: Database,
        address: str,
        form: TurnForm,
        event: tuple[Event, int | None],
        now: datetime,
    ) -> None:
        what, turn = event
        session, _ = self._look(db, address, now)
        own = _own_words(form, what, session)
        incoming = IncomingEvent(address=address, event=what, turn=turn, message=form.key)
        self._app.helpdesk.receive_one(db, incoming, now)
        rows = list(self._waiting(db, address, now))
        # What is withheld was never on the page: the words are written only now.
        erased = {key for row in rows if row.kind == "erase" for key in row.payload["keys"]}
        if own:
            kind = "erased" if form.key in erased else "own"
            db.web.add(address, form.key, kind, {} if form.key in erased else {"text": own}, now)
        for row in rows:
            _add_line(db, row, form.key, now)

    def _waiting(self, db: Database, address: str, now: datetime) -> Iterator[OutboxMessage]:
        """What waits in the outbox for this page; a reminder only as it holds today."""
        telling = self._app.reminder_messages
        while rows := db.outbox.claim(now, holder=address, limit=LIMIT, lease=LEASE, lanes=address):
            kept = [
                row
                for row in rows
                if REMINDER not in row.payload or telling.still_holds(db, row, now, pushed=False)
            ]
            db.outbox.mark_sent([row.id for row in kept], now)
            yield from kept

    def _view(self, db: Database, address: str, lines: tuple[WebLine, ...], now: datetime) -> View:
        session, context = self._look(db, address, now)
        state, draft = session.state, session.state.draft
        kind = asked_question(state, context).field.kind if isinstance(state, Filling) else ""
        return View(
            lines=lines,
            buttons=tuple(_buttons(session, db.web.lines(address))),
            overview=_overview(draft, context),
            asks=kind,
        )


def _overview(draft: Draft | None, context: Context) -> tuple[OverviewLine, ...]:
    return overview(draft, context) if draft is not None and draft.path else ()


def _buttons(session: Session, lines: Sequence[WebLine]) -> Iterator[tuple[str, str]]:
    """Codes with their turn, and labels; those of a reminder only until the person goes on."""
    for offer in session.offers:
        yield f"{session.turn}~{offer.code}", offer.label
    for line in reversed(lines):
        if line.kind in {"own", "erased"}:
            return
        if line.content.get("reminder"):
            yield from ((f"0~{offer.code}", offer.label) for offer in session.standing)
            return


def _own_words(form: TurnForm, event: Event, session: Session) -> str:
    """What the page shows as the person's own: their words, the button's label, the file's name."""
    if form.file_name:
        return f"{form.words}\n[{form.file_name}]".strip()
    if isinstance(event, Picked):
        offers: tuple[Offer, ...] = (*session.offers, *session.standing)
        return next((one.label for one in offers if one.code == event.code), "")
    return form.words.strip()


def _add_line(db: Database, row: OutboxMessage, key: str, now: datetime) -> None:
    """Puts an outbox row onto the page of its lane."""
    if row.kind == "erase":
        db.web.erase(row.lane, row.payload["keys"])
        return
    content = {name: value for name, value in row.payload.items() if name in SHOWN}
    if REMINDER in row.payload:
        content["reminder"] = True
    db.web.add(row.lane, key, row.kind, content, now)


SHOWN: Final = ("text", "name", "content", "caption", "reference", "number")
"""What of a row a page needs."""
