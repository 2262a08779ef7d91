"""A new ticketing system is one module and one line: everything else follows from what it says."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from connectors.invented import InventedConnector
from services.conftest import Desk as House

from bot.app import App, assemble, open_store
from bot.background.sender import DeliveryRecorder
from bot.background.tasks import ConnectorPolling
from bot.background.ticket_delivery import DELIVERY_PATIENCE, TicketDelivery, deliver_due
from bot.channels import terminal
from bot.connectors.factory import CONNECTORS, build_connectors
from bot.monitoring.desk_checks import check_register
from bot.services.inbound_updates import InboundUpdates
from bot.settings import Settings
from bot.storage.store import DatabaseThread
from knowledge import KnowledgeBase


class Desk:
    """A desk whose tickets go to the invented system, and time in the test's hand."""

    def __init__(self, app: App) -> None:
        self.app, self.house, self.db_thread = app, House(app), DatabaseThread(app.store)
        (self.system,) = app.connectors.values()
        assert isinstance(self.system, InventedConnector)
        delivery = TicketDelivery(self.db_thread, app.connectors, self.now)
        self.recorder = DeliveryRecorder(delivery, patience=DELIVERY_PATIENCE)
        incoming = InboundUpdates(app.store, app.advisor_desk)
        self.polling = ConnectorPolling(self.system, incoming, self.db_thread, self.now)

    def now(self):
        return self.house.now

    async def deliver(self) -> None:
        await deliver_due(self.app.store, self.recorder, self.now)


@pytest.fixture
async def desk(
    tmp_path: Path, knowledge: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    monkeypatch.setitem(CONNECTORS, "invented", "connectors.invented:InventedConnector")
    settings = Settings(_env_file=None, data_dir=tmp_path / "data", tickets_to="invented")
    connectors = build_connectors(settings, knowledge.catalogue)
    renderers = {"terminal": terminal.render}
    desk = Desk(assemble(settings, open_store(settings), knowledge, renderers, connectors))
    yield desk
    desk.db_thread.close()
    desk.app.store.close()


async def test_tickets_go_there_and_what_is_said_there_comes_back_once(desk: Desk) -> None:
    house = desk.house
    reference = house.file("anne")
    await desk.deliver()
    assert desk.system.tickets == {reference: "t-1"}
    house.do("luc", lambda bench: bench.answer(reference, "Bonjour."))
    await desk.deliver()
    desk.system.comment(reference, "Quel mois ?")
    for _ in range(2):
        await desk.polling.once()
    assert [one.text for one in house.ticket(reference).messages] == ["Bonjour.", "Quel mois ?"]


async def test_the_doctor_says_what_the_system_says_about_what_it_dropped(desk: Desk) -> None:
    desk.house.file("anne")
    await desk.deliver()
    found = [one.words for one in check_register(desk.app.settings, desk.now())]
    (told,) = (words for words in found if "n'a pas gardé" in words)
    assert told.startswith("1 envois incomplets")
    assert "invented n'a pas gardé la catégorie. Ouvrez la catégorie chez l'éditeur." in told
