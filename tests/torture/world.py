"""A world for crash points: one desk that may die, and all that lives on without it.

What people did waits at Telegram until it is acknowledged; what the desk said stands in their
chats; what another ticketing system took, it has. Only the clock is in our hands.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select
from support.botapi.server import Server
from support.limits import AT_ONCE, FAST
from support.talking import NOW
from torture.points import Killed, MortalStore, NearDatabaseThread, NearLoop, NearTelegram, Points
from torture.theirs import Theirs

from bot.app import App, assemble, open_store
from bot.background.sender import DeliveryRecorder, RecheckedDeliverer, Sender
from bot.background.ticket_delivery import DELIVERY_PATIENCE, TicketDelivery, deliver_due
from bot.channels.formatting import render_telegram
from bot.channels.telegram.bot_client import make_bot
from bot.channels.telegram.delivery import Delivery
from bot.channels.telegram.intake import Intake
from bot.channels.telegram.staff.reveals import PrivateDelivery
from bot.channels.telegram.staff.topics import STAFF_LANES, TopicDelivery
from bot.channels.telegram.staff.updates import Brought
from bot.domain.ticket_export import ExternalReply
from bot.services.helpdesk_config import IncomingEvent
from bot.services.inbound_updates import InboundUpdates
from bot.services.reminders import DailyReminders
from bot.settings import Settings
from bot.storage.store import Database
from bot.storage.tables_operations import OutboxEntry
from knowledge import KnowledgeBase

TOKEN = "1234567:" + "A" * 24
GROUP = -1001234567890
ANNE, BRUNO, LUC = 1001, 1002, 2001
A_MOMENT = timedelta(seconds=1)
MOST_ROUNDS = 500  # of sending; more means that something never leaves
MOST_CRASHES = 200  # of one step; more means that it never gets done


class World:
    """Everything but the desk's process."""

    def __init__(self, folder: Path, knowledge: KnowledgeBase) -> None:
        self.knowledge = knowledge
        self.settings = Settings(
            _env_file=None,
            data_dir=folder,
            telegram_token=TOKEN,
            staff_chat_id=(GROUP,),
            nir_in_chat=True,
            reveal_in_telegram=True,
        )
        self.store = open_store(self.settings)
        self.now = NOW
        self.server = Server()
        self.server.bot(TOKEN)
        for who in (ANNE, BRUNO, LUC):
            self.server.add_user(who)
            self.server.chats[who].started = True
        self.server.add_chat(
            GROUP, type="supergroup", is_forum=True, members={1234567: "administrator"}
        )
        self.theirs = Theirs()
        self.telegram = NearTelegram(self.server)
        here = "http://127.0.0.1"  # nothing is asked there: the server is in this process
        self.bot = make_bot(TOKEN, f"{here}/bot", self.telegram, self.telegram)
        self.run(self.bot.greet())
        self.crashes = 0

    def run(self, work: Any) -> Any:
        """Let something asynchronous happen, at once."""
        with asyncio.Runner(loop_factory=NearLoop) as runner:
            return runner.run(work)

    @contextmanager
    def look(self) -> Iterator[Database]:
        """A transaction of nobody's: it has no points."""
        with self.store.transaction() as db:
            yield db

    def waiting(self) -> int:
        """How much of what could be sent now is not."""
        due = select(func.count()).where(
            col(OutboxEntry.sent_at).is_(None),
            col(OutboxEntry.buried_at).is_(None),
            col(OutboxEntry.due_at) <= self.now,
        )
        with Session(self.store._engine) as session:
            return session.exec(due).one()

    def outlive_leases(self) -> None:
        """Wait until nothing is any longer held by the dead."""
        with Session(self.store._engine) as session:
            until = session.exec(select(func.max(col(OutboxEntry.leased_until)))).one()
        self.now = max(self.now, until or self.now) + A_MOMENT

    def plain_app(self) -> App:
        """An application that does not die, to set things up with."""
        return assemble(
            self.settings, self.store, self.knowledge, {"telegram": render_telegram}, {}
        )

    def close(self) -> None:
        self.store.close()


Deed = Callable[["Desk"], None]
"""Something that the desk does by itself, besides what it hears and sends."""


class Desk:
    """One life of the desk's process, put together anew on what is there."""

    def __init__(
        self,
        world: World,
        is_fatal: Callable[[int], bool],
    ) -> None:
        self.world = world
        self.points = world.telegram.points = world.theirs.points = Points(is_fatal)
        world.store._engine.dispose()
        self.store = MortalStore(world.store._engine, world.store._encryption, self.points)
        self.db_thread = NearDatabaseThread(self.store)
        self.app: App = assemble(
            world.settings,
            self.store,
            world.knowledge,
            {"telegram": render_telegram},
            {"theirs": world.theirs},
        )
        self.intake = Intake(self.app, world.bot)

    def clock(self) -> datetime:
        return self.world.now

    def hear(self) -> None:
        """Take what waits at Telegram; it is forgotten there when the next is asked for."""
        offset = self.intake.offset() or 0
        queue = self.world.server.bot(TOKEN).queue
        while queue and queue[0][0]["update_id"] < offset:
            queue.popleft()
        updates, now = [update for update, *_ in queue], self.clock()
        if updates and self.intake.begin(updates, now):
            self.intake.receive(updates, now, updates[-1]["update_id"] + 1)
        else:  # the one before died over some of them
            for one in updates:
                self.intake.receive_alone(one, now, one["update_id"] + 1)

    async def send(self) -> None:
        """Send until nothing waits that could be sent."""
        bot, db_thread, most = self.world.bot, self.db_thread, self.app.settings.piece_bytes
        chats = Delivery(bot, db_thread, self._take, limits=FAST, piece_bytes=most)
        rechecked = RecheckedDeliverer(chats, self.app.reminder_messages, db_thread, self.clock)
        private = PrivateDelivery(bot, db_thread, self._take, most, self.clock)
        rooms = TopicDelivery(
            bot, db_thread, self.app.knowledge, private, limits=FAST, clock=self.clock
        )
        senders = [
            self._sender(DeliveryRecorder(rechecked), "telegram:"),
            self._sender(DeliveryRecorder(rooms), STAFF_LANES),
        ]
        over = asyncio.Event()
        tasks = [asyncio.create_task(one.run(over)) for one in senders]
        carrier = TicketDelivery(self.db_thread, self.app.connectors, self.clock)
        for _ in range(MOST_ROUNDS):
            if not self.world.waiting():
                break
            await deliver_due(
                self.store, DeliveryRecorder(carrier, patience=DELIVERY_PATIENCE), self.clock
            )
            await asyncio.sleep(0.01)
            self.points.check()
        else:
            raise AssertionError("something never leaves")
        over.set()
        await asyncio.gather(*tasks)

    async def _take(self, row: int, came: IncomingEvent | Brought) -> bool:
        return self.intake.take_file(row, came, self.clock())

    def _sender(self, settling: DeliveryRecorder, lanes: str) -> Sender:
        return Sender(self.db_thread, settling, lanes=lanes, limit=AT_ONCE, clock=self.clock)

    def remind(self) -> None:
        DailyReminders(self.app.helpdesk.config, self.app.settings.calendar).run(self.clock())

    def learn(self, reply: ExternalReply) -> None:
        """Hear from the other ticketing system; it tells until it is heard."""
        InboundUpdates(self.store, self.app.advisor_desk).take("theirs", reply, self.clock())


@dataclass(slots=True)
class Life:
    """A world and the deaths of its desk, as `fate` has it."""

    world: World
    fate: "Fate"

    def live(self, deed: Deed = Desk.hear) -> None:
        """Do something and send what comes of it; whoever dies over it is followed by the next."""
        self.fate.begin()
        for _ in range(MOST_CRASHES):
            desk = Desk(self.world, self._is_fatal)
            try:
                deed(desk)
                self.world.run(desk.send())
            except Killed:
                self.world.crashes += 1
                self.world.outlive_leases()
                self.fate.begin_again()
            else:
                return
        raise AssertionError("the desk dies for ever")

    def _is_fatal(self, number: int) -> bool:
        return not self.fate.is_kind and self.fate.is_fatal(number)


class Fate:
    """Nobody dies. Points are numbered through the whole story, whatever happens.

    `is_kind` is set where a story begins as another one does, which has its own deaths.
    """

    def __init__(self) -> None:
        self.reached = 0
        self.is_kind = False

    def begin(self) -> None:
        """A new thing is done."""

    def begin_again(self) -> None:
        """The same thing is done once more, after a death."""

    def is_fatal(self, number: int) -> bool:
        self.reached += 1
        return False


class Once(Fate):
    """One death in the whole story, at the n-th point."""

    def __init__(self, fatal: int) -> None:
        super().__init__()
        self._fatal = fatal

    def is_fatal(self, number: int) -> bool:
        self.reached += 1
        return self.reached == self._fatal


class Everywhere(Fate):
    """Each thing is done as often as it has points: the desk dies at the first, the second, …

    Or, with a `stride`, only at every so many-th of them, from `first` on.
    """

    def __init__(self, stride: int = 1, first: int = 0) -> None:
        super().__init__()
        self._stride = stride
        self._first = first
        self._survived = 0

    def begin(self) -> None:
        self._survived = 0

    def begin_again(self) -> None:
        self._survived += 1

    def is_fatal(self, number: int) -> bool:
        self.reached += 1
        return number == self._survived * self._stride + self._first % self._stride + 1
