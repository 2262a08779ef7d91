"""A desk with other systems beside it, and time in the test's hand."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from connectors.asked import GlpiWorld, ZammadWorld
from connectors.samples import REFERENCE
from connectors.worlds import HookWorld, MailWorld, World
from services.conftest import Desk as House

from bot.app import assemble, open_store
from bot.background.sender import DeliveryRecorder
from bot.background.tasks import ConnectorPolling
from bot.background.ticket_delivery import DELIVERY_PATIENCE, TicketDelivery, deliver_due
from bot.channels import terminal
from bot.domain.delivery import OutboxState
from bot.domain.people import Employer
from bot.domain.ticket import TicketRequest
from bot.domain.ticket_export import ExternalReply, ExternalTicket
from bot.services.inbound_updates import InboundUpdates
from bot.services.requester_tickets import RequesterTickets
from bot.settings import Settings
from bot.storage.store import DatabaseThread
from knowledge import KnowledgeBase

WORLDS: Mapping[str, type[World]] = {
    "glpi": GlpiWorld,
    "zammad": ZammadWorld,
    "email": MailWorld,
    "webhook": HookWorld,
}
OTHER = "PEPS-2026-000002"
SILENCE = 0.1  # seconds after which nobody waits any more


class Bridge:
    """A desk, the systems beside it by name, and their one clock."""

    def __init__(self, folder: Path, knowledge: KnowledgeBase, worlds: Mapping[str, World]) -> None:
        self.folder, self.knowledge, self.worlds = folder, knowledge, worlds

    async def open(self) -> None:
        for world in self.worlds.values():
            await world.open()
        self.house = self.start()

    def fail(self, http: str, mail: str = "") -> None:
        """The next call of each system goes wrong."""
        for world in self.worlds.values():
            fault = mail if isinstance(world, MailWorld) else http
            world.faults.clear()
            world.faults.extend([fault] if fault else [])

    def start(self) -> House:
        """The process, begun anew on what is stored."""
        settings = Settings(_env_file=None, data_dir=self.folder, tickets_to=tuple(self.worlds))
        connectors = {name: world.connector for name, world in self.worlds.items()}
        store = open_store(settings)
        renderers = {"terminal": terminal.render}
        app = assemble(settings, store, self.knowledge, renderers, connectors)
        self.db_thread = DatabaseThread(store)
        delivery = TicketDelivery(self.db_thread, connectors, self.now)
        self.recorder = DeliveryRecorder(delivery, patience=DELIVERY_PATIENCE)
        incoming = InboundUpdates(store, app.advisor_desk)
        self.polls = [
            ConnectorPolling(one, incoming, self.db_thread, self.now)
            for one in connectors.values()
            if one.polling is not None
        ]
        return House(app)

    def now(self):
        return self.house.now

    def file(self, words: str, message: str = "") -> str:
        """Somebody files a request, with one message where there is one; its reference."""
        app, now = self.house.app, self.now()
        request = TicketRequest(
            identity=f"draft-{words}",
            path="cotisations/calcul/taux-cnracl",
            labels=("Cotisations", "Taux", "Taux de cotisation"),
            fund="CNRACL",
            employer=Employer("99999999900017", "Mairie d'Exemple"),
            email="",
            answers=(),
            agents=(),
            description=words,
        )
        with app.store.transaction() as db:
            window = RequesterTickets(
                db=db,
                notifications=app.advisor_desk.notifications,
                catalogue=app.knowledge.catalogue,
                person_id=db.people.of("terminal:anne", now).id,
                reopen_days=30,
            )
            reference = window.file(request, now).reference
            if message:
                window.add(reference, message, now)
        return reference

    def restart(self) -> None:
        now = self.house.now
        self.db_thread.close()
        self.house.app.store.close()
        self.house = self.start()
        self.house.now = now

    def wait(self, **span: float) -> None:
        self.house.wait(**span)
        for world in self.worlds.values():
            world.tick(timedelta(**span).total_seconds())

    async def deliver(self) -> None:
        await deliver_due(self.house.app.store, self.recorder, self.now)

    async def poll(self) -> None:
        for one in self.polls:
            await one.once()

    async def settle(self) -> None:
        """Both ways, until nothing is on its way any more."""
        await self.deliver()
        await self.poll()
        await self.deliver()

    def rows(self, state: OutboxState, limit: int = 50):
        with self.house.app.store.read() as db:
            return [
                one for one in db.outbox.list(state, limit) if one.lane.startswith("connector:")
            ]

    async def close(self) -> None:
        self.db_thread.close()
        self.house.app.store.close()
        for world in self.worlds.values():
            await world.close()


async def opened(
    folder: Path, knowledge: KnowledgeBase, worlds: Mapping[str, World]
) -> AsyncIterator[Bridge]:
    bridge = Bridge(folder / "data", knowledge, worlds)
    await bridge.open()
    yield bridge
    await bridge.close()


@pytest.fixture
async def bridge(tmp_path: Path, knowledge: KnowledgeBase) -> AsyncIterator[Bridge]:
    """A desk beside all four systems."""
    worlds = {name: world() for name, world in WORLDS.items()}
    async for one in opened(tmp_path, knowledge, worlds):
        yield one


@pytest.fixture(params=WORLDS)
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Each system alone, without a desk."""
    world: World = WORLDS[request.param]()
    await world.open()
    yield world
    await world.close()


class Reader:
    """Reads the news as the desk does: mark by mark, each event once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.mark = ""
        self.ids = {REFERENCE: "1", OTHER: "2"}
        self.statuses = {REFERENCE: "", OTHER: ""}
        self.seen: set[str] = set()

    async def read(self) -> list[tuple[str, str, bool]]:
        """Reference, words and whether they are for the desk alone, of what is new."""
        return [
            (one.reference, one.words, one.internal or one.by_requester)
            for one in await self.replies()
            if one.words
        ]

    async def replies(self) -> list[ExternalReply]:
        known = [
            an_external(reference, their_id, self.statuses[reference])
            for reference, their_id in self.ids.items()
        ]
        replies, self.mark = await self.world.connector.news(self.mark, known)
        for one in replies:
            self.statuses[one.reference] = one.their_status or self.statuses[one.reference]
            if one.moved_to:
                self.ids[one.reference], self.statuses[one.reference] = one.moved_to, ""
        return list(self._new(replies))

    def _new(self, replies: tuple[ExternalReply, ...]) -> Iterator[ExternalReply]:
        for one in replies:
            name = f"{one.event_id}/{one.revision}"
            if not one.event_id or name not in self.seen:
                self.seen |= {name, one.event_id}
                yield one


def an_external(reference: str, their_id: str, status: str) -> ExternalTicket:
    """A copy of this desk's, `aaaa1111`."""
    key = f"aaaa1111/{reference}"
    return ExternalTicket(reference=reference, their_id=their_id, status=status, key=key)
